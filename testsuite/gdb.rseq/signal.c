/* SPDX-License-Identifier: MIT */
/* Signals that arrive while sections run; their handler runs one as well. */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>
#include "add-one.h"

#define ROUNDS 20

static struct slot slots[MAX_CPUS];
static volatile int usr1, alarms;

static void on_signal(int sig)
{
	count(slots);				/* handler counts */
	if (sig == SIGUSR1)
		usr1++;				/* handler usr1 */
	else
		alarms++;
}

static void start_timer(long microseconds)
{
	struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* A signal to this very thread, between two sections. */
static __attribute__((noinline)) int count_and_raise(void)
{
	int cpu = count(slots);			/* before raise */

	raise(SIGUSR1);				/* raise here */
	return cpu + 0 * count(slots);		/* after raise */
}

static __attribute__((noinline)) void count_under_alarms(void)
{
	start_timer(2000);			/* timer on */
	for (int i = 0; i < ROUNDS; i++)	/* alarm loop */
		count(slots);			/* under alarms */
	start_timer(0);				/* timer off */
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	signal(SIGALRM, on_signal);
	rseq_require();				/* start */
	count_and_raise();			/* call raise */
	count_under_alarms();			/* call alarms */
	return verdict(sum(slots), usr1 + alarms + ROUNDS + 2);	/* end */
}
