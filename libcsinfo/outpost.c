// SPDX-License-Identifier: MIT
/* Where else a thread can be met on its way to a gate that addresses memory by the pc. */
#include <stdlib.h>

#include "outpost.h"

/* Instructions by the pc, one after the other, that are passed on the way back from a gate. */
#define MAX_PASSED 16u
/* Outposts of one gate. */
#define MAX_OUTPOSTS 64u
/* Pieces of code outside of the function, where jumps back into it are looked for... */
#define MAX_PIECES 64u
/* ... and bytes of one of them. */
#define PIECE 256u

static bool in_function(const struct approach *approach, uint64_t address)
{
	const struct csinfo_section *section = approach->subject->section;

	return address - section->func_start < section->func_size;
}

/* ---- jumps from outside ---- */

/* Places outside of the function that it leads to, each once. */
struct pieces {
	uint64_t list[MAX_PIECES];
	size_t n;
};

static void add_piece(const struct approach *approach, struct pieces *pieces, uint64_t address)
{
	if (in_function(approach, address))
		return;
	for (size_t i = 0; i < pieces->n; i++)
		if (pieces->list[i] == address)
			return;
	if (pieces->n < MAX_PIECES)
		pieces->list[pieces->n++] = address;
}

/* Read as much as there is, up to a PIECE, at ADDRESS.  0: nothing. */
static size_t read_piece(const struct approach *approach, uint64_t address, unsigned char *bytes)
{
	size_t size = PIECE;

	while (size && !code_read(&approach->subject->code, address, bytes, size))
		size /= 2;
	return size;
}

/* Keep the jumps of WALK into the function, and follow those to elsewhere. */
static int take_jumps(struct approach *approach, const struct walk *walk, struct pieces *pieces)
{
	for (size_t i = 0; i < walk->n; i++) {
		const struct insn *insn = &walk->list[i];

		if (!insn_jumps_directly(insn) || in_function(approach, insn->address))
			continue;
		if (!in_function(approach, insn->target))
			add_piece(approach, pieces, insn->target);
		else if (walk_add(&approach->outside, insn))
			return CSINFO_E_NOMEM;
	}
	return 0;
}

static int look_outside(struct approach *approach, uint64_t address, struct pieces *pieces)
{
	unsigned char bytes[PIECE];
	struct code code = approach->subject->code;
	struct stretch stretch = {&code, approach->subject->table, address, address};
	struct walk walk = {0};
	int status;

	code.address = address;
	code.reader.bytes = bytes;
	code.reader.size = read_piece(approach, address, bytes);
	if (!code.reader.size) {
		approach->unknown = true;
		return 0;
	}
	stretch.high += code.reader.size;
	status = walk_reachable(&walk, approach->decoder, &stretch, &address, 1);
	if (!status)
		status = take_jumps(approach, &walk, pieces);
	walk_free(&walk);
	return status;
}

/* Where the kernel aborts sections of the function to. */
static void add_handlers(struct approach *approach, struct pieces *pieces)
{
	const struct table *table = approach->subject->table;
	const struct csinfo_section *section = approach->subject->section;
	size_t end = table_lower_bound(table, section->func_start + section->func_size);

	for (size_t i = table_lower_bound(table, section->func_start); i < end; i++) {
		add_piece(approach, pieces, table->entries[i].abort_ip);
		if (pieces->n == MAX_PIECES) {
			approach->unknown = true;
			return;
		}
	}
}

/* Whether INSN may go to any place in the function; a load of its target says where a call goes. */
static bool may_go_anywhere(const struct insn *insn)
{
	return insn->kind == CSINFO_INSN_INDIRECT_JUMP && !insn->pc_relative;
}

int approach_open(struct approach *approach)
{
	const struct walk *walk = approach->walk;
	struct pieces pieces = {.n = 0};
	int status = 0;

	add_handlers(approach, &pieces);
	for (size_t i = 0; i < walk->n; i++) {
		if (may_go_anywhere(&walk->list[i]))
			approach->unknown = true;
		if (insn_jumps_directly(&walk->list[i]))
			add_piece(approach, &pieces, walk->list[i].target);
	}
	approach->unknown = approach->unknown || walk->undecoded;
	for (size_t i = 0; i < pieces.n && !status && !approach->unknown; i++)
		status = look_outside(approach, pieces.list[i], &pieces);
	return status;
}

/* ---- the way back ---- */

/* One search from a gate. */
struct search {
	const struct approach *approach;
	uint64_t gate;
	const struct insn *passed[MAX_PASSED];
	size_t n_passed;
	struct csinfo_outpost found[MAX_OUTPOSTS];
	size_t n_found;
};

/* Go on from INSN, which addresses memory by the pc.  False where that can't be. */
static bool pass(struct search *search, const struct insn *insn)
{
	for (size_t i = 0; i < search->n_passed; i++)
		if (search->passed[i]->address == insn->address)
			return true;
	if (search->n_passed == MAX_PASSED || insn->kind != CSINFO_INSN_PLAIN)
		return false;
	search->passed[search->n_passed++] = insn;
	return true;
}

/* INSN goes on to NEXT, which leads to the gate.  False where nothing can stand. */
static bool arrive(struct search *search, const struct insn *insn, uint64_t next)
{
	const struct approach *approach = search->approach;

	if (approach->is_taken(approach->context, insn->address))
		return false;
	if (insn->pc_relative)
		return pass(search, insn);
	/* A call or system call may take for ever, and not be passed again. */
	if (insn->kind != CSINFO_INSN_PLAIN && insn->kind != CSINFO_INSN_JUMP &&
	    insn->kind != CSINFO_INSN_BRANCH)
		return false;
	if (search->n_found == MAX_OUTPOSTS)
		return false;
	search->found[search->n_found++] = (struct csinfo_outpost){
		sizeof(struct csinfo_outpost), insn->address, search->gate, next};
	return true;
}

static bool goes_to(const struct insn *insn, uint64_t address)
{
	return (insn_falls_through(insn) && insn->address + insn->length == address) ||
	       (insn_jumps_directly(insn) && insn->target == address);
}

/* Look at what leads to ADDRESS among WALK; *N counts it. */
static bool come_from(struct search *search, const struct walk *walk, uint64_t address, size_t *n)
{
	for (size_t i = 0; i < walk->n; i++) {
		if (!goes_to(&walk->list[i], address))
			continue;
		++*n;
		if (!arrive(search, &walk->list[i], address))
			return false;
	}
	return true;
}

/* Look at all that leads to ADDRESS.  False when that is not all known. */
static bool look_before(struct search *search, uint64_t address)
{
	const struct approach *approach = search->approach;
	const struct subject *subject = approach->subject;
	size_t n = 0;

	/* The caller comes here, or the kernel. */
	if (address == subject->section->func_start ||
	    table_on_signature(subject->table, address - 1))
		return false;
	return come_from(search, approach->walk, address, &n) &&
	       come_from(search, &approach->outside, address, &n) && n;
}

/* Find the outposts of GATE.  False when there are none. */
static bool look_back(struct search *search, const struct insn *gate)
{
	if (search->approach->unknown || !pass(search, gate))
		return false;
	for (size_t i = 0; i < search->n_passed; i++)
		if (!look_before(search, search->passed[i]->address))
			return false;
	return true;
}

static int keep(const struct search *search, struct outposts *outposts)
{
	size_t n = outposts->n + search->n_found;

	if (n > outposts->room) {
		struct csinfo_outpost *list = realloc(outposts->list, n * sizeof(*list));

		if (!list)
			return CSINFO_E_NOMEM;
		outposts->list = list;
		outposts->room = n;
	}
	for (size_t i = 0; i < search->n_found; i++)
		outposts->list[outposts->n++] = search->found[i];
	return 0;
}

int outposts_find(const struct approach *approach, const struct insn *gate,
		  struct outposts *outposts)
{
	struct search search = {.approach = approach, .gate = gate->address};

	if (!look_back(&search, gate)) {
		search.found[0] =
			(struct csinfo_outpost){sizeof(search.found[0]), CSINFO_NO_ADDRESS,
						gate->address, CSINFO_NO_ADDRESS};
		search.n_found = 1;
	}
	return keep(&search, outposts);
}

void outposts_free(struct outposts *outposts)
{
	free(outposts->list);
	*outposts = (struct outposts){0};
}
