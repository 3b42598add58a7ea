// SPDX-License-Identifier: MIT
/* The regular files of a directory tree. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "walk.h"

/* A walk under way: PATH is of the directory that is read, for messages. */
struct state {
	const struct walk *walk;
	dev_t device;
	char *path;
	size_t capacity;
	_Alignas(struct dirent64) char buffer[32 * 1024]; /* of read_entries() */
};

/* What one getdents64() gave. */
struct chunk {
	struct chunk *next;
	_Alignas(struct dirent64) char bytes[];
};

/* The files and directories in a directory: d_type is never DT_UNKNOWN. */
struct entries {
	struct dirent64 **items; /* in the chunks */
	size_t n;
	struct chunk *chunks;
};

static int compare_entries(const void *left, const void *right)
{
	const struct dirent64 *const *a = left;
	const struct dirent64 *const *b = right;

	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Some file systems don't say what an entry is. */
static unsigned char type_of(int dir_fd, const struct dirent64 *found)
{
	struct stat info;

	if (found->d_type != DT_UNKNOWN)
		return found->d_type;
	if (fstatat(dir_fd, found->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_REG; /* opening it gives the reason */
	return IFTODT(info.st_mode);
}

/* Take the entry FOUND of DIR_FD if it is a file or a directory. */
static void take_entry(struct entries *entries, int dir_fd, struct dirent64 *found)
{
	found->d_type = type_of(dir_fd, found);
	if ((found->d_type == DT_REG || found->d_type == DT_DIR) &&
	    strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
		entries->items[entries->n++] = found;
}

/* Take the entries of DIR_FD in the SIZE bytes at BYTES. */
static void take_chunk(struct entries *entries, int dir_fd, const char *bytes, size_t size)
{
	struct chunk *chunk = memory_resize(NULL, 1, sizeof(*chunk) + size);
	size_t most = size / offsetof(struct dirent64, d_name);
	struct dirent64 *found;

	chunk->next = entries->chunks;
	entries->chunks = chunk;
	memcpy(chunk->bytes, bytes, size);
	entries->items = memory_resize(entries->items, entries->n + most, sizeof(*entries->items));
	for (size_t at = 0; at < size; at += found->d_reclen) {
		found = (void *)(chunk->bytes + at);
		take_entry(entries, dir_fd, found);
	}
}

static void free_entries(struct entries *entries)
{
	while (entries->chunks) {
		struct chunk *chunk = entries->chunks;

		entries->chunks = chunk->next;
		free(chunk);
	}
	free(entries->items);
}

/*
 * The files and directories in DIR_FD, by name; opendir() would take four more system calls.
 * Returns 0 or an errno.
 */
static int read_entries(struct state *state, int dir_fd, struct entries *entries)
{
	ssize_t n;

	while ((n = getdents64(dir_fd, state->buffer, sizeof(state->buffer))) > 0)
		take_chunk(entries, dir_fd, state->buffer, (size_t)n);
	if (n < 0)
		return errno;
	if (entries->n)
		qsort(entries->items, entries->n, sizeof(*entries->items), compare_entries);
	return 0;
}

/* Put NAME behind the first LENGTH bytes of the path.  Returns how long it is then. */
static size_t set_path(struct state *state, size_t length, const char *name)
{
	size_t more = strlen(name);
	const char *slash = length && state->path[length - 1] != '/' ? "/" : "";

	if (state->capacity < length + more + 2) {
		state->capacity = 2 * (length + more + 2);
		state->path = memory_resize(state->path, state->capacity, 1);
	}
	memcpy(state->path + length, slash, strlen(slash));
	length += strlen(slash);
	memcpy(state->path + length, name, more + 1);
	return length + more;
}

static void walk_error(const struct state *state, int error)
{
	state->walk->error(state->path, error, state->walk->data);
}

/* FLAGS: O_NOFOLLOW or 0.  A FIFO or a terminal that took the file's place does no harm. */
static void walk_file(struct state *state, int dir_fd, const char *name, int flags)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);

	if (fd < 0) {
		/* A file that was removed meanwhile is not in the tree. */
		if (errno != ENOENT || !flags)
			walk_error(state, errno);
		return;
	}
	state->walk->file(fd, state->path, state->walk->data);
	close(fd);
}

/* Whether the directory FD is one to walk: not seen before, of the same file system. */
static bool is_wanted(const struct state *state, int fd)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return false;
	if (info.st_dev != state->device && !state->walk->cross)
		return false;
	return inodes_add(state->walk->seen, &info);
}

static void walk_directory(struct state *state, int dir_fd, const char *name, int flags);

/* Walk ENTRY of DIR_FD, the directory that the first LENGTH bytes of the path name. */
static void walk_entry(struct state *state, int dir_fd, size_t length, const struct dirent64 *entry)
{
	/* A longer path could be given to no program; and this bounds the depth. */
	if (set_path(state, length, entry->d_name) >= PATH_MAX)
		walk_error(state, ENAMETOOLONG);
	else if (entry->d_type == DT_DIR)
		walk_directory(state, dir_fd, entry->d_name, O_NOFOLLOW);
	else
		walk_file(state, dir_fd, entry->d_name, O_NOFOLLOW);
}

/* Walk FD, a directory, which is closed. */
static void walk_open_directory(struct state *state, int fd)
{
	size_t length = strlen(state->path);
	struct entries entries = {0};
	int error = read_entries(state, fd, &entries);

	if (error)
		walk_error(state, error);
	for (size_t i = 0; i < entries.n; i++)
		walk_entry(state, fd, length, entries.items[i]);
	free_entries(&entries);
	close(fd);
}

static void walk_directory(struct state *state, int dir_fd, const char *name, int flags)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

	if (fd < 0)
		walk_error(state, errno);
	else if (is_wanted(state, fd))
		walk_open_directory(state, fd);
	else
		close(fd);
}

void walk_tree(const struct walk *walk, const char *root)
{
	struct state state = {.walk = walk};
	struct stat info;

	set_path(&state, 0, root);
	if (stat(root, &info) != 0) {
		walk_error(&state, errno);
	} else if (S_ISREG(info.st_mode)) {
		walk_file(&state, AT_FDCWD, root, 0);
	} else {
		state.device = info.st_dev;
		walk_directory(&state, AT_FDCWD, root, 0);
	}
	free(state.path);
}
