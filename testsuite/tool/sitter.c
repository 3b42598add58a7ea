// SPDX-License-Identifier: MIT
/*
 * A program to look at with csinfo pid: threads that sit in critical sections.
 *
 * Usage: sitter sit|churn|leader|signals|vfork
 *
 *   sit      four threads add to per-CPU counters, in sections that take long
 *   churn    three do so, and others begin and end all the time
 *   leader   as sit, and the first thread ends
 *   signals  one does so, and another sends signals to it, one after the other
 *   vfork    the first thread waits in vfork()
 *
 * It prints "ready", runs until its standard input ends, and prints what was counted:
 * "N events, A aborts, S signals", with status 1 when an event or a signal was lost.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../../examples/rseq-asm.h"

#define MAX_CPUS 1024
#define N_THREADS 4

static struct slot {
	long value;
} __attribute__((aligned(64))) counter[MAX_CPUS];

static volatile int stop, is_sending;
static pthread_t threads[N_THREADS];
static int n_threads;
static long done, aborts, sent;
static volatile long signals;

/* Add 1 to *VALUE while on CPU, slowly.  Returns 0, or -1 when it has to be redone. */
static __attribute__((noinline)) int slow_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"movq %[value], %%rcx\n\t"
		"movl $500, %%edx\n\t"
		"1: pause\n\t"
		"decl %%edx\n\t"
		"jnz 1b\n\t"
		"addq $1, %%rcx\n\t"
		"movq %%rcx, %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, "rcx", "rdx"
		: aborted);
	return 0;
aborted:
	return -1;
}

static void *sit(void *arg)
{
	long mine = 0, lost = 0;

	while (!stop) {
		int cpu = rseq_cpu();

		if (slow_add(&counter[cpu].value, cpu))
			lost++;
		else
			mine++;
	}
	__atomic_fetch_add(&done, mine, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&aborts, lost, __ATOMIC_SEQ_CST);
	return arg;
}

static void *add_once(void *arg)
{
	int cpu;

	do
		cpu = rseq_cpu();
	while (slow_add(&counter[cpu].value, cpu));
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void *churn(void *arg)
{
	pthread_t thread;

	while (!stop) {
		if (pthread_create(&thread, NULL, add_once, NULL) != 0)
			continue;
		pthread_join(thread, NULL);
	}
	return arg;
}

static void on_signal(int number)
{
	(void)number;
	__atomic_fetch_add(&signals, 1, __ATOMIC_SEQ_CST);
}

/* Send the next signal when the one before has arrived. */
static void *send_signals(void *arg)
{
	while (is_sending || signals != sent) {
		if (signals != sent)
			continue;
		sent++;
		pthread_kill(threads[0], SIGRTMIN);
	}
	return arg;
}

static void wait_for_end(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1)
		continue;
}

static void *report(void *arg)
{
	long sum = 0;

	wait_for_end();
	/* A thread that ends blocks signals: the last one must have arrived. */
	if (is_sending) {
		is_sending = 0;
		pthread_join(threads[--n_threads], NULL);
	}
	stop = 1;
	while (n_threads > 0)
		pthread_join(threads[--n_threads], NULL);
	for (int i = 0; i < MAX_CPUS; i++)
		sum += counter[i].value;
	printf("%ld events, %ld aborts, %ld signals\n", sum, aborts, signals);
	exit(arg || sum != done || signals != sent);
}

static int wait_in_vfork(void)
{
	if (vfork() == 0) {
		wait_for_end();
		_exit(0);
	}
	wait(NULL);
	printf("0 events, 0 aborts, 0 signals\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	int sitting = N_THREADS;
	void *(*other)(void *) = NULL;
	pthread_t reporter;

	rseq_require();
	printf("ready\n");
	fflush(stdout);
	if (!strcmp(mode, "vfork"))
		return wait_in_vfork();
	if (!strcmp(mode, "churn"))
		other = churn, sitting--;
	if (!strcmp(mode, "signals"))
		other = send_signals, sitting = 1, is_sending = 1;
	sigaction(SIGRTMIN, &action, NULL);
	for (n_threads = 0; n_threads < sitting; n_threads++)
		pthread_create(&threads[n_threads], NULL, sit, NULL);
	if (other)
		pthread_create(&threads[n_threads++], NULL, other, NULL);
	if (strcmp(mode, "leader"))
		report(NULL);
	pthread_create(&reporter, NULL, report, NULL);
	pthread_exit(NULL);
}
