/* SPDX-License-Identifier: MIT */
/* Sections some frames below: nested calls, recursion, code without debug info. */
#include "add-one.h"

int count_without_debug_info(long *value, int cpu);

static struct slot slots[MAX_CPUS];

static __attribute__((noinline)) int middle(int number)
{
	int cpu = count(slots);			/* middle counts */

	return number + 0 * cpu;		/* middle returns */
}

static __attribute__((noinline)) int outer(int number)
{
	number = middle(number);		/* outer calls */
	return number + 1;			/* outer returns */
}

static __attribute__((noinline)) int recurse(int depth)
{
	if (depth == 0)
		return 0;			/* bottom */
	count(slots);				/* recurse counts */
	return 1 + recurse(depth - 1);		/* recurse again */
}

int main(void)
{
	int number = 0;
	int cpu;

	rseq_require();				/* start */
	number = outer(number);			/* call outer */
	number += recurse(3);			/* call recurse */
	do {
		cpu = rseq_cpu();		/* nodebug cpu */
	} while (count_without_debug_info(&slots[cpu].value, cpu));	/* call nodebug */
	number++;				/* after nodebug */
	return verdict(sum(slots), number);	/* end */
}
