/* SPDX-License-Identifier: MIT */
/* Sections in inline functions; the same section several times in one caller. */
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile long work;

static inline __attribute__((always_inline)) void count_twice(void)
{
	count(slots);			/* first of two */
	work++;				/* between the two */
	count(slots);			/* second of two */
}

static __attribute__((noinline)) void outer(int rounds)
{
	work = 0;			/* outer starts */
	for (int i = 0; i < rounds; i++) {
		count(slots);		/* in the loop */
		count_twice();		/* nested inline */
	}
	work++;				/* outer ends */
}

int main(void)
{
	rseq_require();			/* start */
	count(slots);			/* inline in main */
	outer(2);			/* call outer */
	count_twice();			/* nested in main */
	return verdict(sum(slots), 9);	/* end */
}
