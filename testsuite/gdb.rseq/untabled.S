/* SPDX-License-Identifier: MIT */
/*
 * int count(struct rseq *area, long *value): add 1 to *VALUE in a section that no table has.
 * Returns 0 when it committed, 1 when it was aborted.
 */
	.data
	.balign	32
	.globl	count_cs
count_cs:
	.long	0, 0
	.quad	count_start
	.quad	(count_commit - count_start)
	.quad	count_abort

	.text
	.globl	count
	.type	count, @function
count:
	leaq	count_cs(%rip), %rax		/* count: gate */
	movq	%rax, 8(%rdi)			/* count: store */
count_start:
	movq	(%rsi), %r8			/* count: start */
	addq	$1, %r8				/* count: inside */
	movq	%r8, (%rsi)
count_commit:
	xorl	%eax, %eax			/* count: committed */
	ret
	.byte	0x0f, 0xb9, 0x3d		/* ud1 sig(%rip), %edi */
	.long	0x53053053
count_abort:
	movl	$1, %eax
	ret					/* count: aborted */
	.size	count, . - count

	.section .note.GNU-stack, "", @progbits
