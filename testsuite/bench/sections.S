/* SPDX-License-Identifier: MIT */
/*
 * SECTIONS functions of one critical section each.  Every second section declares an exit
 * point, so that a shared object has four relocations to each on average.  Nothing is
 * global: linked in several times over, the same object gives larger files.
 */
#define SIGNATURE 0x53053053

	.macro	section exits
	.type	add_\@, @function
add_\@:
	leaq	cs_\@(%rip), %rax
	movq	%rax, 8(%rdi)
1:	cmpl	%esi, 4(%rdi)
	jne	abort_\@
	addq	$1, (%rdx)
2:	ret
	.size	add_\@, . - add_\@

	.pushsection __rseq_failure, "ax"
	.byte	0x0f, 0xb9, 0x3d
	.long	SIGNATURE
abort_\@:
	jmp	2b
	.popsection

	.pushsection __rseq_cs, "aw"
	.balign	32
cs_\@:	.long	0, 0
	.quad	1b, 2b - 1b, abort_\@
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	.quad	cs_\@
	.popsection
	.if	\exits
	.pushsection __rseq_exit_point_array, "aw"
	.quad	1b, 2b
	.popsection
	.endif
	.endm

	.text
	.rept	SECTIONS / 2
	section 0
	section 1
	.endr
	.section .note.GNU-stack, "", @progbits
