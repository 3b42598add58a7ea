/* SPDX-License-Identifier: MIT */
/* Threads in the same section, four of them or more.  The main thread is the one to step. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#include "add-one.h"

#ifndef WORKERS
#define WORKERS 3
#endif
#ifndef ROUNDS
#define ROUNDS 6
#endif
#define LIMIT 2000000000L /* per worker: the program ends in any case */

static struct slot slots[MAX_CPUS];
static volatile int stop, rounds = ROUNDS;
static struct slot done[WORKERS];

static void *work(void *arg)
{
	struct slot *own = arg;

	while (!stop && own->value < LIMIT) {
		count(slots);				/* worker counts */
		own->value++;
	}
	return NULL;
}

static __attribute__((noinline)) long progress(void)
{
	long total = 0;

	for (int i = 0; i < WORKERS; i++)
		total += *(volatile long *)&done[i].value;
	return total;
}

static void wait_for_progress(void)
{
	while (progress() == 0)
		usleep(1000);
}

/* Keep the calling thread where it is: its sections find their CPU again. */
static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

int main(void)
{
	pthread_t thread[WORKERS];

	rseq_require();
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&thread[i], NULL, work, &done[i]);
	stay_here();
	wait_for_progress();
	for (int i = 0; i < rounds; i++)	/* main loop */
		count(slots);			/* main counts */
	stop = 1;				/* stop the others */
	for (int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	return verdict(sum(slots), progress() + rounds);	/* end */
}
