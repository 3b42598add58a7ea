/* SPDX-License-Identifier: MIT */
/*
 * A section with a label at each position that a thread may stand at.  The main thread goes
 * through it until TIMES events are counted, and out by its exit point where LEAVING is
 * set.  Other threads count in the same slots all the while, in a copy of the section.
 *
 * Usage: positions [THREADS [FILE]]	the exit status is written to FILE
 *
 * With -DINLINED the function with the labels is inlined.
 */
#include <limits.h>
#include <pthread.h>
#include "add-one.h"

#define MAX_THREADS 64

#ifdef INLINED
#define ADD_KIND inline __attribute__((always_inline))
#else
#define ADD_KIND __attribute__((noinline, noclone))
#endif

static struct slot slots[MAX_CPUS];
static volatile long times = LONG_MAX;
static volatile long counted;		/* events, by the main thread */
static volatile int leaving;		/* for the tests to set */
static volatile int finished;		/* the main thread has */
static volatile long commits, retries, leaves;

/* Add 1 to *VALUE: 0, or -1 where aborted, or 1 where it is to LEAVE. */
static ADD_KIND int add(long *value, int cpu, int leave)
{
	struct rseq *rs = rseq_area();

	asm volatile("at_before: nop" : : : "memory");	/* add: before */
	asm goto(					/* add: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_EXIT("left")
		".globl add_cs\n\t"
		"add_cs = 10b\n\t"
		ARM_AT("at_gate", "at_store")
		"11:\n\t"
		"at_start: "
		RSEQ_ASM_CHECK_CPU
		"testl %[leave], %[leave]\n\t"
		"jne %l[left]\n\t"
		"at_middle: mov %[value], %%" RSEQ_CX "\n\t"
		"add $1, %%" RSEQ_CX "\n\t"
		"at_last: mov %%" RSEQ_CX ", %[value]\n\t"
		RSEQ_ASM_COMMIT
		"at_commit: nop\n\t"
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value), [leave] "r" (leave)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted, left);
	commits++;					/* add: committed */
	return 0;
aborted:
	retries++;					/* add: aborted */
	return -1;
left:
	asm volatile("at_exit: nop" : : : "memory");	/* add: left */
	leaves++;					/* add: behind exit */
	return 1;
}

/* Count one event, in as many passes as it takes; LEAVE once before. */
static __attribute__((noinline)) void add_surely(int leave)
{
	int status, cpu;

	do {
		cpu = rseq_cpu();
		status = add(&slots[cpu].value, cpu, leave);	/* surely: pass */
		if (status > 0)
			leave = 0;
	} while (status);
	counted++;						/* surely: counted */
}

static void *work(void *arg)
{
	long *done = arg;

	while (!finished) {
		count(slots);
		++*done;
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[MAX_THREADS];
	long done[MAX_THREADS] = { 0 };
	int threads = 3, status;

	if (argc > 1)
		threads = atoi(argv[1]);
	rseq_require();						/* start */
	for (int i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, work, &done[i]);
	while (counted < times) {
		int leave = leaving;

		if (leave)
			leaving = 0;
		add_surely(leave);
	}
	finished = 1;
	for (int i = 1; i < threads; i++) {
		pthread_join(thread[i], NULL);
		done[0] += done[i];
	}
	status = verdict(sum(slots), done[0] + counted);
	if (argc > 2) {
		FILE *file = fopen(argv[2], "w");

		fprintf(file, "%d\n", status);
		fclose(file);
	}
	return status;						/* end */
}
