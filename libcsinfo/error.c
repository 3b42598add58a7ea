// SPDX-License-Identifier: MIT
/* How the library reports what went wrong, and copies records out. */
#include <stdio.h>
#include <string.h>

#include "error.h"

int csinfo_copy_out(void *out, const void *from, size_t size)
{
	size_t room;

	if (!out)
		return CSINFO_E_ARGUMENT;
	memcpy(&room, out, sizeof(room));
	if (room < sizeof(room))
		return CSINFO_E_ARGUMENT;
	memset((char *)out + sizeof(room), 0, room - sizeof(room));
	if (size > room)
		size = room;
	memcpy((char *)out + sizeof(room), (const char *)from + sizeof(room), size - sizeof(room));
	return 0;
}

/* Write "SECTION (offset 0xN): " as far as the parts are known. */
static size_t write_place(char *text, size_t room, const char *section, uint64_t offset)
{
	int n = 0;

	if (section[0] && offset != CSINFO_NO_ADDRESS)
		n = snprintf(text, room, "%s (file offset 0x%llx): ", section,
			     (unsigned long long)offset);
	else if (section[0])
		n = snprintf(text, room, "%s: ", section);
	else if (offset != CSINFO_NO_ADDRESS)
		n = snprintf(text, room, "file offset 0x%llx: ", (unsigned long long)offset);
	return n > 0 ? (size_t)n : 0;
}

void csinfo_make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text == 0x7f)
			*text = '?';
}

int csinfo_vfail(struct csinfo_err *err, int code, const char *section, uint64_t offset,
		 const char *format, va_list arguments)
{
	struct csinfo_err full = {.size = sizeof(full), .code = code, .offset = offset};
	size_t used;

	if (!err)
		return code;
	snprintf(full.section, sizeof(full.section), "%s", section ? section : "");
	used = write_place(full.message, sizeof(full.message), full.section, offset);
	vsnprintf(full.message + used, sizeof(full.message) - used, format, arguments);
	csinfo_make_printable(full.section);
	csinfo_make_printable(full.message);
	csinfo_copy_out(err, &full, sizeof(full));
	return code;
}

int csinfo_fail(struct csinfo_err *err, int code, const char *section, uint64_t offset,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	csinfo_vfail(err, code, section, offset, format, arguments);
	va_end(arguments);
	return code;
}
