// SPDX-License-Identifier: MIT
/* Checks of abort handlers: whether they lead back into a section without a STORE. */
#include "lint_code.h"

/* How far an abort handler is followed, in instructions. */
#define MAX_TRAIL 48u

static unsigned long long number(uint64_t value)
{
	return value;
}

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

/* Step I of TRAIL is in section ENTERED. */
static void report_abort(struct trail *trail, size_t i, size_t entered)
{
	struct csinfo_lint *lint = trail->code->lint;
	const struct csinfo_section *section = lint_section(lint, entered);

	lint_add(lint, CHECK_ABORT_WITHOUT_STORE, trail->index, trail->steps[i].from,
		 "abort handler 0x%llx gets to 0x%llx in section 0x%llx-0x%llx without a store to "
		 "rseq_cs",
		 number(lint_section(lint, trail->index)->abort_ip),
		 number(trail->steps[i].address), number(section->start_ip),
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

/* Follow the handler of section INDEX as far as nothing arms a section. */
static void check_abort_handler(struct lint_code *code, size_t index)
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
			/* STORE may have the frame pointer as its base: it is known all the same. */
			if (!lint_gets_past_store(code, entered, address) ||
			    trail.steps[i].from == code->armings[entered].store ||
			    lint_is_entry(code, trail.steps[i].from))
				continue;
			report_abort(&trail, i, entered);
			return;
		}
		if (lint_decode(code, index, address, &insn) && !lint_may_arm(code, &insn))
			follow(&trail, &insn);
	}
}

void lint_check_abort_handlers(struct lint_code *code)
{
	for (size_t i = 0; i < code->lint->handle->table.n && !code->lint->status; i++)
		if (code->armings[i].checked &&
		    !(lint_section(code->lint, i)->marks & CSINFO_MARK_ABORT_INSIDE))
			check_abort_handler(code, i);
}
