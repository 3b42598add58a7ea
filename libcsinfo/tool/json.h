/* SPDX-License-Identifier: MIT */
/*
 * A JSON document on stdout.  The writer sets commas and line ends itself; KEY is the member's
 * name inside an object, and NULL inside an array and for the document.
 */
#ifndef CSINFO_TOOL_JSON_H
#define CSINFO_TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "words.h"

void json_object(const char *key);
void json_array(const char *key);
/* Close the innermost object or array; the last one ends the document and its line. */
void json_end(void);

/* TEXT as a string, or null.  Bytes that are not UTF-8 become U+00XX: output always parses. */
void json_string(const char *key, const char *text);
void json_number(const char *key, uint64_t value);
void json_signed(const char *key, int64_t value);
void json_bool(const char *key, bool value);
void json_null(const char *key);
/* ADDRESS, or null for CSINFO_NO_ADDRESS. */
void json_address(const char *key, uint64_t address);
/* An array of the names of the bits of VALUE. */
void json_words(const char *key, const struct word *words, uint32_t value);

#endif /* CSINFO_TOOL_JSON_H */
