// SPDX-License-Identifier: MIT
/* The ELF files that a process has mapped, and where. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps.h"
#include "text.h"
#include "tool.h"

/* An executable mapping of a file: a line of /proc/PID/maps. */
struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the file */
	unsigned int major, minor;
	uint64_t inode;
	char *path;
};

struct mapped_file {
	unsigned int major, minor;
	uint64_t inode;
	struct csinfo *handle; /* NULL: has no critical sections, or can't be read */
};

struct reading {
	struct objects *objects;
	const struct process *process;
	void (*error)(const char *path, const char *text, void *data);
	void *data;
};

/* Parse LINE, which is changed.  Returns whether it is an executable mapping of a file. */
static bool parse_line(char *line, struct mapping *out)
{
	char access[5];
	int at = 0;
	char *newline;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &out->start, &out->end, access, &out->offset, &out->major, &out->minor,
		   &out->inode, &at) < 7)
		return false;
	out->path = line + at;
	out->path[strcspn(out->path, "\n")] = '\0';
	/* The kernel writes a newline in a name as \012. */
	while ((newline = strstr(out->path, "\\012"))) {
		*newline = '\n';
		memmove(newline + 1, newline + 4, strlen(newline + 4) + 1);
	}
	return access[2] == 'x' && out->inode && out->path[0] == '/';
}

/* Open NAME below DIR_FD if it is the file that is mapped.  A device is not opened. */
static int open_same(int dir_fd, const char *name, const struct mapping *mapping)
{
	struct stat info;

	if (fstatat(dir_fd, name, &info, 0) != 0)
		return -1;
	/* Not the device: btrfs tells stat() another one than the maps. */
	if (!S_ISREG(info.st_mode) || info.st_ino != mapping->inode) {
		errno = ESTALE;
		return -1;
	}
	return openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/*
 * Open what is mapped: map_files/ has it even when it was deleted, and is for root only; exe
 * likewise, for the program; the path otherwise, seen from the process.
 */
static int open_mapped(const struct process *process, const struct mapping *mapping)
{
	char name[64];
	int root;
	int fd;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, mapping->start,
		 mapping->end);
	fd = open_same(process->fd, name, mapping);
	if (fd < 0)
		fd = open_same(process->fd, "exe", mapping);
	if (fd >= 0)
		return fd;
	root = openat(process->fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = open_same(root, mapping->path + 1, mapping);
	close(root);
	return fd;
}

static bool is_deleted(const char *path)
{
	static const char suffix[] = " (deleted)";
	size_t length = strlen(path);

	return length >= sizeof(suffix) && !strcmp(path + length - (sizeof(suffix) - 1), suffix);
}

static const char *reason(const struct mapping *mapping, int error)
{
	if (is_deleted(mapping->path) && (error == ENOENT || error == ESTALE))
		return "only root can still read it";
	return error == ESTALE ? "another file has this name by now" : strerror(error);
}

/* The handle of the file that is mapped; NULL when it has no critical sections. */
static struct csinfo *open_file(const struct reading *reading, const struct mapping *mapping)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;
	int fd = open_mapped(reading->process, mapping);

	if (fd < 0) {
		reading->error(mapping->path, reason(mapping, errno), reading->data);
		return NULL;
	}
	if (csinfo_open_fd(fd, &handle, &err) && err.code != CSINFO_E_NOT_ELF)
		reading->error(mapping->path, err.message, reading->data);
	close(fd);
	if (handle && !csinfo_count(handle)) {
		csinfo_close(handle);
		handle = NULL;
	}
	if (handle)
		tool_load_debug(handle, mapping->path);
	return handle;
}

static struct csinfo *handle_of(const struct reading *reading, const struct mapping *mapping)
{
	struct objects *objects = reading->objects;
	struct mapped_file *file;

	for (size_t i = 0; i < objects->n_files; i++) {
		file = &objects->files[i];
		if (file->inode == mapping->inode && file->major == mapping->major &&
		    file->minor == mapping->minor)
			return file->handle;
	}
	objects->files = memory_resize(objects->files, objects->n_files + 1, sizeof(*file));
	file = &objects->files[objects->n_files++];
	*file = (struct mapped_file){mapping->major, mapping->minor, mapping->inode,
				     open_file(reading, mapping)};
	return file->handle;
}

/* The load bias by the first section whose code is mapped.  Returns whether there is one. */
static bool find_bias(const struct csinfo *handle, const struct mapping *mapping, uint64_t *bias)
{
	for (size_t i = 0; i < csinfo_count(handle); i++) {
		struct csinfo_section section = {.size = sizeof(section)};
		struct csinfo_place place = {.size = sizeof(place)};

		csinfo_get(handle, i, &section);
		if (csinfo_place(handle, section.start_ip, &place) ||
		    place.file_offset < mapping->offset ||
		    place.file_offset - mapping->offset >= mapping->end - mapping->start)
			continue;
		*bias = mapping->start + (place.file_offset - mapping->offset) - section.start_ip;
		return true;
	}
	return false;
}

static void add_mapping(const struct reading *reading, const struct mapping *mapping)
{
	struct csinfo *handle = handle_of(reading, mapping);
	struct objects *objects = reading->objects;
	uint64_t bias;

	if (!handle || !find_bias(handle, mapping, &bias))
		return;
	for (size_t i = 0; i < objects->n; i++)
		if (objects->items[i].handle == handle && objects->items[i].bias == bias)
			return;
	objects->items = memory_resize(objects->items, objects->n + 1, sizeof(*objects->items));
	objects->items[objects->n++] = (struct object){
		.path = strcpy(memory_resize(NULL, strlen(mapping->path) + 1, 1), mapping->path),
		.handle = handle,
		.bias = bias,
	};
}

int objects_open(struct objects *objects, const struct process *process,
		 void (*error)(const char *path, const char *text, void *data), void *data)
{
	struct reading reading = {objects, process, error, data};
	int fd = process_open_file(process, "maps");
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	struct mapping mapping;
	size_t capacity = 0;
	char *line = NULL;

	*objects = (struct objects){0};
	if (!maps)
		return errno;
	while (getline(&line, &capacity, maps) > 0)
		if (parse_line(line, &mapping))
			add_mapping(&reading, &mapping);
	free(line);
	fclose(maps);
	return 0;
}

void objects_close(struct objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		free(objects->items[i].path);
	for (size_t i = 0; i < objects->n_files; i++)
		csinfo_close(objects->files[i].handle);
	free(objects->items);
	free(objects->files);
	*objects = (struct objects){0};
}

const struct object *objects_find(const struct objects *objects, uint64_t pc, size_t *index)
{
	for (size_t i = 0; i < objects->n; i++)
		if (csinfo_find(objects->items[i].handle, pc - objects->items[i].bias, index) == 0)
			return &objects->items[i];
	return NULL;
}
