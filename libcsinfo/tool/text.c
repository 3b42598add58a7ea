// SPDX-License-Identifier: MIT
/* Text that comes from files, and memory. */
#include <stdbool.h>
#include <stdlib.h>

#include "text.h"
#include "tool.h"

/* C0, DEL, and the UTF-8 form of C1 (U+0080 .. U+009F). */
static bool is_control(const unsigned char *at)
{
	return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f);
}

void text_print(FILE *to, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (is_control(at))
			fprintf(to, "\\x%02x", *at);
		else
			putc(*at, to);
}

void *memory_resize(void *memory, size_t count, size_t size)
{
	size_t bytes;
	void *resized = NULL;

	if (!__builtin_mul_overflow(count, size, &bytes))
		resized = realloc(memory, bytes ? bytes : 1);
	if (!resized) {
		fputs("csinfo: out of memory\n", stderr);
		exit(STATUS_BAD_FILE);
	}
	return resized;
}
