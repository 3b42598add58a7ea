/* SPDX-License-Identifier: MIT */
/* As many threads as the first argument says, all asleep: for `info rseq`. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void *sleeper(void *arg)
{
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return arg;
}

static __attribute__((noinline)) void ready(void)
{
	__asm__ volatile ("");
}

int main(int argc, char **argv)
{
	unsigned int others = argc > 1 ? atoi(argv[1]) - 1 : 0;
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	pthread_barrier_init(&barrier, NULL, others + 1);
	for (unsigned int i = 0; i < others; i++)
		if (pthread_create(&thread, &small, sleeper, NULL))
			return 77;
	pthread_barrier_wait(&barrier);
	ready();
	return 0;
}
