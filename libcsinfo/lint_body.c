// SPDX-License-Identifier: MIT
/* Checks of the instructions of a section: what they store, and how they leave. */
#include <stdlib.h>

#include "lint_code.h"
#include "sort.h"

/* Rounds in which facts are carried backwards: one more than loops are nested. */
#define MAX_ROUNDS 64u

#define NO_NODE SIZE_MAX

/* One instruction of the section and what can follow it. */
struct node {
	size_t next;   /* it may fall through to, or NO_NODE */
	size_t target; /* it may jump to, or NO_NODE */
	bool stores;   /* to memory, but for STORE itself */
	bool store_follows;
	bool commit_follows; /* control may arrive at commit_ip */
};

struct body {
	struct csinfo_lint *lint;
	size_t index;
	const struct csinfo_section *section;
	struct walk walk;
	struct node *nodes; /* one for each instruction */
};

static unsigned long long number(uint64_t value)
{
	return value;
}

static bool is_inside(const struct body *body, uint64_t address)
{
	return address - body->section->start_ip < body->section->post_commit_offset;
}

static uint64_t end_of(const struct insn *insn)
{
	return insn->address + insn->length;
}

/* ---- what follows what ---- */

/* The instruction at ADDRESS, or NO_NODE. */
static size_t find_node(const struct walk *walk, uint64_t address)
{
	size_t i = RECORDS_BELOW(walk->list, walk->n, address, address);

	return i < walk->n && walk->list[i].address == address ? i : NO_NODE;
}

static void fill_node(struct body *body, size_t i, uint64_t store)
{
	const struct insn *insn = &body->walk.list[i];
	struct node *node = &body->nodes[i];
	uint64_t commit_ip = body->section->commit_ip;

	node->next = NO_NODE;
	node->target = NO_NODE;
	node->stores = insn->memory != MEMORY_NONE && insn->address != store;
	if (insn_falls_through(insn)) {
		node->next = find_node(&body->walk, end_of(insn));
		node->commit_follows = end_of(insn) == commit_ip;
	}
	if (insn_jumps_directly(insn)) {
		node->target = find_node(&body->walk, insn->target);
		node->commit_follows |= insn->target == commit_ip;
	}
}

/* Take over from the node at NUMBER what can follow.  True when that is news. */
static bool take_over(struct body *body, struct node *node, size_t successor)
{
	const struct node *other = &body->nodes[successor];
	bool store_follows = other->stores || other->store_follows;
	bool news = (store_follows && !node->store_follows) ||
		    (other->commit_follows && !node->commit_follows);

	node->store_follows |= store_follows;
	node->commit_follows |= other->commit_follows;
	return news;
}

/* Carry backwards what can follow, until nothing changes.  False: it did not end. */
static bool settle(struct body *body)
{
	for (unsigned int round = 0; round < MAX_ROUNDS; round++) {
		bool news = false;

		for (size_t i = body->walk.n; i > 0; i--) {
			struct node *node = &body->nodes[i - 1];

			if (node->next != NO_NODE)
				news |= take_over(body, node, node->next);
			if (node->target != NO_NODE)
				news |= take_over(body, node, node->target);
		}
		if (!news)
			return true;
	}
	return false;
}

/* ---- stores ---- */

/* Whether instruction I stores what others can see: not to the stack. */
static bool is_data_store(const struct body *body, size_t i)
{
	return body->nodes[i].stores && body->walk.list[i].memory == MEMORY_DATA;
}

/* Whether I, the last store on its way, is what commits, and more follows it. */
static bool commits_too_early(const struct body *body, size_t i, bool end_is_reached)
{
	const struct node *node = &body->nodes[i];

	if (node->store_follows || (end_is_reached && !node->commit_follows))
		return false;
	return node->next != NO_NODE || node->target != NO_NODE;
}

static void check_stores(struct body *body)
{
	size_t start = find_node(&body->walk, body->section->start_ip);
	bool end_is_reached = start != NO_NODE && body->nodes[start].commit_follows;
	const struct insn *first = NULL;
	size_t early = 0;

	for (size_t i = 0; i < body->walk.n; i++) {
		const struct insn *insn = &body->walk.list[i];

		if (!is_data_store(body, i))
			continue;
		if (body->nodes[i].store_follows) {
			first = first ? first : insn;
			early++;
		}
		if (commits_too_early(body, i, end_is_reached))
			lint_add(
				body->lint, CHECK_COMMIT_NOT_LAST, body->index, insn->address,
				"last store to memory, but the section goes on to 0x%llx: an abort "
				"behind it repeats what is done",
				number(body->section->commit_ip));
	}
	if (first)
		lint_add(body->lint, CHECK_STORE_BEFORE_COMMIT, body->index, first->address,
			 "%zu store%s to memory before the last one: an abort in between leaves "
			 "%s done",
			 early, early == 1 ? "" : "s", early == 1 ? "it" : "them");
}

/* ---- ways out ---- */

/* Whether ADDRESS is a declared exit point of the section: they are sorted. */
static bool is_declared(const struct body *body, uint64_t address)
{
	const struct table *table = &body->lint->handle->table;
	size_t n;
	size_t first = table_exits(table, table->entries[body->index].start_ip, &n);
	const struct exit_point *exits = table->exits + first;
	size_t i = RECORDS_BELOW(exits, n, exit_ip, address);

	return i < n && exits[i].exit_ip == address;
}

/* INSN leaves for ADDRESS. */
static void check_way_out(struct body *body, const struct insn *insn, uint64_t address, bool jumps)
{
	const struct csinfo_section *section = body->section;

	if (table_on_signature(&body->lint->handle->table, address))
		lint_add(body->lint, CHECK_EXIT_ON_SIGNATURE, body->index, insn->address,
			 "goes to 0x%llx, the bytes of a signature: they would be executed",
			 number(address));
	else if (jumps && address != section->commit_ip && address != section->abort_ip &&
		 !is_declared(body, address))
		lint_add(body->lint, CHECK_BRANCH_UNDECLARED, body->index, insn->address,
			 "leaves for 0x%llx, which is not declared as an exit point",
			 number(address));
}

static void check_end(struct body *body, const struct insn *insn)
{
	if (end_of(insn) > body->section->commit_ip)
		lint_add(body->lint, CHECK_COMMIT_INSIDE_INSTRUCTION, body->index, insn->address,
			 "the range ends at 0x%llx, inside this instruction",
			 number(body->section->commit_ip));
	else if (!is_inside(body, end_of(insn)))
		check_way_out(body, insn, end_of(insn), false);
}

static void check_kind(struct body *body, const struct insn *insn)
{
	switch (insn->kind) {
	case CSINFO_INSN_SYSCALL:
		lint_add(body->lint, CHECK_SYSCALL_INSIDE, body->index, insn->address,
			 "system call inside the section: a kernel with rseq debugging kills the "
			 "process");
		break;
	case CSINFO_INSN_CALL:
		lint_add(body->lint, CHECK_CALL_INSIDE, body->index, insn->address,
			 "call inside the section: a preemption in what it calls is not noticed");
		break;
	case CSINFO_INSN_INDIRECT_JUMP:
		if (insn->unlinked)
			lint_add(body->lint, CHECK_CODE_NOT_CHECKED, body->index, insn->address,
				 "where this jump leads is not known before the file is linked");
		else
			lint_add(
				body->lint, CHECK_INDIRECT_JUMP_INSIDE, body->index, insn->address,
				"indirect jump inside the section: where it leaves can't be known");
		break;
	case CSINFO_INSN_RETURN:
		lint_add(body->lint, CHECK_BRANCH_UNDECLARED, body->index, insn->address,
			 "returns from inside the section, which no exit point can declare");
		break;
	default:
		break;
	}
}

static void check_insn(struct body *body, const struct insn *insn)
{
	check_kind(body, insn);
	if (insn_jumps_directly(insn) && !is_inside(body, insn->target))
		check_way_out(body, insn, insn->target, true);
	if (insn_falls_through(insn))
		check_end(body, insn);
}

/* The commit address is where nobody may put a breakpoint, and no code falls onto it. */
static void check_commit_address(struct body *body)
{
	const struct csinfo_section *section = body->section;
	size_t start = find_node(&body->walk, section->start_ip);

	if (start == NO_NODE || body->nodes[start].commit_follows ||
	    !table_on_signature(&body->lint->handle->table, section->commit_ip))
		return;
	lint_add(body->lint, CHECK_COMMIT_ON_SIGNATURE, body->index, section->commit_ip,
		 "section 0x%llx ends on the bytes of a signature: a breakpoint there kills the "
		 "process",
		 number(section->start_ip));
}

static void check_walk(struct body *body, uint64_t store)
{
	for (size_t i = 0; i < body->walk.n; i++)
		fill_node(body, i, store);
	for (size_t i = 0; i < body->walk.n; i++)
		check_insn(body, &body->walk.list[i]);
	if (settle(body)) {
		check_stores(body);
		check_commit_address(body);
	}
	if (body->walk.undecoded)
		lint_add(body->lint, CHECK_CODE_NOT_CHECKED, body->index, body->section->start_ip,
			 "control reaches bytes inside the section that do not decode");
}

void lint_check_body(struct lint_code *code, size_t index, const struct csinfo_flow *flow)
{
	struct body body = {
		.lint = code->lint,
		.index = index,
		.section = lint_section(code->lint, index),
	};
	struct stretch stretch = {.low = body.section->start_ip, .high = body.section->commit_ip};
	struct code bytes;

	if (!lint_load(code, stretch.low, stretch.high, &bytes))
		return;
	stretch.code = &bytes;
	code->lint->status =
		walk_reachable(&body.walk, lint_decoder(code, index), &stretch, &stretch.low, 1);
	if (!code->lint->status && body.walk.n) {
		body.nodes = calloc(body.walk.n, sizeof(*body.nodes));
		if (body.nodes)
			check_walk(&body, flow->info.store);
		else
			code->lint->status = CSINFO_E_NOMEM;
	}
	free(body.nodes);
	walk_free(&body.walk);
	reader_free(&bytes.reader);
}
