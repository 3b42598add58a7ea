/* SPDX-License-Identifier: MIT */
/* Sorting of what mostly is in order already, and searching in it. */
#ifndef CSINFO_SORT_H
#define CSINFO_SORT_H

#include <stddef.h>
#include <stdint.h>

/* As qsort(), but N records in order cost N comparisons; BASE may be NULL when N is 0. */
void sort_records(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

/*
 * How many of the N records of SIZE bytes at BASE have a key up to VALUE, or below it: they are in
 * order of it, a uint64_t at OFFSET in each.  BASE may be NULL when N is 0.
 */
size_t records_up_to(const void *base, size_t n, size_t size, size_t offset, uint64_t value);
size_t records_below(const void *base, size_t n, size_t size, size_t offset, uint64_t value);

/* The same for N records of an array LIST, by their FIELD. */
#define RECORDS_UP_TO(list, n, field, value)                                                       \
	records_up_to(list, n, sizeof(*(list)), offsetof(__typeof__(*(list)), field), value)
#define RECORDS_BELOW(list, n, field, value)                                                       \
	records_below(list, n, sizeof(*(list)), offsetof(__typeof__(*(list)), field), value)

#endif /* CSINFO_SORT_H */
