/* SPDX-License-Identifier: MIT */
/*
 * int percpu_add(struct rseq *rs, struct slot *slots, long amount)
 *
 * Add AMOUNT to the slot (64 bytes each) of the CPU that this runs on.
 * Returns 0, or -1 when nothing was added and it has to be redone.
 */
#include "../rseq-asm.h"

	.text
	.globl	percpu_add
	.type	percpu_add, @function
percpu_add:
	.cfi_startproc
	leaq	percpu_add_cs(%rip), %rax
	movq	%rax, RSEQ_CS(%rdi)	/* from here on it is all or nothing */
.Lstart:
	movl	RSEQ_CPU_ID(%rdi), %ecx
	shlq	$6, %rcx
	movq	(%rsi,%rcx), %r8
	addq	%rdx, %r8
	movq	%r8, (%rsi,%rcx)	/* the store that commits */
.Lcommit:
	xorl	%eax, %eax
	ret
.Laborted:
	movl	$-1, %eax
	ret
	.cfi_endproc
	.size	percpu_add, . - percpu_add

	rseq_table percpu_add_cs, .Lstart, .Lcommit, .Labort
	rseq_abort .Labort, .Laborted

	.section .note.GNU-stack, "", @progbits
