/* SPDX-License-Identifier: MIT */
/* Many passes through a section in what one command steps over. */
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

enum { ROUNDS = 3000 };

static struct slot slots[MAX_CPUS];
static volatile long work;

static inline __attribute__((always_inline)) void count_often(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		count(slots);
		work++;
	}
}

static __attribute__((noinline)) void outer(void)
{
	work = 0;			/* outer starts */
	count_often();			/* inlined loop */
	work++;				/* outer ends */
}

int main(void)
{
	rseq_require();			/* start */
	outer();			/* call outer */
	return verdict(sum(slots), ROUNDS);
}
