// SPDX-License-Identifier: MIT
/* Sorting of what mostly is in order already, and searching in it. */
#include <stdlib.h>
#include <string.h>

#include "sort.h"

void sort_records(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const char *record = base;

	for (size_t i = 1; i < n; i++, record += size) {
		if (compare(record, record + size) > 0) {
			qsort(base, n, size, compare);
			return;
		}
	}
}

size_t records_up_to(const void *base, size_t n, size_t size, size_t offset, uint64_t value)
{
	size_t low = 0;
	size_t high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t key;

		memcpy(&key, (const char *)base + middle * size + offset, sizeof(key));
		if (key <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t records_below(const void *base, size_t n, size_t size, size_t offset, uint64_t value)
{
	return value ? records_up_to(base, n, size, offset, value - 1) : 0;
}
