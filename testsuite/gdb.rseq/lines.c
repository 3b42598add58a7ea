/* SPDX-License-Identifier: MIT */
/* A function with two sections, each a statement, with lines that have no code between. */
#include "rseq-asm.h"

#define ADD(rs, cpu, value, label)						\
	asm goto(RSEQ_ASM_TABLE							\
		 RSEQ_ASM_STORE							\
		 RSEQ_ASM_CHECK_CPU						\
		 "addl $1, %[number]\n\t"					\
		 RSEQ_ASM_COMMIT						\
		 RSEQ_ASM_ABORT(#label)						\
		 :								\
		 : RSEQ_OPERANDS(rs, cpu), [number] "m" (value)			\
		 : RSEQ_CLOBBERS						\
		 : label)

static int first, second;

static __attribute__((noinline)) int both(struct rseq *rs, int cpu)
{
	ADD(rs, cpu, first, aborted);		/* first section */

	/* no code here */
	second += 0;				/* behind the first */
	ADD(rs, cpu, second, aborted);		/* second section */
	return 0;				/* behind the second */
aborted:
	return -1;
}

int main(void)
{
	rseq_require();
	while (both(rseq_area(), rseq_cpu()))
		;
	return !first || !second;
}
