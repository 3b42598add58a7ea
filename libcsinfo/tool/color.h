/* SPDX-License-Identifier: MIT */
/* Colours of the text on stdout. */
#ifndef CSINFO_TOOL_COLOR_H
#define CSINFO_TOOL_COLOR_H

#include <stdbool.h>

enum color {
	COLOR_OFF, /* back to normal */
	COLOR_BOLD,
	COLOR_DIM,
	COLOR_RED,
	COLOR_GREEN,
	COLOR_YELLOW,
	COLOR_CYAN,
};

/*
 * WHEN is "auto", "always" or "never"; auto means a terminal that is not dumb, and no
 * NO_COLOR in the environment (https://no-color.org).  Returns whether WHEN is one of them.
 */
bool color_when(const char *when);

/* The escape sequence that switches COLOR on; "" while colours are off. */
const char *color(enum color color);

#endif /* CSINFO_TOOL_COLOR_H */
