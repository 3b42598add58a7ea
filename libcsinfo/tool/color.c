// SPDX-License-Identifier: MIT
/* Colours of the text on stdout. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

static bool colored;

static bool colors_by_default(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && no_color[0])
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

bool color_when(const char *when)
{
	if (strcmp(when, "always") == 0)
		colored = true;
	else if (strcmp(when, "never") == 0)
		colored = false;
	else if (strcmp(when, "auto") == 0)
		colored = colors_by_default();
	else
		return false;
	return true;
}

const char *color(enum color color)
{
	static const char *const sequences[] = {
		[COLOR_OFF] = "\033[0m",   [COLOR_BOLD] = "\033[1m",   [COLOR_DIM] = "\033[2m",
		[COLOR_RED] = "\033[31m",  [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
		[COLOR_CYAN] = "\033[36m",
	};

	return colored ? sequences[color] : "";
}
