// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
/* Memory for large tables. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "large.h"

#define CACHE_LINE 64u
/* Of x86-64 and others. */
#define HUGE_PAGE ((size_t)2 << 20)

void *large_alloc(size_t size)
{
	/* Up to half a page is wasted. */
	bool is_large = size >= HUGE_PAGE / 2 && size <= SIZE_MAX - HUGE_PAGE;
	void *memory;

	if (is_large)
		size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	if (posix_memalign(&memory, is_large ? HUGE_PAGE : CACHE_LINE, size ? size : 1))
		return NULL;
	if (is_large)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}
