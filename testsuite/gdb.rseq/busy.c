/* SPDX-License-Identifier: MIT */
/*
 * Four threads that pass a section for ever.  Each line read from standard input, "rate",
 * is answered by the passes of the following 300 ms of processor time; at its end the sums
 * are compared.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "add-one.h"

#define WORKERS 4

static struct slot slots[MAX_CPUS];
static struct slot done[WORKERS];
static volatile int over;

static void *work(void *arg)
{
	volatile long *own = &((struct slot *)arg)->value;

	while (!over) {
		count(slots);			/* busy */
		++*own;
	}
	return NULL;
}

static long passes(void)
{
	long total = 0;

	for (int i = 0; i < WORKERS; i++)
		total += *(volatile long *)&done[i].value;
	return total;
}

/* Wait until all threads together have run for so many MICROSECONDS more. */
static void spend(clock_t microseconds)
{
	clock_t begin = clock();

	while (clock() - begin < microseconds)
		usleep(1000);
}

int main(void)
{
	pthread_t thread[WORKERS];
	char line[16];
	long before;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	rseq_require();
	setbuf(stdout, NULL);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&thread[i], NULL, work, &done[i]);
	while (fgets(line, sizeof(line), stdin)) {
		before = passes();
		spend(300000);
		printf("%ld\n", passes() - before);
	}
	over = 1;
	for (int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	return verdict(sum(slots), passes());
}
