// SPDX-License-Identifier: MIT
/* Bounds-checked reading of bytes in either byte order. */
#include <stdlib.h>

#include "reader.h"

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
