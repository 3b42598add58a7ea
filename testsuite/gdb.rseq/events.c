/* SPDX-License-Identifier: MIT */
/*
 * What can come in between while a thread is stepped: another thread at a user's
 * breakpoint, exit in mid-call, a long wait (to be interrupted).
 *
 * Usage: events [thread|exit|wait|spin|trap]
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile int go, seen;

static void *other(void *arg)
{
	while (!go)
		usleep(1000);
	seen = 1;				/* other thread here */
	return arg;
}

/*
 * The same, with a signal inside of a section.  Not of int3: GDB takes that for a breakpoint
 * of its own, and forgets it if another thread's stop is shown first.
 */
static void *trapping(void *arg)
{
	struct rseq *rs = rseq_area();

	while (!go)
		usleep(1000);
	asm goto(				/* trapping: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"ud2\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, 0)
		: RSEQ_CLOBBERS
		: aborted);
aborted:
	seen = 1;
	return arg;
}

/* Let the other thread run to its line before this one returns. */
static __attribute__((noinline)) int with_other_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, other, NULL);
	count(slots);				/* first count */
	go = 1, pthread_join(thread, NULL);	/* let it go */
	count(slots);				/* second count */
	return seen;
}

/* A section that lets the other thread go and then waits inside for it. */
static inline __attribute__((always_inline)) int spin(void)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"movl $1, %[go]\n\t"
		"1: pause\n\t"
		"cmpl $0, %[seen]\n\t"
		"je 1b\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, 0), [go] "m" (go), [seen] "m" (seen)
		: RSEQ_CLOBBERS
		: aborted);
	return 0;
aborted:
	return -1;
}

static __attribute__((noinline)) void spin_with(void *(*start)(void *))
{
	pthread_t thread;

	pthread_create(&thread, NULL, start, NULL);
	count(slots);				/* before spin */
	while (spin());				/* spin here */
	pthread_join(thread, NULL);		/* after spin */
	count(slots);
}

static __attribute__((noinline)) void count_and_exit(void)
{
	count(slots);				/* count, then exit */
	exit(verdict(sum(slots), 2));		/* exit here */
}

static __attribute__((noinline)) void count_and_wait(void)
{
	count(slots);				/* count, then wait */
	while (!go)
		usleep(1000);			/* waiting */
	count(slots);				/* waited */
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "thread";

	rseq_require();				/* start */
	count(slots);				/* first */
	if (strcmp(what, "exit") == 0)		/* is it exit */
		count_and_exit();		/* call exit */
	if (strcmp(what, "wait") == 0)
		count_and_wait();		/* call wait */
	else if (strcmp(what, "spin") == 0)
		spin_with(other);		/* call spin */
	else if (strcmp(what, "trap") == 0)
		spin_with(trapping);		/* call trap */
	else
		with_other_thread();		/* call thread */
	return verdict(sum(slots), 3);		/* end */
}
