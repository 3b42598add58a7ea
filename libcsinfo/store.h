/* SPDX-License-Identifier: MIT */
/* STORE, the instruction that arms a critical section, and the ways to it. */
#ifndef CSINFO_STORE_H
#define CSINFO_STORE_H

#include "walk.h"

/* A critical section and all that is known around it. */
struct subject {
	struct target target;
	struct code code;
	const struct csinfo_section *section;
	const uint64_t *exits; /* declared */
	size_t n_exits;
	const struct table *table;     /* of the file, or of SECTION alone */
	const struct areas *areas;     /* NULL when there is no file */
	const struct elf_image *image; /* NULL when there is no file */
};

struct store {
	uint64_t address;
	uint32_t length;
	int position; /* enum csinfo_store_position */
};

struct gates {
	struct csinfo_gate *list; /* in order of address */
	size_t n;
	size_t room;
};

/*
 * Find STORE of SUBJECT and what leads to it.  *STORE says so when there is none.
 * gates_free() frees GATES after success and failure alike.
 * Errors: CSINFO_E_NOMEM.
 */
int store_find(const struct subject *subject, struct decoder *decoder, struct store *store,
	       struct gates *gates);
void gates_free(struct gates *gates);

#endif /* CSINFO_STORE_H */
