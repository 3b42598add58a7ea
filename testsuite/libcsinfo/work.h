/* SPDX-License-Identifier: MIT */
/* What the library does, counted: no clock, so that the same file gives the same numbers. */
#ifndef WORK_H
#define WORK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Count from 0: basic blocks of the library that run are steps.  More than LIMIT of them end
 * the program, since what is quadratic would go on for hours.
 */
void work_start(const char *what, uint64_t limit);

/* The most bytes that were allocated at once since, beyond those that were before. */
size_t work_memory(void);

#endif /* WORK_H */
