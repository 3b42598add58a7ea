/* SPDX-License-Identifier: MIT */
/*
 * Bounds-checked reading of bytes in either byte order.  The only place in the library
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
	bool big_endian;
};

/* Whether [OFFSET, OFFSET + LENGTH) lies within SIZE bytes; never overflows. */
bool range_within(uint64_t offset, uint64_t length, uint64_t size);

/* LENGTH bytes at OFFSET, or NULL when they are not all there. */
const unsigned char *reader_bytes(const struct reader *reader, uint64_t offset, uint64_t length);

/* Read an unsigned integer to *OUT.  False, and *OUT untouched, out of bounds. */
bool reader_u8(const struct reader *reader, uint64_t offset, uint8_t *out);
bool reader_u16(const struct reader *reader, uint64_t offset, uint16_t *out);
bool reader_u32(const struct reader *reader, uint64_t offset, uint32_t *out);
bool reader_u64(const struct reader *reader, uint64_t offset, uint64_t *out);

/* The same for an integer of WIDTH bytes, up to 8. */
bool reader_word(const struct reader *reader, uint64_t offset, unsigned int width, uint64_t *out);

/* The string at OFFSET of a string table, which must end in NUL; else NULL. */
const char *reader_string(const struct reader *reader, uint64_t offset);

/* Free the bytes of a READER that owns them. */
void reader_free(struct reader *reader);

/* Write the low WIDTH bytes of VALUE to BYTES, as the file would hold them. */
void write_word(unsigned char *bytes, uint64_t value, unsigned int width, bool big_endian);

#endif /* CSINFO_READER_H */
