/* SPDX-License-Identifier: MIT */
/* Passes through a section that no table has, retried until it commits. */
#include "rseq-asm.h"

#include <linux/rseq.h>

#define PASSES 6

#ifndef __x86_64__
__attribute__((regparm(2)))
#endif
int count(struct rseq *area, long *value);

static long value;

static __attribute__((noinline)) int pass(void)
{
	int aborts = 0;

	while (count(rseq_area(), &value))	/* pass: section */
		aborts++;
	return aborts;				/* pass: passed */
}

int main(void)
{
	rseq_require();
	for (int i = 0; i < PASSES; i++)
		pass();
	return value != PASSES;			/* all passed */
}
