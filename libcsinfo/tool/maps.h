/* SPDX-License-Identifier: MIT */
/* The ELF files that a process has mapped, and where. */
#ifndef CSINFO_TOOL_MAPS_H
#define CSINFO_TOOL_MAPS_H

#include "csinfo.h"
#include "process.h"

/* One file at one place; only what has critical sections is kept. */
struct object {
	char *path; /* as in /proc/PID/maps, also with " (deleted)" */
	struct csinfo *handle;
	uint64_t bias; /* address in the process - address in the file */
};

struct objects {
	struct object *items;
	size_t n;
	struct mapped_file *files; /* that were looked at, with the handles */
	size_t n_files;
};

/*
 * Find the objects of PROCESS.  ERROR is told of a file that can't be read.  Returns 0, or
 * the errno for which /proc/PID/maps can't be read.
 */
int objects_open(struct objects *objects, const struct process *process,
		 void (*error)(const char *path, const char *text, void *data), void *data);
void objects_close(struct objects *objects);

/* The object and section whose code PC is in; NULL when it is in none. */
const struct object *objects_find(const struct objects *objects, uint64_t pc, size_t *index);

#endif /* CSINFO_TOOL_MAPS_H */
