/* SPDX-License-Identifier: MIT */
/* How the library reports what went wrong, and copies records out. */
#ifndef CSINFO_ERROR_H
#define CSINFO_ERROR_H

#include <stdarg.h>

#include "csinfo.h"

/*
 * Fill *ERR (which may be NULL) with CODE, the place (SECTION may be NULL, OFFSET
 * may be CSINFO_NO_ADDRESS) and a text.  Returns CODE, so that callers can
 * `return csinfo_fail(...)`.
 */
__attribute__((format(printf, 5, 6))) int csinfo_fail(struct csinfo_err *err, int code,
						      const char *section, uint64_t offset,
						      const char *format, ...);

/* Same, with the arguments in a va_list. */
__attribute__((format(printf, 5, 0))) int csinfo_vfail(struct csinfo_err *err, int code,
						       const char *section, uint64_t offset,
						       const char *format, va_list arguments);

/* Names come from the file: make TEXT one line without control characters. */
void csinfo_make_printable(char *text);

/*
 * Copy the record FROM of SIZE bytes to OUT, which begins with the size_t that
 * its owner set.  Returns 0, or CSINFO_E_ARGUMENT for an unusable OUT.
 */
int csinfo_copy_out(void *out, const void *from, size_t size);

#endif /* CSINFO_ERROR_H */
