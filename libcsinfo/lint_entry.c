// SPDX-License-Identifier: MIT
/* Checks of the branches around sections: who gets into one past its STORE. */
#include <stdlib.h>

#include "lint_code.h"
#include "sort.h"

/* How far in front of a branch a store that arms is looked for, in instructions. */
#define MAX_IN_FRONT 8u
/* A longer function is not decoded: see store.c. */
#define MAX_FUNCTION (256u << 10)

static unsigned long long number(uint64_t value)
{
	return value;
}

bool lint_gets_past_store(const struct lint_code *code, size_t index, uint64_t address)
{
	const struct arming *arming = &code->armings[index];

	if (!arming->checked || address == arming->store)
		return false;
	/* Where STORE is not known, the first instruction may follow it. */
	return address != lint_section(code->lint, index)->start_ip ||
	       arming->store != CSINFO_NO_ADDRESS;
}

/* Whether a store that may arm a section stands right in front of INSN. */
static bool is_armed_in_front(const struct lint_code *code, const struct walk *walk,
			      const struct insn *insn)
{
	const struct table *table = &code->lint->handle->table;
	size_t index;

	for (unsigned int i = 0; i < MAX_IN_FRONT; i++) {
		insn = walk_before(walk, insn->address);
		/* What a section stores is data. */
		if (!insn || table_find(table, insn->address, &index))
			return false;
		if (lint_may_arm(code, insn))
			return true;
	}
	return false;
}

/* Whether INSN, a jump, stays in the section that it is in. */
static bool stays_inside(const struct lint_code *code, const struct insn *insn)
{
	const struct csinfo_section *section;
	size_t index;

	if (!table_find(&code->lint->handle->table, insn->address, &index))
		return false;
	section = lint_section(code->lint, index);
	return insn->target - section->start_ip < section->post_commit_offset;
}

/* Keep the ADDRESS of a branch that was reported. */
static void remember(struct lint_code *code, uint64_t address)
{
	if (code->n_entries == code->room) {
		size_t room = code->room ? 2 * code->room : 16;
		uint64_t *entries = realloc(code->entries, room * sizeof(*entries));

		if (!entries) {
			code->lint->status = CSINFO_E_NOMEM;
			return;
		}
		code->entries = entries;
		code->room = room;
	}
	code->entries[code->n_entries++] = address;
}

static void check_branch(struct lint_code *code, const struct walk *walk, const struct insn *insn)
{
	const struct csinfo_section *section;
	size_t index;

	if (!insn_jumps_directly(insn) ||
	    !table_find(&code->lint->handle->table, insn->target, &index) ||
	    !lint_gets_past_store(code, index, insn->target) || stays_inside(code, insn) ||
	    is_armed_in_front(code, walk, insn))
		return;
	remember(code, insn->address);
	section = lint_section(code->lint, index);
	lint_add(code->lint, CHECK_BRANCH_INTO_SECTION, index, insn->address,
		 "branch to 0x%llx gets into section 0x%llx-0x%llx past its store to rseq_cs",
		 number(insn->target), number(section->start_ip), number(section->commit_ip));
}

/*
 * Places in STRETCH where an instruction begins, but no abort handlers: what only they reach
 * is lint_abort.c's.  Returns their number.
 */
static size_t collect_seeds(const struct table *table, const struct stretch *stretch, size_t first,
			    size_t end, uint64_t *seeds)
{
	size_t n = 0;

	seeds[n++] = stretch->low;
	for (size_t i = first; i < end; i++)
		seeds[n++] = table->entries[i].start_ip;
	return n;
}

/* Decode what control reaches in STRETCH, the function of section INDEX, and look at its branches. */
static void check_function(struct lint_code *code, size_t index, const struct stretch *stretch)
{
	const struct table *table = &code->lint->handle->table;
	size_t first = table_lower_bound(table, stretch->low);
	size_t end = table_lower_bound(table, stretch->high);
	uint64_t *seeds = calloc(1 + end - first, sizeof(*seeds));
	struct walk walk = {0};
	int status = CSINFO_E_NOMEM;

	if (seeds)
		status = walk_reachable(&walk, lint_decoder(code, index), stretch, seeds,
					collect_seeds(table, stretch, first, end, seeds));
	if (status)
		code->lint->status = status;
	for (size_t i = 0; i < walk.n && !status; i++)
		check_branch(code, &walk, &walk.list[i]);
	walk_free(&walk);
	free(seeds);
}

/* Look at the branches of the function around section INDEX, where the file has all its code. */
static void check_function_of(struct lint_code *code, size_t index)
{
	const struct csinfo_section *section = lint_section(code->lint, index);
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
	check_function(code, index, &stretch);
	reader_free(&bytes.reader);
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

bool lint_is_entry(const struct lint_code *code, uint64_t address)
{
	return code->n_entries && bsearch(&address, code->entries, code->n_entries,
					  sizeof(*code->entries), compare_u64);
}

void lint_check_branches(struct lint_code *code)
{
	uint64_t last = CSINFO_NO_ADDRESS;

	for (size_t i = 0; i < code->lint->handle->table.n && !code->lint->status; i++) {
		const struct csinfo_section *section = lint_section(code->lint, i);

		if (!code->armings[i].checked || section->func_start == last)
			continue;
		last = section->func_start;
		check_function_of(code, i);
	}
	sort_records(code->entries, code->n_entries, sizeof(*code->entries), compare_u64);
}
