// SPDX-License-Identifier: MIT
/* Bounds-checked reading of bytes in either byte order. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

bool range_within(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

const unsigned char *reader_bytes(const struct reader *reader, uint64_t offset, uint64_t length)
{
	if (!range_within(offset, length, reader->size))
		return NULL;
	return reader->bytes + offset;
}

/* Words of 8 bytes are what there are millions of. */
static uint64_t get_word(const unsigned char *bytes, unsigned int width, bool big_endian)
{
	uint64_t value = 0;

	if (width == sizeof(value)) {
		memcpy(&value, bytes, sizeof(value));
		return big_endian ? be64toh(value) : le64toh(value);
	}
	for (unsigned int i = 0; i < width; i++)
		value = value << 8 | bytes[big_endian ? i : width - 1 - i];
	return value;
}

bool reader_word(const struct reader *reader, uint64_t offset, unsigned int width, uint64_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, width);

	if (!bytes)
		return false;
	*out = get_word(bytes, width, reader->big_endian);
	return true;
}

bool reader_u8(const struct reader *reader, uint64_t offset, uint8_t *out)
{
	const unsigned char *byte = reader_bytes(reader, offset, sizeof(*out));

	if (byte)
		*out = *byte;
	return byte != NULL;
}

bool reader_u16(const struct reader *reader, uint64_t offset, uint16_t *out)
{
	uint64_t value;
	bool is_there = reader_word(reader, offset, sizeof(*out), &value);

	if (is_there)
		*out = (uint16_t)value;
	return is_there;
}

bool reader_u32(const struct reader *reader, uint64_t offset, uint32_t *out)
{
	uint64_t value;
	bool is_there = reader_word(reader, offset, sizeof(*out), &value);

	if (is_there)
		*out = (uint32_t)value;
	return is_there;
}

bool reader_u64(const struct reader *reader, uint64_t offset, uint64_t *out)
{
	return reader_word(reader, offset, sizeof(*out), out);
}

/* A table that ends in NUL ends every string in it: no need to look for the end. */
const char *reader_string(const struct reader *reader, uint64_t offset)
{
	if (offset >= reader->size || reader->bytes[reader->size - 1])
		return NULL;
	return (const char *)reader->bytes + offset;
}

void reader_free(struct reader *reader)
{
	free((void *)(uintptr_t)reader->bytes);
	*reader = (struct reader){0};
}

void write_word(unsigned char *bytes, uint64_t value, unsigned int width, bool big_endian)
{
	for (unsigned int i = 0; i < width; i++, value >>= 8)
		bytes[big_endian ? width - 1 - i : i] = (unsigned char)value;
}
