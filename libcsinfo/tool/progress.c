// SPDX-License-Identifier: MIT
/* One line on the terminal that says how far a long command is. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "text.h"

#define INTERVAL_NS (100 * 1000 * 1000)

static bool shown;

static bool is_time(void)
{
	static long long next;
	struct timespec now;
	long long ns;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	if (ns < next)
		return false;
	next = ns + INTERVAL_NS;
	return true;
}

/* Columns that a line may have without wrapping. */
static size_t width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 79;
	return size.ws_col - 1;
}

void progress_show(size_t n, const char *path)
{
	static int is_terminal = -1;
	char line[512];
	size_t length;

	if (is_terminal < 0)
		is_terminal = isatty(STDERR_FILENO);
	if (!is_terminal || !is_time())
		return;
	length = (size_t)snprintf(line, sizeof(line), "%zu files: %s", n, path);
	if (length >= sizeof(line))
		length = sizeof(line) - 1;
	line[length < width() ? length : width()] = '\0';
	fflush(stdout);
	fputs("\r\033[K", stderr);
	text_print(stderr, line);
	fflush(stderr);
	shown = true;
}

void progress_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
