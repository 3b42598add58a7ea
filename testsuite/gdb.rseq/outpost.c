/* SPDX-License-Identifier: MIT */
/*
 * A thread that gets a signal in each pass runs a section that an instruction relative to rip
 * leads to, and counts how often a register did not keep its value there.
 *
 * Usage: outpost PASSES STEPS: so many passes by that thread, or more: until the main thread
 * has made STEPS of its own.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile long passes, steps, kept, changed, signals;
static volatile int is_over;

/* rcx is set before the section is armed, and looked at in it. */
static __attribute__((noinline)) int watched(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(				/* watched: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_EXIT("lost")
		"watched_outpost: movl $5, %%ecx\n\t"
		ARM_AT("watched_gate", "watched_arm")
		"11:\n\t"
		RSEQ_ASM_CHECK_CPU
		"cmpl $5, %%ecx\n\t"
		"jne %l[lost]\n\t"
		"watched_store: add" RSEQ_W " $1, %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted, lost);
	kept++;
	return 0;
lost:
	changed++;
	return 0;
aborted:
	return -1;
}

static void add(void)
{
	int cpu;

	do {
		cpu = rseq_cpu();			/* add: which cpu */
	} while (watched(&slots[cpu].value, cpu));	/* add: pass */
}

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

/* One signal, soon: while a debugger has stopped the thread at the gate, if it does. */
static void send_signal(long number)
{
	const struct itimerval soon = {{0, 0}, {0, 10 + number % 8 * 20}};

	setitimer(ITIMER_REAL, &soon, NULL);
}

static void *work(void *arg)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	for (long i = 0; i < passes || !is_over; i++) {
		send_signal(i);
		add();
	}
	return arg;
}

static pthread_t start_work(void)
{
	pthread_t worker;
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	signal(SIGALRM, on_signal);
	pthread_create(&worker, NULL, work, NULL);
	return worker;
}

int main(int argc, char **argv)
{
	pthread_t worker;

	passes = argc > 1 ? atol(argv[1]) : 1000;
	steps = argc > 2 ? atol(argv[2]) : 0;
	rseq_require();					/* start */
	worker = start_work();
	for (long i = 0; i < steps; i++)		/* step loop */
		add();					/* step */
	is_over = 1;					/* stepped */
	pthread_join(worker, NULL);
	return verdict(kept, kept + changed);		/* end */
}
