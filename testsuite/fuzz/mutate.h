/* SPDX-License-Identifier: MIT */
/* Changes to an ELF file that leave most of it meaningful. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Change SIZE bytes in place to at most MAX_SIZE of them.  Returns the new size. */
typedef size_t mutator(uint8_t *data, size_t size, size_t max_size);

/*
 * As a mutator, but one that knows headers, tables and addresses; ANY_BYTES changes
 * what has no structure.  SEED decides.
 */
size_t mutate(uint8_t *data, size_t size, size_t max_size, unsigned int seed, mutator *any_bytes);

#endif /* MUTATE_H */
