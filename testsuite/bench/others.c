/* SPDX-License-Identifier: MIT */
/*
 * One thread that is stepped, in code with a section ("section") or without ("plain"),
 * beside as many others as the second argument says, which run through that section.
 */

/* In the function that is stepped. */
#define ADD_ONE_KIND static inline __attribute__((always_inline, unused))
#include "add-one.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64
#define CACHE_LINE 64

static struct {
	volatile long done;
} __attribute__((aligned(CACHE_LINE))) others[MOST];
static long counter;
volatile long sink;

static void *other(void *done)
{
	long mine = 0;

	for (;;)
		if (add_one(&mine, rseq_cpu()) == 0)
			*(volatile long *)done = mine;
	return NULL;
}

static __attribute__((noinline)) void section(void)
{
	for (;;) {
		sink += 1;
		add_one(&counter, rseq_cpu());
	}
}

static __attribute__((noinline)) void plain(void)
{
	for (;;) {
		sink += 1;
		sink ^= 3;
	}
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t thread;

	rseq_require();
	for (int i = 0; i < count && i < MOST; i++)
		if (pthread_create(&thread, NULL, other, (void *)&others[i].done))
			return 77;
	if (argc > 1 && !strcmp(argv[1], "plain"))
		plain();
	section();
	return 0;
}
