// SPDX-License-Identifier: MIT
/* The files that are named on the command line. */
#include <stdio.h>

#include "text.h"
#include "tool.h"

void tool_complain(const char *path, const char *text)
{
	/* Both go to a terminal: what was printed before stands before it. */
	fflush(stdout);
	fputs("csinfo: ", stderr);
	text_print(stderr, path);
	fputs(": ", stderr);
	text_print(stderr, text);
	fputc('\n', stderr);
}

static bool visit_file(const char *path, tool_visit *visit, void *data)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle;

	if (csinfo_open(path, &handle, &err)) {
		tool_complain(path, err.message);
		visit(path, NULL, &err, data);
		return false;
	}
	visit(path, handle, NULL, data);
	csinfo_close(handle);
	return true;
}

int tool_each_file(char *const *paths, int count, tool_visit *visit, void *data)
{
	int status = STATUS_OK;

	for (int i = 0; i < count; i++)
		if (!visit_file(paths[i], visit, data))
			status = STATUS_BAD_FILE;
	return status;
}
