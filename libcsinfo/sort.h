/* SPDX-License-Identifier: MIT */
/* Sorting of what mostly is in order already. */
#ifndef CSINFO_SORT_H
#define CSINFO_SORT_H

#include <stddef.h>

/* As qsort(), but N records in order cost N comparisons; BASE may be NULL when N is 0. */
void sort_records(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

#endif /* CSINFO_SORT_H */
