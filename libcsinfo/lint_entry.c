// SPDX-License-Identifier: MIT
/* Checks of how sections are entered: through STORE, or past it. */
#include <stdlib.h>

#include "lint_code.h"

/* How far an abort handler is followed, in instructions. */
#define MAX_TRAIL 48u
/* How far in front of a branch a store that arms is looked for, in instructions. */
#define MAX_IN_FRONT 8u
/* A longer function is not decoded: see store.c. */
#define MAX_FUNCTION (256u << 10)

static unsigned long long number(uint64_t value)
{
	return value;
}

void lint_check_store(struct lint_code *code, size_t index, const struct csinfo_flow *flow)
{
	const struct csinfo_section *section = lint_section(code->lint, index);
	uint64_t end = flow->store.address + flow->store.length;

	if (flow->store.position == CSINFO_STORE_EARLIER)
		lint_add(code->lint, CHECK_STORE_NOT_ADJACENT, index, flow->store.address,
			 "STORE ends %llu bytes before start_ip 0x%llx: a preemption in between "
			 "disarms the section",
			 number(section->start_ip - end), number(section->start_ip));
	else if (flow->store.foreign != CSINFO_NO_ADDRESS)
		lint_add(code->lint, CHECK_STORE_OF_OTHER, index, flow->store.foreign,
			 "stores descriptor 0x%llx in front of section 0x%llx, whose own is 0x%llx",
			 number(flow->store.foreign_descriptor), number(section->start_ip),
			 number(section->descriptor));
	else if (flow->store.position == CSINFO_STORE_UNKNOWN)
		lint_add(code->lint, CHECK_STORE_NOT_FOUND, index, section->start_ip,
			 "no store of descriptor 0x%llx was found in front of the section",
			 number(section->descriptor));
}

/* ---- abort handlers ---- */

/* Branches that findings about abort handlers are about already. */
struct reported {
	uint64_t *list;
	size_t n;
};

/* The code that is reached from one abort_ip while rseq_cs is cleared. */
struct trail {
	struct lint_code *code;
	size_t index;
	struct {
		uint64_t address;
		uint64_t from; /* the instruction that leads there */
	} steps[MAX_TRAIL];
	size_t n;
};

static void add_step(struct trail *trail, uint64_t address, uint64_t from)
{
	for (size_t i = 0; i < trail->n; i++)
		if (trail->steps[i].address == address)
			return;
	if (trail->n == MAX_TRAIL)
		return;
	trail->steps[trail->n].address = address;
	trail->steps[trail->n++].from = from;
}

/* Whether arriving at ADDRESS of section INDEX gets past its STORE. */
static bool gets_past_store(const struct lint_code *code, size_t index, uint64_t address)
{
	const struct arming *arming = &code->armings[index];

	if (!arming->checked || address == arming->store)
		return false;
	/* Where STORE is not known, the first instruction may follow it. */
	return address != lint_section(code->lint, index)->start_ip ||
	       arming->store != CSINFO_NO_ADDRESS;
}

/* Step NUMBER of TRAIL is in section ENTERED. */
static void report_abort(struct trail *trail, size_t number_of_step, size_t entered)
{
	struct csinfo_lint *lint = trail->code->lint;
	const struct csinfo_section *section = lint_section(lint, entered);

	lint_add(lint, CHECK_ABORT_WITHOUT_STORE, trail->index, trail->steps[number_of_step].from,
		 "abort handler 0x%llx gets to 0x%llx in section 0x%llx-0x%llx without a store to "
		 "rseq_cs",
		 number(lint_section(lint, trail->index)->abort_ip),
		 number(trail->steps[number_of_step].address), number(section->start_ip),
		 number(section->commit_ip));
}

/* Go on from INSN, which does not arm. */
static void follow(struct trail *trail, const struct insn *insn)
{
	if (insn->kind != CSINFO_INSN_PLAIN && !insn_jumps_directly(insn))
		return;
	if (insn_falls_through(insn))
		add_step(trail, insn->address + insn->length, insn->address);
	if (insn_jumps_directly(insn))
		add_step(trail, insn->target, insn->address);
}

/*
 * Follow the handler of section INDEX as far as nothing arms a section.  Returns the
 * instruction that enters a section all the same, or CSINFO_NO_ADDRESS.
 */
static uint64_t check_abort_handler(struct lint_code *code, size_t index)
{
	const struct table *table = &code->lint->handle->table;
	uint64_t abort_ip = lint_section(code->lint, index)->abort_ip;
	struct trail trail = {.code = code, .index = index};

	add_step(&trail, abort_ip, abort_ip);
	for (size_t i = 0; i < trail.n; i++) {
		uint64_t address = trail.steps[i].address;
		struct insn insn;
		size_t entered;

		if (table_find(table, address, &entered)) {
			if (!gets_past_store(code, entered, address))
				continue;
			report_abort(&trail, i, entered);
			return trail.steps[i].from;
		}
		if (lint_decode(code, address, &insn) && !lint_may_arm(code, &insn))
			follow(&trail, &insn);
	}
	return CSINFO_NO_ADDRESS;
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void check_abort_handlers(struct lint_code *code, struct reported *reported)
{
	for (size_t i = 0; i < code->lint->handle->table.n; i++) {
		uint64_t from = CSINFO_NO_ADDRESS;

		if (code->armings[i].checked &&
		    !(lint_section(code->lint, i)->marks & CSINFO_MARK_ABORT_INSIDE))
			from = check_abort_handler(code, i);
		if (from != CSINFO_NO_ADDRESS)
			reported->list[reported->n++] = from;
	}
	qsort(reported->list, reported->n, sizeof(*reported->list), compare_u64);
}

/* ---- branches of the function around ---- */

/* Whether a store that may arm a section stands right in front of INSN. */
static bool is_armed_in_front(const struct lint_code *code, const struct walk *walk,
			      const struct insn *insn)
{
	for (unsigned int i = 0; i < MAX_IN_FRONT; i++) {
		insn = walk_before(walk, insn->address);
		if (!insn)
			return false;
		if (lint_may_arm(code, insn))
			return true;
	}
	return false;
}

/* Whether INSN, which jumps into section INDEX, comes from inside or from behind STORE. */
static bool comes_from_inside(const struct lint_code *code, size_t index, const struct insn *insn)
{
	const struct table *table = &code->lint->handle->table;
	const struct csinfo_section *section = lint_section(code->lint, index);
	uint64_t store = code->armings[index].store;
	size_t own;

	if (insn->address - section->start_ip < section->post_commit_offset ||
	    (insn->address > store && insn->address < section->start_ip))
		return true;
	/* Of two that overlap, one has been found. */
	return table_find(table, insn->address, &own) &&
	       insn->target - lint_section(code->lint, own)->start_ip <
		       lint_section(code->lint, own)->post_commit_offset;
}

static void check_branch(struct lint_code *code, const struct walk *walk, const struct insn *insn,
			 const struct reported *reported)
{
	const struct csinfo_section *section;
	size_t index;

	if (!insn_jumps_directly(insn) ||
	    !table_find(&code->lint->handle->table, insn->target, &index) ||
	    !gets_past_store(code, index, insn->target) || comes_from_inside(code, index, insn) ||
	    is_armed_in_front(code, walk, insn) ||
	    bsearch(&insn->address, reported->list, reported->n, sizeof(*reported->list),
		    compare_u64))
		return;
	section = lint_section(code->lint, index);
	lint_add(code->lint, CHECK_BRANCH_INTO_SECTION, index, insn->address,
		 "branch to 0x%llx gets into section 0x%llx-0x%llx past its store to rseq_cs",
		 number(insn->target), number(section->start_ip), number(section->commit_ip));
}

/* Places in STRETCH where an instruction begins.  Returns their number. */
static size_t collect_seeds(const struct table *table, const struct stretch *stretch, size_t first,
			    size_t end, uint64_t *seeds)
{
	size_t n = 0;

	seeds[n++] = stretch->low;
	for (size_t i = first; i < end; i++) {
		seeds[n++] = table->entries[i].section.start_ip;
		seeds[n++] = table->entries[i].section.abort_ip;
	}
	return n;
}

/* Decode what control reaches in the function STRETCH, and look at its branches. */
static void check_function(struct lint_code *code, const struct stretch *stretch,
			   const struct reported *reported)
{
	const struct table *table = &code->lint->handle->table;
	size_t first = table_lower_bound(table, stretch->low);
	size_t end = table_lower_bound(table, stretch->high);
	uint64_t *seeds = calloc(1 + 2 * (end - first), sizeof(*seeds));
	struct walk walk = {0};
	int status = CSINFO_E_NOMEM;

	if (seeds)
		status = walk_reachable(&walk, &code->decoder, stretch, seeds,
					collect_seeds(table, stretch, first, end, seeds));
	if (status)
		code->lint->status = status;
	for (size_t i = 0; i < walk.n && !status; i++)
		check_branch(code, &walk, &walk.list[i], reported);
	walk_free(&walk);
	free(seeds);
}

/* Look at the branches of the function around SECTION, where the file has all its code. */
static void check_function_of(struct lint_code *code, const struct csinfo_section *section,
			      const struct reported *reported)
{
	struct stretch stretch = {
		.table = &code->lint->handle->table,
		.low = section->func_start,
		.high = section->func_start + section->func_size,
	};
	struct code bytes;

	if (!section->func_size || section->func_size > MAX_FUNCTION ||
	    !lint_spend(code, section->func_size) ||
	    !lint_load(code, stretch.low, stretch.high, &bytes))
		return;
	stretch.code = &bytes;
	check_function(code, &stretch, reported);
	reader_free(&bytes.reader);
}

static void check_branches(struct lint_code *code, const struct reported *reported)
{
	uint64_t last = CSINFO_NO_ADDRESS;

	for (size_t i = 0; i < code->lint->handle->table.n && !code->lint->status; i++) {
		const struct csinfo_section *section = lint_section(code->lint, i);

		if (!code->armings[i].checked || section->func_start == last)
			continue;
		last = section->func_start;
		check_function_of(code, section, reported);
	}
}

void lint_check_ways_in(struct lint_code *code)
{
	struct reported reported = {0};

	reported.list = calloc(code->lint->handle->table.n, sizeof(*reported.list));
	if (!reported.list) {
		code->lint->status = CSINFO_E_NOMEM;
		return;
	}
	check_abort_handlers(code, &reported);
	check_branches(code, &reported);
	free(reported.list);
}
