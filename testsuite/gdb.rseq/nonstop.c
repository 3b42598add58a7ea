/* SPDX-License-Identifier: MIT */
/*
 * THREADS that all pass the same section, as often as PASSES says, once the main thread
 * has let them.
 *
 * Usage: nonstop [PASSES [THREADS]]
 */
#include <pthread.h>
#include <unistd.h>
#include "add-one.h"

#define MAX_THREADS 64

static struct slot slots[MAX_CPUS];
static long passes = 100000;
static volatile int go;
static volatile long done;

static __attribute__((noinline)) void begin(void)
{
	go = 1;				/* begin */
}

/* add_one(), with a name for what is inside. */
static __attribute__((noinline)) int add_inside(long *value, int cpu)
{
	struct rseq *rs = rseq_area();	/* add_inside: start */

	ADD_ONE_SECTION("inside_add: "); /* add_inside: section */
	return 0;			/* add_inside: committed */
aborted:
	return -1;
}				/* add_inside: end */

static __attribute__((noinline)) int pass(void)
{
	int cpu;

	do {
		cpu = rseq_cpu();				/* which cpu */
	} while (add_inside(&slots[cpu].value, cpu));	/* into it */
	return cpu;						/* passed */
}

static void *work(void *arg)
{
	while (!go)
		usleep(1000);
	for (long i = 0; i < passes; i++)
		pass();
	__atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
	return arg;
}

/* Wait for the others, for a step to be interrupted in. */
static __attribute__((noinline)) void wait_for(int threads)
{
	while (done < threads)
		usleep(1000);
}

int main(int argc, char **argv)
{
	pthread_t thread[MAX_THREADS];
	int threads = 4;

	if (argc > 1)
		passes = atol(argv[1]);
	if (argc > 2)
		threads = atoi(argv[2]);
	rseq_require();
	for (int i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	begin();
	wait_for(threads);		/* wait */
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return verdict(sum(slots), passes * threads);	/* end */
}
