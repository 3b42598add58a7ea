// SPDX-License-Identifier: MIT
/* The files that are named on the command line, and the members of archives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Where GDB looks, too. */
static const char *debug_folders = "/usr/lib/debug";

void tool_set_debug_folders(const char *folders)
{
	debug_folders = folders;
}

void tool_load_debug(struct csinfo *handle, const char *path)
{
	/* Without one, functions have no names; that shows. */
	if (debug_folders && csinfo_count(handle))
		csinfo_load_debug(handle, path, debug_folders, NULL);
}

/* "PATH(MEMBER)", as the linker names it; to be freed. */
static char *member_name(const char *path, const char *member)
{
	char *name = memory_resize(NULL, strlen(path) + strlen(member) + 3, 1);

	stpcpy(stpcpy(stpcpy(stpcpy(name, path), "("), member), ")");
	return name;
}

/* Visit MEMBER if there is something to say of it.  Returns whether it could be read. */
static bool visit_member(const char *path, const struct csinfo_member *member,
			 const struct csinfo_err *err, const struct visitor *visitor)
{
	/* An archive may hold anything: only objects can have critical sections. */
	bool failed = member->status && member->status != CSINFO_E_NOT_ELF;
	char *name = member_name(path, member->name);

	if (failed)
		visitor->failed(name, err, visitor->data);
	else if (!member->status)
		visitor->opened(name, member->handle, visitor->data);
	free(name);
	return !failed;
}

bool tool_visit_archive(const char *path, const struct visitor *visitor)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_member member = {.size = sizeof(member)};
	struct csinfo_archive *archive;
	bool all_read = true;
	int status = csinfo_archive_open(path, &archive, &err);

	if (status) {
		visitor->failed(path, &err, visitor->data);
		return false;
	}
	while ((status = csinfo_archive_next(archive, &member, &err)) == 0) {
		all_read &= visit_member(path, &member, &err, visitor);
		csinfo_close(member.handle);
	}
	csinfo_archive_close(archive);
	if (status == CSINFO_E_NOT_FOUND)
		return all_read;
	visitor->failed(path, &err, visitor->data);
	return false;
}

static bool visit_file(const char *path, const struct visitor *visitor)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle;

	switch (csinfo_open(path, &handle, &err)) {
	case CSINFO_OK:
		tool_load_debug(handle, path);
		visitor->opened(path, handle, visitor->data);
		csinfo_close(handle);
		return true;
	case CSINFO_E_ARCHIVE:
		return tool_visit_archive(path, visitor);
	default:
		visitor->failed(path, &err, visitor->data);
		return false;
	}
}

int tool_visit_files(char *const *paths, int count, const struct visitor *visitor)
{
	int status = STATUS_OK;

	for (int i = 0; i < count; i++)
		if (!visit_file(paths[i], visitor))
			status = STATUS_BAD_FILE;
	return status;
}
