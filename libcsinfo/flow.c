// SPDX-License-Identifier: MIT
/* What the code of one critical section does: how it is entered and left. */
#include <stdlib.h>

#include "error.h"
#include "flow.h"

static bool is_inside(const struct subject *subject, uint64_t address)
{
	return address - subject->section->start_ip < subject->section->post_commit_offset;
}

/* Add an exit; merge_exits() puts those to one address together. */
static int add_exit(struct csinfo_flow *flow, uint64_t address, uint64_t from, int kind,
		    uint32_t flags)
{
	struct csinfo_exit *way;

	if (flow->n_exits == flow->room) {
		size_t room = flow->room ? 2 * flow->room : 8;
		struct csinfo_exit *exits = realloc(flow->exits, room * sizeof(*exits));

		if (!exits)
			return CSINFO_E_NOMEM;
		flow->exits = exits;
		flow->room = room;
	}
	way = &flow->exits[flow->n_exits++];
	*way = (struct csinfo_exit){sizeof(*way), address, from, kind, flags};
	return 0;
}

/* INSN jumps to its target; note where that is outside the section. */
static int add_jump(struct csinfo_flow *flow, const struct subject *subject,
		    const struct insn *insn)
{
	const struct csinfo_section *section = subject->section;
	uint32_t flags = CSINFO_EXIT_BY_CODE;

	if (insn->target == section->start_ip)
		flow->info.flags |= CSINFO_FLOW_BRANCH_TO_START;
	if (is_inside(subject, insn->target))
		return 0;
	if (insn->target == section->commit_ip) {
		flow->info.flags |= CSINFO_FLOW_BRANCH_TO_COMMIT;
		flags |= CSINFO_EXIT_TO_COMMIT;
	}
	return add_exit(flow, insn->target, insn->address, CSINFO_EXIT_BRANCH, flags);
}

/* INSN may go on to the next instruction; note where that is outside the section. */
static int add_fallthrough(struct csinfo_flow *flow, const struct subject *subject,
			   const struct insn *insn)
{
	uint64_t next = insn->address + insn->length;

	if (is_inside(subject, next))
		return 0;
	if (next == subject->section->commit_ip)
		return add_exit(flow, next, insn->address, CSINFO_EXIT_COMMIT, CSINFO_EXIT_BY_CODE);
	/* The range ends in the middle of an instruction. */
	flow->info.flags |= CSINFO_FLOW_UNDECODED;
	return add_exit(flow, next, insn->address, CSINFO_EXIT_BRANCH, CSINFO_EXIT_BY_CODE);
}

static int add_insn_exits(struct csinfo_flow *flow, const struct subject *subject,
			  const struct insn *insn)
{
	int status = 0;

	if (insn->kind == CSINFO_INSN_CALL)
		flow->info.flags |= CSINFO_FLOW_CALL;
	if (insn->kind == CSINFO_INSN_SYSCALL)
		flow->info.flags |= CSINFO_FLOW_SYSCALL;
	if (insn->kind == CSINFO_INSN_RETURN) {
		flow->info.flags |= CSINFO_FLOW_RETURN;
		status = add_exit(flow, CSINFO_NO_ADDRESS, insn->address, CSINFO_EXIT_RETURN,
				  CSINFO_EXIT_BY_CODE);
	}
	if (insn->kind == CSINFO_INSN_INDIRECT_JUMP) {
		flow->info.flags |= CSINFO_FLOW_INDIRECT;
		status = add_exit(flow, CSINFO_NO_ADDRESS, insn->address, CSINFO_EXIT_INDIRECT,
				  CSINFO_EXIT_BY_CODE);
	}
	if (!status && insn_jumps_directly(insn))
		status = add_jump(flow, subject, insn);
	if (!status && insn_falls_through(insn))
		status = add_fallthrough(flow, subject, insn);
	return status;
}

/* What the section declares, whether its instructions go there or not. */
static int add_declared_exits(struct csinfo_flow *flow, const struct subject *subject)
{
	const struct csinfo_section *section = subject->section;
	/* Where the abort handler is also the commit address, arriving proves nothing. */
	uint32_t flags = section->abort_ip == section->commit_ip ? CSINFO_EXIT_TO_COMMIT : 0;
	int status = add_exit(flow, section->abort_ip, CSINFO_NO_ADDRESS, CSINFO_EXIT_ABORT, flags);

	for (size_t i = 0; i < subject->n_exits && !status; i++)
		if (!is_inside(subject, subject->exits[i]))
			status = add_exit(flow, subject->exits[i], CSINFO_NO_ADDRESS,
					  CSINFO_EXIT_DECLARED, 0);
	return status;
}

/* By address; of one address in the order in which a kind says more. */
static int compare_exits(const void *left, const void *right)
{
	const struct csinfo_exit *a = left;
	const struct csinfo_exit *b = right;

	if (a->address != b->address)
		return a->address > b->address ? 1 : -1;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	return (a->from > b->from) - (a->from < b->from);
}

/* Each address once.  Exits without one are told apart by where they are. */
static void merge_exits(struct csinfo_flow *flow)
{
	size_t n = 0;

	qsort(flow->exits, flow->n_exits, sizeof(*flow->exits), compare_exits);
	for (size_t i = 0; i < flow->n_exits; i++) {
		const struct csinfo_exit *way = &flow->exits[i];
		struct csinfo_exit *last = n ? &flow->exits[n - 1] : NULL;

		if (!last || way->address == CSINFO_NO_ADDRESS || way->address != last->address) {
			flow->exits[n++] = *way;
			continue;
		}
		last->flags |= way->flags;
		if (last->from == CSINFO_NO_ADDRESS)
			last->from = way->from;
	}
	flow->n_exits = n;
}

static void flag_signatures(struct csinfo_flow *flow, const struct table *table)
{
	for (size_t i = 0; i < flow->n_exits; i++)
		if (table_on_signature(table, flow->exits[i].address))
			flow->exits[i].flags |= CSINFO_EXIT_ON_SIGNATURE;
}

static int find_exits(struct csinfo_flow *flow, const struct subject *subject,
		      struct decoder *decoder)
{
	const struct csinfo_section *section = subject->section;
	/* What is reached is executed, signature or not. */
	struct stretch stretch = {&subject->code, NULL, section->start_ip, section->commit_ip};
	struct walk walk = {0};
	int status = walk_reachable(&walk, decoder, &stretch, &section->start_ip, 1);

	if (walk.undecoded)
		flow->info.flags |= CSINFO_FLOW_UNDECODED;
	for (size_t i = 0; i < walk.n && !status; i++)
		status = add_insn_exits(flow, subject, &walk.list[i]);
	walk_free(&walk);
	if (!status)
		status = add_declared_exits(flow, subject);
	if (status)
		return status;
	merge_exits(flow);
	flag_signatures(flow, subject->table);
	return 0;
}

static int decode(struct csinfo_flow *flow, const struct subject *subject, struct decoder *decoder)
{
	int status = find_exits(flow, subject, decoder);

	if (!status)
		status = store_find(subject, decoder, &flow->store, &flow->gates, &flow->outposts);
	if (status)
		return status;
	flow->info.size = sizeof(flow->info);
	flow->info.store = flow->store.address;
	flow->info.store_length = flow->store.length;
	flow->info.store_position = flow->store.position;
	if (subject->target.thumb)
		flow->info.flags |= CSINFO_FLOW_THUMB;
	flow->info.n_gates = (uint32_t)flow->gates.n;
	flow->info.n_exits = (uint32_t)flow->n_exits;
	flow->info.n_outposts = (uint32_t)flow->outposts.n;
	return 0;
}

/* A range that can be decoded: in the code, not empty, not absurdly long. */
static int check_range(const struct subject *subject, struct csinfo_err *err)
{
	const struct csinfo_section *section = subject->section;
	uint64_t length = section->post_commit_offset;

	if (!length || section->start_ip > UINT64_MAX - length || length > subject->room)
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, CSINFO_NO_ADDRESS,
				   "no code for %llu bytes at 0x%llx", (unsigned long long)length,
				   (unsigned long long)section->start_ip);
	if (length > SUBJECT_MAX_LENGTH)
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "section at 0x%llx has %llu bytes, too many to decode",
				   (unsigned long long)section->start_ip,
				   (unsigned long long)length);
	return 0;
}

/* Open a decoder for SUBJECT; decoder_close() closes it after success. */
static int open_decoder(struct decoder *decoder, const struct subject *subject,
			struct csinfo_err *err)
{
	int status = decoder_open(decoder, &subject->target);

	if (status == CSINFO_E_UNSUPPORTED)
		return csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS,
				   "flow: not available for %s",
				   csinfo_machine_name(subject->target.machine));
	if (status)
		return csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "out of memory");
	if (subject->section->start_ip % decoder_alignment(decoder) == 0)
		return 0;
	decoder_close(decoder);
	return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
			   "flow: not available for code at 0x%llx, no multiple of %u",
			   (unsigned long long)subject->section->start_ip,
			   decoder_alignment(decoder));
}

static int open_one(const struct subject *subject, struct csinfo_flow **out, struct csinfo_err *err)
{
	struct csinfo_flow *flow;
	struct decoder decoder;
	int status = open_decoder(&decoder, subject, err);

	if (status)
		return status;
	flow = calloc(1, sizeof(*flow));
	status = flow ? decode(flow, subject, &decoder) : CSINFO_E_NOMEM;
	decoder_close(&decoder);
	if (status) {
		csinfo_flow_free(flow);
		return csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "out of memory");
	}
	*out = flow;
	return 0;
}

/* The instruction set of arm in which there is a proven STORE. */
static int open_either(const struct subject *subject, struct csinfo_flow **out,
		       struct csinfo_err *err)
{
	struct csinfo_flow *found = NULL;
	struct subject guess = *subject;

	for (int thumb = 0; thumb < 2 && !found; thumb++) {
		struct csinfo_flow *flow = NULL;

		guess.target.thumb = thumb;
		if (open_one(&guess, &flow, err) == CSINFO_E_NOMEM)
			return CSINFO_E_NOMEM;
		if (flow && flow->store.proven)
			found = flow;
		else
			csinfo_flow_free(flow);
	}
	if (!found)
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "flow: no symbol says whether the code at 0x%llx is Thumb",
				   (unsigned long long)subject->section->start_ip);
	*out = found;
	return 0;
}

int flow_open(const struct subject *subject, struct csinfo_flow **out, struct csinfo_err *err)
{
	int status = check_range(subject, err);

	if (status)
		return status;
	return subject->may_be_thumb ? open_either(subject, out, err) : open_one(subject, out, err);
}

void csinfo_flow_free(struct csinfo_flow *flow)
{
	if (!flow)
		return;
	gates_free(&flow->gates);
	outposts_free(&flow->outposts);
	free(flow->exits);
	free(flow);
}

int csinfo_flow_get(const struct csinfo_flow *flow, struct csinfo_flow_info *out)
{
	if (!flow)
		return CSINFO_E_ARGUMENT;
	return csinfo_copy_out(out, &flow->info, sizeof(flow->info));
}

int csinfo_flow_gate(const struct csinfo_flow *flow, size_t number, struct csinfo_gate *out)
{
	if (!flow)
		return CSINFO_E_ARGUMENT;
	if (number >= flow->gates.n)
		return CSINFO_E_NOT_FOUND;
	return csinfo_copy_out(out, &flow->gates.list[number], sizeof(*flow->gates.list));
}

int csinfo_flow_outpost(const struct csinfo_flow *flow, size_t number, struct csinfo_outpost *out)
{
	if (!flow)
		return CSINFO_E_ARGUMENT;
	if (number >= flow->outposts.n)
		return CSINFO_E_NOT_FOUND;
	return csinfo_copy_out(out, &flow->outposts.list[number], sizeof(*flow->outposts.list));
}

int csinfo_flow_exit(const struct csinfo_flow *flow, size_t number, struct csinfo_exit *out)
{
	if (!flow)
		return CSINFO_E_ARGUMENT;
	if (number >= flow->n_exits)
		return CSINFO_E_NOT_FOUND;
	return csinfo_copy_out(out, &flow->exits[number], sizeof(*flow->exits));
}
