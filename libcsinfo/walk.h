/* SPDX-License-Identifier: MIT */
/* The instructions of a stretch of code, found without trusting any one place. */
#ifndef CSINFO_WALK_H
#define CSINFO_WALK_H

#include "insn.h"
#include "table.h"

/* Instructions in order of address. */
struct walk {
	struct insn *list;
	size_t n;
	size_t room;
	bool undecoded; /* control reaches bytes that do not decode */
};

/* [LOW, HIGH) of CODE, in which the signatures of TABLE (if any) are no instructions. */
struct stretch {
	const struct code *code;
	const struct table *table;
	uint64_t low;
	uint64_t high;
};

/*
 * Add what control reaches from SEEDS (those in the stretch) by falling through and
 * direct jumps.  walk_free() frees WALK after success and failure alike, as for the
 * functions below.  Errors: CSINFO_E_NOMEM.
 */
int walk_reachable(struct walk *walk, struct decoder *decoder, const struct stretch *stretch,
		   const uint64_t *seeds, size_t n_seeds);

/*
 * Add what lies between the instructions of WALK: what follows an indirect jump.
 * A gap is added only when decoding it ends exactly where the gap does.  Words that
 * the instructions of WALK load are no gap.
 */
int walk_fill_gaps(struct walk *walk, struct decoder *decoder, const struct stretch *stretch);

/*
 * The instruction at each byte of STRETCH, with length 0 where there is none.  The caller's to
 * free(); NULL without memory.
 */
struct insn *walk_decode_each(struct decoder *decoder, const struct stretch *stretch);

/*
 * Fill the empty WALK with instructions of EACH that end at HIGH, where no place to begin is
 * known: those that nearly all beginnings in the first half of the stretch agree on.
 * None when they do not agree or the stretch is short.  Where every instruction has the
 * same length, those from HIGH back to what is none.
 */
int walk_convergent(struct walk *walk, const struct decoder *decoder, const struct stretch *stretch,
		    const struct insn *each);

/*
 * Fill the empty WALK with the instructions of EACH from LOW on, one after the other.
 * Nothing is added when they do not end exactly at HIGH.
 */
int walk_linear(struct walk *walk, const struct stretch *stretch, const struct insn *each,
		uint64_t low);

/* Add INSN behind the others.  Errors: CSINFO_E_NOMEM. */
int walk_add(struct walk *walk, const struct insn *insn);

void walk_free(struct walk *walk);

/* The instruction that falls through to ADDRESS, or NULL. */
const struct insn *walk_before(const struct walk *walk, uint64_t address);

/* Whether an instruction of any kind ends at ADDRESS. */
bool walk_reaches_up_to(const struct walk *walk, uint64_t address);

#endif /* CSINFO_WALK_H */
