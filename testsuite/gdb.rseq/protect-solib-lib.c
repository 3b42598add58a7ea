/* SPDX-License-Identifier: MIT */
/* A section in a shared object, with a name for what is inside. */
#include "add-one.h"

int library_add(long *value, int cpu);

int library_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();	/* library_add: start */

	asm goto(			/* library_add: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"inside_add: mov %[value], %%" RSEQ_CX "\n\t"
		"add $1, %%" RSEQ_CX "\n\t"
		"mov %%" RSEQ_CX ", %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted);
	return 0;			/* library_add: committed */
aborted:
	return -1;			/* library_add: aborted */
}
