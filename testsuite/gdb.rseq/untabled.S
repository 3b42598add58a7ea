/* SPDX-License-Identifier: MIT */
/*
 * int count(struct rseq *area, long *value): add 1 to *VALUE in a section that no table has.
 * Returns 0 when it committed, 1 when it was aborted.
 */
#ifdef __x86_64__
.macro	address value
	.quad	\value
.endm
#define AREA %rdi
#define VALUE %rsi
#define LOADED %rax
#define ADDRESS(symbol, register) leaq symbol(%rip), register
#else /* regparm(2) */
.macro	address value
	.long	\value, 0
.endm
#define AREA %eax
#define VALUE %edx
#define LOADED %ecx
#define ADDRESS(symbol, register) movl $symbol, register
#endif

	.data
	.balign	32
	.globl	count_cs
count_cs:
	.long	0, 0
	address	count_start
	address	(count_commit - count_start)
	address	count_abort

	.text
	.globl	count
	.type	count, @function
count:
	ADDRESS(count_cs, LOADED)	/* count: gate */
	mov	LOADED, 8(AREA)			/* count: store */
count_start:
	mov	(VALUE), LOADED			/* count: start */
	add	$1, LOADED			/* count: inside */
	mov	LOADED, (VALUE)
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
