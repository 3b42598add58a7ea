// SPDX-License-Identifier: MIT
#include "peak.h"

/* Below 0 when what was allocated before the first count is freed. */
static ptrdiff_t allocated;
static ptrdiff_t before;
static ptrdiff_t peak;

/* Of the sanitizers; gcc has no header for them. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
					      void (*)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *pointer);

static void on_malloc(const volatile void *pointer, size_t size)
{
	(void)pointer;
	allocated += (ptrdiff_t)size;
	if (allocated > peak)
		peak = allocated;
}

static void on_free(const volatile void *pointer)
{
	if (pointer)
		allocated -= (ptrdiff_t)__sanitizer_get_allocated_size(pointer);
}

void peak_start(void)
{
	static int is_hooked;

	if (!is_hooked)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	is_hooked = 1;
	before = allocated;
	peak = allocated;
}

size_t peak_bytes(void)
{
	return (size_t)(peak - before);
}
