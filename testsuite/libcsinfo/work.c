// SPDX-License-Identifier: MIT
/*
 * What the library does, counted: the compiler puts a call of __sanitizer_cov_trace_pc() in
 * front of every basic block of it, and AddressSanitizer tells of every allocation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "work.h"

static const char *subject;
static uint64_t steps;
static uint64_t most_steps = UINT64_MAX;
static size_t allocated;
static size_t before;
static size_t peak;

/* Of the sanitizers; gcc has no header for them. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
					      void (*)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *pointer);
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	if (++steps <= most_steps)
		return;
	printf("FAIL: %s: more than %llu steps\n", subject, (unsigned long long)most_steps);
	fflush(stdout);
	_Exit(1);
}

static void on_malloc(const volatile void *pointer, size_t size)
{
	(void)pointer;
	allocated += size;
	if (allocated > peak)
		peak = allocated;
}

static void on_free(const volatile void *pointer)
{
	if (pointer)
		allocated -= __sanitizer_get_allocated_size(pointer);
}

void work_start(const char *what, uint64_t limit)
{
	static int is_hooked;

	if (!is_hooked)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	is_hooked = 1;
	subject = what;
	steps = 0;
	most_steps = limit;
	before = allocated;
	peak = allocated;
}

size_t work_memory(void)
{
	return peak - before;
}
