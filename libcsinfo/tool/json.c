// SPDX-License-Identifier: MIT
/* A JSON document on stdout. */
#include <inttypes.h>
#include <stdio.h>

#include "csinfo.h"
#include "json.h"

/* No document of ours is nested deeper. */
#define MAX_DEPTH 16

static struct level {
	char close; /* the bracket that ends it */
	bool filled;
} levels[MAX_DEPTH];
static int depth;

/* Length of the UTF-8 sequence at TEXT, 0 when it is not one. */
static unsigned int utf8_length(const unsigned char *text)
{
	unsigned int n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (unsigned int i = 1; i < n; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what is beyond U+10FFFF. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return n;
}

static void print_string(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putchar('"');
	while (*at) {
		unsigned int n = *at < 0x80 ? 1 : utf8_length(at);

		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (!n || *at < 0x20)
			printf("\\u%04x", *at);
		else
			fwrite(at, 1, n, stdout);
		at += n ? n : 1;
	}
	putchar('"');
}

/* What stands in front of a value: the comma, a new line for what is listed, the key. */
static void begin(const char *key, bool listed)
{
	if (depth) {
		if (levels[depth - 1].filled)
			putchar(',');
		if (listed)
			printf("\n%*s", depth, "");
		else if (levels[depth - 1].filled)
			putchar(' ');
		levels[depth - 1].filled = true;
	}
	if (key) {
		print_string(key);
		printf(": ");
	}
}

static void open_level(const char *key, char bracket, char close)
{
	begin(key, !key && bracket == '{');
	putchar(bracket);
	levels[depth++] = (struct level){.close = close};
}

void json_object(const char *key)
{
	open_level(key, '{', '}');
}

void json_array(const char *key)
{
	open_level(key, '[', ']');
}

void json_end(void)
{
	putchar(levels[--depth].close);
	if (!depth)
		putchar('\n');
}

void json_string(const char *key, const char *text)
{
	if (!text) {
		json_null(key);
		return;
	}
	begin(key, false);
	print_string(text);
}

void json_number(const char *key, uint64_t value)
{
	begin(key, false);
	printf("%" PRIu64, value);
}

void json_signed(const char *key, int64_t value)
{
	begin(key, false);
	printf("%" PRId64, value);
}

void json_bool(const char *key, bool value)
{
	begin(key, false);
	printf(value ? "true" : "false");
}

void json_null(const char *key)
{
	begin(key, false);
	printf("null");
}

void json_address(const char *key, uint64_t address)
{
	if (address == CSINFO_NO_ADDRESS)
		json_null(key);
	else
		json_number(key, address);
}

void json_words(const char *key, const struct word *words, uint32_t value)
{
	json_array(key);
	for (; words->name; words++)
		if (value & words->bit)
			json_string(NULL, words->name);
	json_end();
}
