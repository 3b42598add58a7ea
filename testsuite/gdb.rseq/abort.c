/* SPDX-License-Identifier: MIT */
/*
 * Sections that are aborted: by their own compare, by the kernel, for ever.
 *
 * Usage: abort [never]
 */
#include <signal.h>
#include <sys/time.h>
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

#define WRONG_CPU (-7)

static long counter;
static volatile int aborts, alarms;
static volatile int give_up;

/* Add 1 to the counter while on CPU, counting aborts. */
static __attribute__((noinline)) int add_or_abort(int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(			/* add_or_abort: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"add" RSEQ_W " $1, %[counter]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [counter] "m" (counter)
		: RSEQ_CLOBBERS
		: aborted);
	return 0;			/* add_or_abort: committed */
aborted:
	aborts++;			/* add_or_abort: aborted */
	return -1;			/* add_or_abort: return */
}

/* The first PASSES passes have the wrong CPU number. */
static __attribute__((noinline)) int retry(int passes)
{
	int tried = 0;

	while (add_or_abort(tried < passes ? WRONG_CPU : rseq_cpu()))	/* retry: pass */
		tried++;						/* retry: again */
	return tried;							/* retry: done */
}

/* A section that loops inside until the kernel aborts it. */
static __attribute__((noinline)) void spin(void)
{
	struct rseq *rs = rseq_area();

	asm goto(			/* spin: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"1: pause\n\t"
		"jmp 1b\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, 0)
		: RSEQ_CLOBBERS
		: aborted);
	counter += 1000;		/* spin: never here */
aborted:
	aborts++;			/* spin: aborted */
}

/* Passes that never commit, until a debugger sets give_up. */
static __attribute__((noinline)) void never(void)
{
	while (!give_up && add_one(&counter, WRONG_CPU));	/* never: pass */
	aborts++;							/* never: end */
}

static void on_alarm(int sig)
{
	alarms += sig == SIGALRM;
}

static void start_timer(long microseconds)
{
	struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

int main(int argc, char **argv)
{
	int tried;

	(void)argv;
	rseq_require();				/* start */
	tried = retry(3);			/* call retry */
	if (tried < 3 || aborts < 3 || counter != 1)
		return 1;
	signal(SIGALRM, on_alarm);		/* before spin */
	start_timer(5000);
	spin();					/* call spin */
	start_timer(0);				/* after spin */
	if (counter != 1)
		return 1;
	if (argc > 1)
		never();			/* call never */
	return 0;				/* end */
}
