/* SPDX-License-Identifier: MIT */
/* Text that comes from files, and memory. */
#ifndef CSINFO_TOOL_TEXT_H
#define CSINFO_TOOL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Print TEXT, a name that some file gave: control characters, which could drive a terminal,
 * as \xHH.
 */
void text_print(FILE *to, const char *text);

/* realloc() that ends the program, with a message, when there is no memory. */
void *memory_resize(void *memory, size_t count, size_t size);

#endif /* CSINFO_TOOL_TEXT_H */
