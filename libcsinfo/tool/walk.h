/* SPDX-License-Identifier: MIT */
/* The regular files of a directory tree. */
#ifndef CSINFO_TOOL_WALK_H
#define CSINFO_TOOL_WALK_H

#include <stdbool.h>

#include "inodes.h"

struct walk {
	bool cross;	     /* go into other file systems */
	struct inodes *seen; /* directories that were walked are added, and not walked again */
	/* FD is a regular file, unless something took its place just now; it is closed behind. */
	void (*file)(int fd, const char *path, void *data);
	/* PATH can't be read, or not looked at: ERROR is the errno. */
	void (*error)(const char *path, int error, void *data);
	void *data;
};

/*
 * Walk ROOT, a directory or a regular file, in the order of names.  No symbolic link is
 * followed but ROOT itself; nothing but directories and regular files is opened.
 */
void walk_tree(const struct walk *walk, const char *root);

#endif /* CSINFO_TOOL_WALK_H */
