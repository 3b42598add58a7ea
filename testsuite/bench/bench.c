/* SPDX-License-Identifier: MIT */
/* What the benchmarks step through and run. */
#include "rseq-asm.h"

#include <string.h>
#include <time.h>

volatile long sink;
static long counter;

/* No section here, nor in its caller. */
static __attribute__((noinline)) long plain(long loops)
{
	long sum = 0;

	for (long i = 0; i < loops; i++) {
		sum += i;
		sink = sum;
		sum ^= 3;
	}
	return sum;
}

static __attribute__((noinline)) int counter_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(RSEQ_ASM_TABLE
		".globl bench_cs\n\t"
		"bench_cs = 10b\n\t"
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"addq $1, %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS
		: aborted);
	return 0;
aborted:
	return -1;
}

static __attribute__((noinline)) void counted(long loops)
{
	for (long i = 0; i < loops; i++)
		while (counter_add(&counter, rseq_cpu()))
			;
}

/* Seconds of counted(LOOPS), printed: what a debugger that lets it run costs. */
static void timed(long loops)
{
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	counted(loops);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("seconds %.6f\n",
	       (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9);
}

int main(int argc, char **argv)
{
	long loops = argc > 2 ? atol(argv[2]) : 1;

	rseq_require();
	if (argc > 1 && !strcmp(argv[1], "plain"))
		plain(loops);
	else if (argc > 1 && !strcmp(argv[1], "timed"))
		timed(loops);
	else
		counted(loops);
	return 0;
}
