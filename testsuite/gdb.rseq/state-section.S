/* SPDX-License-Identifier: MIT */
/*
 * int state_section(struct rseq *area, int what): a section that traps (WHAT 1) or
 * faults (3) inside, or traps behind its commit (2).  Returns 0 when it committed, 1 when
 * it was aborted.  With UNTABLED its descriptor is in no table.
 */
#ifdef __x86_64__
.macro	address value
	.quad	\value
.endm
#define AREA %rdi
#define WHAT %esi
#else
.macro	address value
	.long	\value, 0
.endm
#define AREA %edx
#define WHAT %ecx
#endif

#ifdef UNTABLED
	.data
#else
	.section __rseq_cs_ptr_array, "aw"
	address	state_cs
	.section __rseq_cs, "aw"
#endif
	.balign	32
	.globl	state_cs
state_cs:
	.long	0, 0
	address	state_start
	address	(state_commit - state_start)
	address	state_abort

	.text
	.globl	state_section
	.type	state_section, @function
state_section:
#ifdef __x86_64__
	leaq	state_cs(%rip), %rax
	movq	%rax, 8(AREA)
#else
	movl	4(%esp), AREA
	movl	8(%esp), WHAT
	movl	$state_cs, 8(AREA)
#endif
	.globl	state_start
state_start:			/* state_section: start */
	cmpl	$1, WHAT
	jne	1f
	int3
	.globl	state_trapped
state_trapped:
	nop
1:	cmpl	$3, WHAT
	jne	2f
	.globl	state_faulted
state_faulted:
	ud2
2:	nop
	.globl	state_commit
state_commit:
	cmpl	$2, WHAT
	jne	3f
	int3
3:	xorl	%eax, %eax
	ret

	.byte	0x0f, 0xb9, 0x3d	/* ud1 sig(%rip), %edi */
	.long	0x53053053
	.globl	state_abort
state_abort:
	movl	$1, %eax
	ret
	.size	state_section, . - state_section

	.section .note.GNU-stack, "", @progbits
