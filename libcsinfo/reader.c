// SPDX-License-Identifier: MIT
/* Bounds-checked reading of little-endian bytes. */
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

/* LENGTH bytes, least significant first. */
static uint64_t get_little_endian(const unsigned char *bytes, unsigned int length)
{
	uint64_t value = 0;

	while (length--)
		value = value << 8 | bytes[length];
	return value;
}

bool reader_u32(const struct reader *reader, uint64_t offset, uint32_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, sizeof(*out));

	if (bytes)
		*out = (uint32_t)get_little_endian(bytes, sizeof(*out));
	return bytes != NULL;
}

bool reader_u64(const struct reader *reader, uint64_t offset, uint64_t *out)
{
	const unsigned char *bytes = reader_bytes(reader, offset, sizeof(*out));

	if (bytes)
		*out = get_little_endian(bytes, sizeof(*out));
	return bytes != NULL;
}

/* A table that ends in NUL ends every string in it: no need to look for the end. */
const char *reader_string(const struct reader *reader, uint64_t offset)
{
	if (offset >= reader->size || reader->bytes[reader->size - 1])
		return NULL;
	return (const char *)reader->bytes + offset;
}

bool reader_all_zero(const struct reader *reader, uint64_t offset, uint64_t length)
{
	const unsigned char *bytes = reader_bytes(reader, offset, length);

	for (uint64_t i = 0; bytes && i < length; i++)
		if (bytes[i])
			return false;
	return bytes != NULL;
}

void write_u64(unsigned char *bytes, uint64_t value)
{
	for (unsigned int i = 0; i < sizeof(value); i++, value >>= 8)
		bytes[i] = (unsigned char)value;
}
