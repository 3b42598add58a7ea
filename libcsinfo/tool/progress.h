/* SPDX-License-Identifier: MIT */
/* One line on the terminal that says how far a long command is. */
#ifndef CSINFO_TOOL_PROGRESS_H
#define CSINFO_TOOL_PROGRESS_H

#include <stddef.h>

/* Show that N files were seen and PATH is next, ten times a second; nothing without a terminal. */
void progress_show(size_t n, const char *path);

/* Take the line away: something else is to be printed, or all is done. */
void progress_clear(void);

#endif /* CSINFO_TOOL_PROGRESS_H */
