/* SPDX-License-Identifier: MIT */
/*
 * Bounds-checked reading of bytes in either byte order.  The only place in the library
 * that takes a position from a file and turns it into a pointer.
 */
#ifndef CSINFO_READER_H
#define CSINFO_READER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const unsigned char *bytes;
	uint64_t size;
	bool big_endian;
};

/*
 * The functions below are called a million times over for one large file: they are inline.
 */

/* Whether [OFFSET, OFFSET + LENGTH) lies within SIZE bytes; never overflows. */
static inline bool range_within(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

/* LENGTH bytes at OFFSET, or NULL when they are not all there. */
static inline const unsigned char *reader_bytes(const struct reader *reader, uint64_t offset,
						uint64_t length)
{
	return range_within(offset, length, reader->size) ? reader->bytes + offset : NULL;
}

/* Read an unsigned integer of WIDTH bytes, up to 8.  False, and *OUT untouched, out of bounds. */
static inline bool reader_word(const struct reader *reader, uint64_t offset, unsigned int width,
			       uint64_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, width);
	uint64_t value = 0;

	if (!bytes)
		return false;
	if (width == sizeof(value)) {
		memcpy(&value, bytes, sizeof(value));
		value = reader->big_endian ? be64toh(value) : le64toh(value);
	} else {
		for (unsigned int i = 0; i < width; i++)
			value = value << 8 | bytes[reader->big_endian ? i : width - 1 - i];
	}
	*out = value;
	return true;
}

/* The same for integers of one width each. */
static inline bool reader_u64(const struct reader *reader, uint64_t offset, uint64_t *out)
{
	return reader_word(reader, offset, sizeof(*out), out);
}

static inline bool reader_u32(const struct reader *reader, uint64_t offset, uint32_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, sizeof(*out));
	uint32_t value;

	if (!bytes)
		return false;
	memcpy(&value, bytes, sizeof(value));
	*out = reader->big_endian ? be32toh(value) : le32toh(value);
	return true;
}

static inline bool reader_u16(const struct reader *reader, uint64_t offset, uint16_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, sizeof(*out));
	uint16_t value;

	if (!bytes)
		return false;
	memcpy(&value, bytes, sizeof(value));
	*out = reader->big_endian ? be16toh(value) : le16toh(value);
	return true;
}

static inline bool reader_u8(const struct reader *reader, uint64_t offset, uint8_t *out)
{
	const unsigned char *byte = reader_bytes(reader, offset, sizeof(*out));

	if (byte)
		*out = *byte;
	return byte != NULL;
}

/* Write the low WIDTH bytes of VALUE to BYTES, as the file would hold them. */
static inline void write_word(unsigned char *bytes, uint64_t value, unsigned int width,
			      bool big_endian)
{
	if (width == sizeof(value)) {
		value = big_endian ? htobe64(value) : htole64(value);
		memcpy(bytes, &value, sizeof(value));
		return;
	}
	for (unsigned int i = 0; i < width; i++, value >>= 8)
		bytes[big_endian ? width - 1 - i : i] = (unsigned char)value;
}

/* The string at OFFSET of a string table, which must end in NUL; else NULL. */
const char *reader_string(const struct reader *reader, uint64_t offset);

/* Free the bytes of a READER that owns them. */
void reader_free(struct reader *reader);

#endif /* CSINFO_READER_H */
