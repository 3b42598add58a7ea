// SPDX-License-Identifier: MIT
/*
 * What the library does, counted: the compiler puts a call of __sanitizer_cov_trace_pc() in
 * front of every basic block of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "peak.h"
#include "work.h"

static const char *subject;
static uint64_t steps;
static uint64_t most_steps = UINT64_MAX;

/* Of the sanitizers; gcc has no header for it. */
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	if (++steps <= most_steps)
		return;
	printf("FAIL: %s: more than %llu steps\n", subject, (unsigned long long)most_steps);
	fflush(stdout);
	_Exit(1);
}

void work_start(const char *what, uint64_t limit)
{
	subject = what;
	steps = 0;
	most_steps = limit;
	peak_start();
}

size_t work_memory(void)
{
	return peak_bytes();
}
