/* SPDX-License-Identifier: MIT */
/*
 * Assembler macros for sections whose parts all have names: NAME_start, NAME_commit,
 * NAME_abort and NAME_cs, and NAME_store and NAME_gate where there are such.
 */
#define SIGNATURE 0x53053053

/* The descriptor of NAME, and the pointer to it. */
.macro DESCRIPTOR name
	.pushsection __rseq_cs, "aw"
	.balign 32
\name\()_cs:
	.long 0, 0
	.quad \name\()_start, \name\()_commit - \name\()_start, \name\()_abort
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	.quad \name\()_cs
	.popsection
.endm

/* An abort handler in its own section, which goes on at TO. */
.macro HANDLER name, to
	.pushsection __rseq_failure, "ax"
	.byte 0x0f, 0xb9, 0x3d /* makes the signature an operand of ud1 */
	.long SIGNATURE
\name\()_abort:
	jmp \to
	.popsection
.endm

.macro EXIT_POINT name, exit
	.pushsection __rseq_exit_point_array, "aw"
	.quad \name\()_start, \exit
	.popsection
.endm

.macro FUNCTION name
	.globl \name
	.type \name, @function
	.balign 16
\name:
.endm

.macro END name
	ret
	.size \name, . - \name
.endm

/* The usual way in: load the descriptor's address, store it. */
.macro ARM name
\name\()_gate:
	lea \name\()_cs(%rip), %rax
\name\()_store:
	mov %rax, %fs:8
\name\()_start:
.endm

/* All of a plain section but its code, which follows ARM. */
.macro SECTION name
	DESCRIPTOR \name
	HANDLER \name, \name
	ARM \name
.endm
