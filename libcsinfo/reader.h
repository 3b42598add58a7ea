/* SPDX-License-Identifier: MIT */
/*
 * Bounds-checked reading of little-endian bytes.  The only place in the library
 * that takes a position from a file and turns it into a pointer.
 */
#ifndef CSINFO_READER_H
#define CSINFO_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const unsigned char *bytes;
	uint64_t size;
};

/* Whether [OFFSET, OFFSET + LENGTH) lies within SIZE bytes; never overflows. */
bool range_within(uint64_t offset, uint64_t length, uint64_t size);

/* LENGTH bytes at OFFSET, or NULL when they are not all there. */
const unsigned char *reader_bytes(const struct reader *reader, uint64_t offset, uint64_t length);

/* Read an unsigned integer to *OUT.  False, and *OUT untouched, out of bounds. */
bool reader_u32(const struct reader *reader, uint64_t offset, uint32_t *out);
bool reader_u64(const struct reader *reader, uint64_t offset, uint64_t *out);

/* The string at OFFSET of a string table, which must end in NUL; else NULL. */
const char *reader_string(const struct reader *reader, uint64_t offset);

/* Whether the LENGTH bytes at OFFSET exist and are all zero. */
bool reader_all_zero(const struct reader *reader, uint64_t offset, uint64_t length);

/* Write VALUE to 8 bytes at BYTES, as the file would hold it. */
void write_u64(unsigned char *bytes, uint64_t value);

#endif /* CSINFO_READER_H */
