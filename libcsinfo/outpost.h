/* SPDX-License-Identifier: MIT */
/* Where else a thread can be met on its way to a gate that addresses memory by the pc. */
#ifndef CSINFO_OUTPOST_H
#define CSINFO_OUTPOST_H

#include "subject.h"
#include "walk.h"

struct outposts {
	struct csinfo_outpost *list; /* those of one gate together */
	size_t n;
	size_t room;
};

/* The function of a section, and what else jumps into it. */
struct approach {
	const struct subject *subject;
	struct decoder *decoder;
	const struct walk *walk; /* the whole function */
	/* Whether a breakpoint at ADDRESS would break a section. */
	bool (*is_taken)(void *context, uint64_t address);
	void *context;
	struct walk outside; /* direct jumps into the function */
	bool unknown;	     /* not all ways into the middle of the function are known */
};

/* Fill APPROACH->outside and ->unknown; walk_free() frees the former.  Errors: CSINFO_E_NOMEM. */
int approach_open(struct approach *approach);

/*
 * Add the outposts of GATE to OUTPOSTS, or CSINFO_NO_ADDRESS when not all ways to it are known or
 * one has no place for an outpost.  outposts_free() frees them after success and failure alike.
 * Errors: CSINFO_E_NOMEM.
 */
int outposts_find(const struct approach *approach, const struct insn *gate,
		  struct outposts *outposts);
void outposts_free(struct outposts *outposts);

#endif /* CSINFO_OUTPOST_H */
