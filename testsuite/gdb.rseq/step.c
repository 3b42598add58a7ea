/* SPDX-License-Identifier: MIT */
/* One section in a function of its own, inside a retry loop. */
#include "rseq-asm.h"

#define LOOPS 3

static long counter;
static int passes;

static __attribute__((noinline)) int counter_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();	/* add starts */

	passes++;		/* in front of the section */
	asm goto(		/* the section */
		RSEQ_ASM_TABLE
		".globl step_cs\n\t"
		"step_cs = 10b\n\t"
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"mov %[value], %%" RSEQ_CX "\n\t"
		"add $1, %%" RSEQ_CX "\n\t"
		"mov %%" RSEQ_CX ", %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted);
	return 0;		/* committed */
aborted:
	return -1;		/* aborted */
}				/* add ends */

static __attribute__((noinline)) int counter_inc(void)
{
	int cpu;

	do {
		cpu = rseq_cpu();			/* which cpu */
	} while (counter_add(&counter, cpu));		/* retry */
	return cpu;					/* counted */
}

static __attribute__((noinline)) int twice(int number)
{
	int result = 2 * number;	/* in twice */

	return result;
}

int main(void)
{
	int cpu, total = 0;

	rseq_require();			/* start */
	cpu = counter_inc();		/* first call */
	total += twice(cpu);		/* plain call */
	cpu = counter_inc();		/* second call */
	total -= twice(cpu);		/* second plain call */
	for (int i = 0; i < LOOPS; i++)	/* loop */
		total += counter_inc() * 0;	/* loop body */
	total = 7;			/* after loop */
	counter_inc();			/* third call */
	if (counter != LOOPS + 3 || total != 7 || passes < LOOPS + 3) {
		printf("broken: %ld counted in %d passes\n", counter, passes);
		return 1;
	}
	return 0;			/* end */
}
