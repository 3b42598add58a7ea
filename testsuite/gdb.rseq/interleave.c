/* SPDX-License-Identifier: MIT */
/*
 * Inline functions of a header in a loop that the compiler turns about: what is left of
 * their lines and of the loop's stands in between each other.
 */
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static struct slot others[MAX_CPUS];
static int loud;

static inline int this_cpu(void)
{
	return rseq_cpu();
}

static __attribute__((noinline)) long worker(const volatile int *settings)
{
	int rounds, every = settings[1];
	long done = 0;
	int i, j;

	if (!every && printf("nothing to do\n"))
		return -1;
	rounds = settings[0];
	for (i = 0; i < rounds; i++) {
		int cpu;


		for (j = 0; j < every; j++) {
			do {
				cpu = this_cpu();
			} while (add_one(&slots[cpu].value, cpu));
			if (loud && (i * j) % every == 1)
				printf("%d %d\n", i, cpu);
		}
		if (i != 0 && !(i % (rounds / 10)))
			done += count(others);
		else
			done -= count(others);
		if (loud)
			printf("%d done\n", i);
	}
	return done;
}

int main(void)
{
	static const volatile int settings[] = {20, 2};

	rseq_require();
	worker(settings);
	worker(settings);
	return verdict(sum(slots) + sum(others), 120);
}
