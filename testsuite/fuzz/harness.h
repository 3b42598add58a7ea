/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: promises that are checked, and memory that is counted. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer calls it; each target has one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the program with PROMISE, unless it was KEPT. */
void require(bool kept, const char *promise);

/* Require that memory since peak_start() was never more than SIZE bytes of input explain. */
void memory_check(size_t size);

/* Whether this input is one of those, one in N, that get what is too slow for all. */
bool is_one_in(const uint8_t *data, size_t size, uint64_t n);

/* The descriptor of a file with these bytes, until the next call. */
int file_of(const uint8_t *data, size_t size);

#endif /* HARNESS_H */
