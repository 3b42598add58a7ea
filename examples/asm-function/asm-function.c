/* SPDX-License-Identifier: MIT */
/*
 * Threads that add to per-CPU slots through a function in assembly.
 *
 * Usage: asm-function [OPERATIONS-PER-THREAD [THREADS]]
 */
#include <pthread.h>
#include "../rseq-asm.h"

#define MAX_CPUS 1024
#define MAX_THREADS 256
#define AMOUNT 3

struct slot {
	long value;
} __attribute__((aligned(64)));

int percpu_add(struct rseq *rs, struct slot *slots, long amount);

static struct slot slots[MAX_CPUS];
static long operations = 20000;

static void *work(void *arg)
{
	struct rseq *rs = rseq_area();

	for (long i = 0; i < operations; i++) {
		int status;

		do {
			status = percpu_add(rs, slots, AMOUNT);
		} while (status);
	}
	return arg;
}

static long sum(void)
{
	long total = 0;

	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		total += slots[cpu].value;
	return total;
}

int main(int argc, char **argv)
{
	int threads = 4;
	pthread_t thread[MAX_THREADS];

	if (argc > 1)
		operations = atol(argv[1]);
	if (argc > 2)
		threads = atoi(argv[2]);
	if (operations < 0 || threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "Usage: %s [OPERATIONS [THREADS]]\n", argv[0]);
		return 2;
	}
	rseq_require();
	for (int i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	work(NULL);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	if (sum() != operations * threads * AMOUNT) {
		printf("broken: sum %ld, expected %ld\n", sum(), operations * threads * AMOUNT);
		return 1;
	}
	printf("sum %ld as expected\n", sum());
	return 0;
}
