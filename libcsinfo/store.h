/* SPDX-License-Identifier: MIT */
/* STORE, the instruction that arms a critical section, and the ways to it. */
#ifndef CSINFO_STORE_H
#define CSINFO_STORE_H

#include "outpost.h"

/*
 * Narrow [*LOW, *HIGH), which holds the beginning of SECTION, to the bytes that are looked
 * at when it is the subject.
 */
void store_narrow(const struct csinfo_section *section, uint64_t *low, uint64_t *high);

struct store {
	uint64_t address;
	uint32_t length;
	int position; /* enum csinfo_store_position */
	bool proven;  /* it stores the address of the descriptor */
	/* Where there is none: an instruction in its place that arms another section... */
	uint64_t foreign;
	uint64_t foreign_descriptor; /* ... with this descriptor.  Or CSINFO_NO_ADDRESS. */
};

struct gates {
	struct csinfo_gate *list; /* in order of address */
	size_t n;
	size_t room;
};

/*
 * Find STORE of SUBJECT and what leads to it.  *STORE says so when there is none.
 * gates_free() frees GATES after success and failure alike, outposts_free() OUTPOSTS.
 * Errors: CSINFO_E_NOMEM.
 */
int store_find(const struct subject *subject, struct decoder *decoder, struct store *store,
	       struct gates *gates, struct outposts *outposts);
void gates_free(struct gates *gates);

#endif /* CSINFO_STORE_H */
