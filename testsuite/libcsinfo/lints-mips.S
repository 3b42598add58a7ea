/* SPDX-License-Identifier: MIT */
/* Stores in the delay slots of branches, on mips64el: see lints.S.  Never run. */
	.set noreorder

	.macro BEGIN name
	.pushsection __rseq_cs, "aw"
	.balign 32
\name\()_cs:
	.word 0, 0
	.dword \name\()_start, \name\()_commit - \name\()_start, \name\()_abort
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	.dword \name\()_cs
	.popsection
	.pushsection __rseq_failure, "ax"
	.word 0x0350000d
\name\()_abort:
	b \name
	nop
	.popsection
	.globl \name
	.type \name, @function
\name:
	lui $4, %hi(\name\()_cs)
	addiu $4, $4, %lo(\name\()_cs)
	sd $4, 8($5)
\name\()_start:
	.endm

	.macro END name
	jr $31
	nop
	.size \name, . - \name
	.endm

	.text
	.globl __start
__start:
	jr $31
	nop

/* The branch is inside the section, and goes on. */
BEGIN commit_not_last
	b 1f
	sd $6, 0($7)
	nop
1:	nop
commit_not_last_commit:
END commit_not_last

/* It leaves: the store is the last instruction. */
BEGIN commit_not_last_ok
	b 1f
	sd $6, 0($7)
commit_not_last_ok_commit:
	nop
1:
END commit_not_last_ok
