/* SPDX-License-Identifier: MIT */
/* What the checks of code share. */
#ifndef CSINFO_LINT_CODE_H
#define CSINFO_LINT_CODE_H

#include "flow.h"
#include "lint.h"

/* How one section is armed. */
struct arming {
	uint64_t store; /* address of STORE, or CSINFO_NO_ADDRESS */
	bool checked;	/* the section's code could be decoded */
	bool thumb;	/* of arm: it is Thumb */
};

struct lint_code {
	struct csinfo_lint *lint;
	struct decoder decoders[2];    /* of arm, the second one is for Thumb */
	bool has_thumb;		       /* that one is open */
	const struct patches *patches; /* of the handle, NULL when it is linked */
	struct window window;	       /* on single instructions */
	struct arming *armings;	       /* one for each section */
	uint64_t *entries;	       /* branches past a STORE, sorted in the end */
	size_t n_entries;
	size_t room;
	uint64_t budget; /* bytes that may still be decoded */
	bool exhausted;	 /* there was more */
};

/* Take SIZE bytes off the budget.  False when they are not left. */
bool lint_spend(struct lint_code *code, uint64_t size);

/* What decodes the code of section INDEX, and its abort handler. */
struct decoder *lint_decoder(struct lint_code *code, size_t index);

/* Decode the instruction at ADDRESS, wherever that is, as code of section INDEX. */
bool lint_decode(struct lint_code *code, size_t index, uint64_t address, struct insn *out);

/*
 * Load the code from LOW to HIGH, and some bytes more if there are, to OUT, whose reader
 * reader_free() frees.  False, perhaps with lint->status set, when it is not all in one
 * executable segment.
 */
bool lint_load(struct lint_code *code, uint64_t low, uint64_t high, struct code *out);

/* Whether INSN may be a STORE: it stores a pointer that is not NULL, not to the stack. */
bool lint_may_arm(const struct lint_code *code, const struct insn *insn);

/* lint_body.c: the instructions of section INDEX, whose flow is FLOW. */
void lint_check_body(struct lint_code *code, size_t index, const struct csinfo_flow *flow);

/* lint_entry.c: branches into sections.  All sections must have been looked at. */
void lint_check_branches(struct lint_code *code);

/* Whether arriving at ADDRESS, which is inside section INDEX, gets past its STORE. */
bool lint_gets_past_store(const struct lint_code *code, size_t index, uint64_t address);

/* Whether the branch at ADDRESS has been reported by lint_check_branches(). */
bool lint_is_entry(const struct lint_code *code, uint64_t address);

/* lint_abort.c: what abort handlers lead to.  After lint_check_branches(). */
void lint_check_abort_handlers(struct lint_code *code);

#endif /* CSINFO_LINT_CODE_H */
