/* SPDX-License-Identifier: MIT */
/*
 * A counter with one slot per CPU.  A thread adds to the slot of the CPU it
 * runs on with plain load, add and store: no lock, no atomic instruction.
 *
 * Usage: percpu-counter [OPERATIONS-PER-THREAD [THREADS]]
 */
#include <pthread.h>
#include "../rseq-asm.h"

#define MAX_CPUS 1024
#define MAX_THREADS 256

struct slot {
	long value;
} __attribute__((aligned(64)));

static struct slot counter[MAX_CPUS];
static long operations = 20000;

/* Add 1 to *VALUE while on CPU.  Returns 0, or -1 when it has to be redone. */
static __attribute__((noinline)) int counter_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"mov %[value], %%" RSEQ_CX "\n\t"
		"add $1, %%" RSEQ_CX "\n\t"
		"mov %%" RSEQ_CX ", %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted);
	return 0;
aborted:
	return -1;
}

/* Count one event.  Returns the CPU on which it was counted. */
static __attribute__((noinline)) int counter_inc(void)
{
	int cpu;

	do {
		cpu = rseq_cpu();
	} while (counter_add(&counter[cpu].value, cpu));
	return cpu;
}

static long counter_sum(void)
{
	long sum = 0;

	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		sum += counter[cpu].value;
	return sum;
}

static void *work(void *arg)
{
	for (long i = 0; i < operations; i++)
		counter_inc();
	return arg;
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
	if (counter_sum() != operations * threads) {
		printf("broken: %ld counted, %ld done\n", counter_sum(), operations * threads);
		return 1;
	}
	printf("%ld events counted\n", counter_sum());
	return 0;
}
