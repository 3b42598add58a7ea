/* SPDX-License-Identifier: MIT */
/* Many passes through sections in what one command steps over. */
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile long work;

static inline __attribute__((always_inline)) void count_often(long rounds)
{
	for (long i = 0; i < rounds; i++) {
		count(slots);
		work++;			/* inlined work */
	}
}

static __attribute__((noinline)) void inlined(long rounds)
{
	work = 0;			/* inlined before */
	count_often(rounds);		/* inlined loop */
	work++;				/* inlined ends */
}

/* Each pass is a section and a branch back to it. */
static __attribute__((noinline)) void oneline(long rounds, struct rseq *rs, int cpu, long *value)
{
	work = 0;			/* oneline before */
	do { ADD_ONE_SECTION("one_line_inside: "); aborted:; } while (*value < rounds); /* oneline loop */
	work++;				/* oneline ends */
}

int main(int argc, char **argv)
{
	static long value;
	long rounds = argc > 1 ? atol(argv[1]) : 150;

	rseq_require();			/* start */
	inlined(rounds);		/* call inlined */
	oneline(rounds, rseq_area(), rseq_cpu(), &value);	/* call oneline */
	return verdict(sum(slots) + value, 2 * rounds);
}
