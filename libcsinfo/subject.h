/* SPDX-License-Identifier: MIT */
/* A critical section whose flow is looked for. */
#ifndef CSINFO_SUBJECT_H
#define CSINFO_SUBJECT_H

#include "insn.h"
#include "table.h"

/* Bytes of a section: a longer one is not decoded. */
#define SUBJECT_MAX_LENGTH (64u << 10)

/* A critical section and all that is known around it. */
struct subject {
	struct target target;
	bool may_be_thumb; /* code of arm that may be either: target.thumb is to be found */
	struct code code;
	/* Bytes of code from start_ip on; those of a long section need not be in CODE. */
	uint64_t room;
	const struct csinfo_section *section;
	const uint64_t *exits; /* declared */
	size_t n_exits;
	const struct table *table;     /* of the file, or of SECTION alone */
	const struct areas *areas;     /* NULL when there is no file */
	const struct elf_image *image; /* NULL when there is no file */
	struct window *window;	       /* on its data */
	uint64_t global_pointer;       /* as in struct csinfo */
};

#endif /* CSINFO_SUBJECT_H */
