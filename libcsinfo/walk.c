// SPDX-License-Identifier: MIT
/* The instructions of a stretch of code, found without trusting any one place. */
#include <stdlib.h>
#include <string.h>

#include "sort.h"
#include "walk.h"

/* A chain of decoding has fallen into step with the code after so many bytes. */
#define CONVERGENCE 64u

/* What is at hand while the reachable instructions are collected. */
struct walker {
	struct walk *walk;
	struct decoder *decoder;
	const struct stretch *stretch;
	unsigned char *seen; /* one for each byte: has been on the stack */
	uint64_t *stack;     /* each byte of the stretch at most once */
	size_t depth;
};

static bool in_stretch(const struct stretch *stretch, uint64_t address)
{
	return address >= stretch->low && address < stretch->high;
}

int walk_add(struct walk *walk, const struct insn *insn)
{
	if (walk->n == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 64;
		struct insn *list = realloc(walk->list, room * sizeof(*list));

		if (!list)
			return CSINFO_E_NOMEM;
		walk->list = list;
		walk->room = room;
	}
	walk->list[walk->n++] = *insn;
	return 0;
}

static int compare_insns(const void *left, const void *right)
{
	const struct insn *a = left;
	const struct insn *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static void sort(struct walk *walk)
{
	if (walk->n)
		qsort(walk->list, walk->n, sizeof(*walk->list), compare_insns);
}

static bool on_signature(const struct stretch *stretch, uint64_t address)
{
	return stretch->table && table_on_signature(stretch->table, address);
}

/* Decode at ADDRESS, unless a signature stands there or begins inside. */
static bool decode(struct decoder *decoder, const struct stretch *stretch, uint64_t address,
		   struct insn *insn)
{
	return !on_signature(stretch, address) &&
	       decoder_decode(decoder, stretch->code, address, insn) &&
	       !on_signature(stretch, address + insn->length - 1);
}

static void push(struct walker *walker, uint64_t address)
{
	uint64_t offset = address - walker->stretch->low;

	if (!in_stretch(walker->stretch, address) || walker->seen[offset])
		return;
	walker->seen[offset] = 1;
	walker->stack[walker->depth++] = address;
}

static int visit_all(struct walker *walker)
{
	while (walker->depth) {
		uint64_t address = walker->stack[--walker->depth];
		struct insn insn;

		if (!decode(walker->decoder, walker->stretch, address, &insn)) {
			walker->walk->undecoded = true;
			continue;
		}
		if (walk_add(walker->walk, &insn))
			return CSINFO_E_NOMEM;
		if (insn_falls_through(&insn))
			push(walker, address + insn.length);
		if (insn_jumps_directly(&insn))
			push(walker, insn.target);
	}
	return 0;
}

int walk_reachable(struct walk *walk, struct decoder *decoder, const struct stretch *stretch,
		   const uint64_t *seeds, size_t n_seeds)
{
	uint64_t size = stretch->high - stretch->low;
	struct walker walker = {
		.walk = walk,
		.decoder = decoder,
		.stretch = stretch,
		.seen = calloc(size, sizeof(*walker.seen)),
		.stack = calloc(size, sizeof(*walker.stack)),
	};
	int status = CSINFO_E_NOMEM;

	if (walker.seen && walker.stack) {
		for (size_t i = 0; i < n_seeds; i++)
			push(&walker, seeds[i]);
		status = visit_all(&walker);
	}
	sort(walk);
	free(walker.seen);
	free(walker.stack);
	return status;
}

/* What gaps are filled with, and what not: DATA has one byte for each of the stretch. */
struct filler {
	struct walk *walk;
	struct decoder *decoder;
	const struct stretch *stretch;
	unsigned char *data;
};

/* Note what the instructions of the walk load: constants among the code. */
static void find_data(struct filler *filler)
{
	const struct stretch *stretch = filler->stretch;

	for (size_t i = 0; i < filler->walk->n; i++) {
		const struct insn *insn = &filler->walk->list[i];
		const struct expression *from = &insn->expression;
		uint64_t offset = from->number - stretch->low;

		if (insn->effect == INSN_LOADS && from->source == INSN_NO_REG &&
		    from->index == INSN_NO_REG &&
		    range_within(offset, insn->width, stretch->high - stretch->low))
			memset(filler->data + offset, 1, insn->width);
	}
}

static bool is_data(const struct filler *filler, uint64_t address)
{
	return filler->data[address - filler->stretch->low] ||
	       on_signature(filler->stretch, address);
}

/* Where the gap that begins at ADDRESS ends: at data, or at HIGH. */
static uint64_t gap_end(const struct filler *filler, uint64_t address, uint64_t high)
{
	while (address < high && !is_data(filler, address))
		address++;
	return address;
}

/* Decode [LOW, HIGH) in a row; take it all back when it does not end at HIGH. */
static int fill_gap(struct walk *walk, struct decoder *decoder, const struct stretch *stretch,
		    uint64_t low, uint64_t high)
{
	size_t before = walk->n;
	struct insn insn;

	for (; low < high; low += insn.length)
		if (!decode(decoder, stretch, low, &insn))
			break;
		else if (walk_add(walk, &insn))
			return CSINFO_E_NOMEM;
	if (low != high)
		walk->n = before;
	return 0;
}

/* Fill [LOW, HIGH), which may be cut into pieces by data. */
static int fill_gaps(const struct filler *filler, uint64_t low, uint64_t high)
{
	while (low < high) {
		uint64_t end = gap_end(filler, low, high);

		if (fill_gap(filler->walk, filler->decoder, filler->stretch, low, end))
			return CSINFO_E_NOMEM;
		for (low = end; low < high && is_data(filler, low);)
			low++;
	}
	return 0;
}

static int fill_all_gaps(const struct filler *filler)
{
	const struct walk *walk = filler->walk;
	size_t n = walk->n;
	uint64_t end = filler->stretch->low;

	for (size_t i = 0; i < n; i++) {
		struct insn insn = walk->list[i]; /* the list may move */

		if (fill_gaps(filler, end, insn.address))
			return CSINFO_E_NOMEM;
		if (end < insn.address + insn.length)
			end = insn.address + insn.length;
	}
	return fill_gaps(filler, end, filler->stretch->high);
}

int walk_fill_gaps(struct walk *walk, struct decoder *decoder, const struct stretch *stretch)
{
	struct filler filler = {walk, decoder, stretch, calloc(stretch->high - stretch->low, 1)};
	int status = CSINFO_E_NOMEM;

	if (filler.data) {
		find_data(&filler);
		status = fill_all_gaps(&filler);
	}
	sort(walk);
	free(filler.data);
	return status;
}

struct insn *walk_decode_each(struct decoder *decoder, const struct stretch *stretch)
{
	uint64_t size = stretch->high - stretch->low;
	struct insn *each = calloc(size + 1, sizeof(*each));

	/* What is decoded in part before it fails is not taken. */
	for (uint64_t at = 0; each && at < size; at++)
		if (!decode(decoder, stretch, stretch->low + at, &each[at]))
			each[at].length = 0;
	return each;
}

int walk_linear(struct walk *walk, const struct stretch *stretch, const struct insn *each,
		uint64_t low)
{
	uint64_t size = stretch->high - stretch->low;
	size_t before = walk->n;
	uint64_t at = low - stretch->low;

	for (; at < size && each[at].length; at += each[at].length)
		if (walk_add(walk, &each[at]))
			return CSINFO_E_NOMEM;
	if (at != size)
		walk->n = before;
	return 0;
}

/*
 * For each byte of the stretch, how many of the beginnings lead to it; the last of
 * ARRIVALS stands for the end.  Returns the number of beginnings.
 */
static uint64_t count_arrivals(const struct stretch *stretch, const struct insn *each,
			       unsigned int alignment, unsigned int *arrivals)
{
	uint64_t size = stretch->high - stretch->low;
	uint64_t beginnings = 0;

	for (uint64_t at = -stretch->low % alignment; at < size; at += alignment) {
		if (at < size / 2) {
			arrivals[at]++;
			beginnings++;
		}
		if (each[at].length && each[at].length <= size - at)
			arrivals[at + each[at].length] += arrivals[at];
	}
	return beginnings;
}

/* Where all instructions are of one length: those in front of HIGH, up to what is none. */
static int walk_aligned(struct walk *walk, const struct stretch *stretch, const struct insn *each,
			unsigned int length)
{
	uint64_t at = stretch->high - stretch->low;

	while (at >= length && each[at - length].length)
		at -= length;
	return walk_linear(walk, stretch, each, stretch->low + at);
}

int walk_convergent(struct walk *walk, const struct decoder *decoder, const struct stretch *stretch,
		    const struct insn *each)
{
	unsigned int alignment = decoder_alignment(decoder);
	uint64_t size = stretch->high - stretch->low;
	unsigned int *arrivals;
	uint64_t beginnings;
	int status = 0;

	if (decoder_is_fixed_width(decoder))
		return walk_aligned(walk, stretch, each, alignment);
	if (size < 2 * CONVERGENCE)
		return 0;
	arrivals = calloc(size + 1, sizeof(*arrivals));
	if (!arrivals)
		return CSINFO_E_NOMEM;
	beginnings = count_arrivals(stretch, each, alignment, arrivals);
	/* Some beginnings die on bytes that do not decode; most must not. */
	for (uint64_t at = size / 2; arrivals[size] > beginnings / 2 && !status && at < size; at++)
		if (arrivals[at] == arrivals[size] && each[at].length)
			status = walk_add(walk, &each[at]);
	free(arrivals);
	return status;
}

void walk_free(struct walk *walk)
{
	free(walk->list);
	*walk = (struct walk){0};
}

/* The nearest instruction that ends at ADDRESS, if wanted only one that goes on there. */
static const struct insn *ending_at(const struct walk *walk, uint64_t address, bool goes_on)
{
	for (size_t i = RECORDS_BELOW(walk->list, walk->n, address, address); i > 0; i--) {
		const struct insn *insn = &walk->list[i - 1];

		if (address - insn->address > INSN_MAX_LENGTH)
			break;
		if (insn->address + insn->length == address &&
		    (!goes_on || insn_falls_through(insn)))
			return insn;
	}
	return NULL;
}

const struct insn *walk_before(const struct walk *walk, uint64_t address)
{
	return ending_at(walk, address, true);
}

bool walk_reaches_up_to(const struct walk *walk, uint64_t address)
{
	return ending_at(walk, address, false) != NULL;
}
