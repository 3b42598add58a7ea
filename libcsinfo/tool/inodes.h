/* SPDX-License-Identifier: MIT */
/* A set of inodes. */
#ifndef CSINFO_TOOL_INODES_H
#define CSINFO_TOOL_INODES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* All zeros is an empty set. */
struct inodes {
	struct inode_key *slots;
	size_t capacity; /* a power of 2, or 0 */
	size_t n;
};

/* Add the file that INFO is about.  Returns whether it is new. */
bool inodes_add(struct inodes *set, const struct stat *info);
void inodes_free(struct inodes *set);

#endif /* CSINFO_TOOL_INODES_H */
