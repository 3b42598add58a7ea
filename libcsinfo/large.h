/* SPDX-License-Identifier: MIT */
/* Memory for large tables. */
#ifndef CSINFO_LARGE_H
#define CSINFO_LARGE_H

#include <stddef.h>

/*
 * SIZE bytes for free(), aligned to cache lines, or NULL.  Where they are many, of huge pages,
 * if the system has them for those who ask: faults for small ones, one by one, cost more than
 * what is done with a table once.
 */
void *large_alloc(size_t size);

#endif /* CSINFO_LARGE_H */
