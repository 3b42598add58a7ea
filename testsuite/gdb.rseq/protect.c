/* SPDX-License-Identifier: MIT */
/*
 * Four threads add 1 to the slot of their CPU by compare and store, in a copy of the
 * section that no breakpoint is meant for.  The main thread uses a second copy, which
 * the tests put breakpoints into, once in every BATCH of its operations.
 *
 * Usage: protect [PASSES [BATCH [THREADS]]]
 *
 * With -DACCESS=CODE the second copy does CODE, too, before it commits: CODE may use
 * rcx and logged(%%rip), on i386 ecx and logged.
 *
 * With -DIN_LIBRARY=1 it is the shared object that has the second copy, with
 * -DIN_LIBRARY=0 the program that loads that from the file LIBRARY.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include "add-one.h"

#define MAX_THREADS 64

#ifdef ACCESS
long logged = -1;
long cpu = -1;	/* in watched_add this is a parameter */
#else
#define ACCESS
#endif

/* The section, for which LABELS are put into the code. */
#define COMPARE_AND_STORE(kind, name, labels)					\
kind __attribute__((noinline)) int name(long *value, long expected, int cpu)	\
{										\
	struct rseq *rs = rseq_area();						\
										\
	asm goto(								\
		RSEQ_ASM_TABLE							\
		RSEQ_ASM_EXIT("differs")					\
		labels								\
		:								\
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value),			\
		  [expected] "r" (expected), [sum] "r" (expected + 1)		\
		: RSEQ_CLOBBERS, RSEQ_CX						\
		: aborted, differs);						\
	return 0;								\
aborted:									\
	return -1;								\
differs:									\
	return 1;								\
}

typedef int adder(long *value, long expected, int cpu);

#if !defined(IN_LIBRARY) || IN_LIBRARY
adder watched_add;

COMPARE_AND_STORE(, watched_add,					/* watched_add */
	"watched_outpost: nop\n\t"
	ARM_AT("watched_gate", "watched_arm")
	"11:\n\t"
	"watched_start: "
	RSEQ_ASM_CHECK_CPU
	ACCESS
	"mov %[value], %%" RSEQ_CX "\n\t"
	"watched_compare: cmp %[expected], %%" RSEQ_CX "\n\t"
	"jne %l[differs]\n\t"
	"watched_store: mov %[sum], %[value]\n\t"
	RSEQ_ASM_COMMIT
	"watched_done:\n\t"
	RSEQ_ASM_ABORT("aborted"))
#endif

#if !defined(IN_LIBRARY) || !IN_LIBRARY
COMPARE_AND_STORE(static, plain_add,
	RSEQ_ASM_STORE
	RSEQ_ASM_CHECK_CPU
	"mov %[value], %%" RSEQ_CX "\n\t"
	"cmp %[expected], %%" RSEQ_CX "\n\t"
	"jne %l[differs]\n\t"
	"mov %[sum], %[value]\n\t"
	RSEQ_ASM_COMMIT
	RSEQ_ASM_ABORT("aborted"))

static struct slot slots[MAX_CPUS];
static long passes = 20, batch = 1000;
static volatile long entered;	/* the watched section, so often */

/* Count one event by ADD, in as many passes as it takes, and those in TRIES. */
static inline __attribute__((always_inline)) void add_by(adder *add, volatile long *tries)
{
	long *value;
	int cpu;

	do {
		++*tries;
		cpu = rseq_cpu();
		value = &slots[cpu].value;
	} while (add(value, *(volatile long *)value, cpu));
}

static void plain(long times)
{
	volatile long tries = 0;

	for (long i = 0; i < times; i++)
		add_by(plain_add, &tries);
}

static void *work(void *arg)
{
	plain(passes * batch);
	return arg;
}

static adder *find_watched(void)
{
#ifdef IN_LIBRARY
	void *library = dlopen(LIBRARY, RTLD_NOW);

	return library ? (adder *)dlsym(library, "watched_add") : NULL;
#else
	return watched_add;
#endif
}

#ifdef IN_LIBRARY
/* A second thing of this name, outside of any section. */
static __attribute__((noinline)) void watched_store(void)
{
	entered++;				/* watched_store in the program */
}
#endif

static __attribute__((noinline)) void watch(void)
{
	adder *watched = find_watched();

	if (!watched)
		return;
#ifdef IN_LIBRARY
	watched_store();
#endif
	for (long i = 0; i < passes; i++) {		/* watch loop */
		add_by(watched, &entered);
		plain(batch - 1);
	}
}

int main(int argc, char **argv)
{
	pthread_t thread[MAX_THREADS];
	int threads = 4;

	if (argc > 1)
		passes = atol(argv[1]);
	if (argc > 2)
		batch = atol(argv[2]);
	if (argc > 3)
		threads = atoi(argv[3]);
	rseq_require();					/* start */
	for (int i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	watch();
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	return verdict(sum(slots), passes * batch * threads);	/* end */
}
#endif
