// SPDX-License-Identifier: MIT
/* The code of one critical section, instruction by instruction. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "text.h"

/* Instructions that are shown of what a section leaves to. */
#define MAX_BEHIND 8
/* Bytes of a section that are shown. */
#define MAX_BODY (64 * 1024)

#define SIGNATURE_SIZE 4

/* Beside the roles of listing.h, for the notes: an exit that the file declares. */
#define ROLE_DECLARED 0x100

const struct word role_words[] = {
	{ROLE_GATE, "gate"},   {ROLE_STORE, "STORE"},
	{ROLE_START, "start"}, {ROLE_COMMIT, "commit"},
	{ROLE_EXIT, "exit"},   {ROLE_SIGNATURE, "signature"},
	{ROLE_ABORT, "abort"}, {0, NULL},
};

/* An address with a role. */
struct mark {
	uint64_t address;
	uint32_t role;
};

/* Code to show: [begin, end). */
struct piece {
	uint64_t begin;
	uint64_t end;
	size_t max_insns; /* up to a jump at most; 0: all, whatever they are */
};

struct work {
	struct listing *listing;
	const struct csinfo *handle;
	const struct signatures *signatures;
	struct csinfo_section section;
	struct mark *marks;
	size_t n_marks;
	struct piece *pieces;
	size_t n_pieces;
	uint64_t next; /* behind the last line */
	bool is_thumb;
	bool is_unclear; /* arm code that may be Thumb or not: shown as data */
};

static void add_mark(struct work *work, uint64_t address, uint32_t role)
{
	work->marks = memory_resize(work->marks, work->n_marks + 1, sizeof(*work->marks));
	work->marks[work->n_marks++] = (struct mark){address, role};
}

static void add_piece(struct work *work, uint64_t begin, uint64_t end, size_t max_insns)
{
	work->pieces = memory_resize(work->pieces, work->n_pieces + 1, sizeof(*work->pieces));
	work->pieces[work->n_pieces++] = (struct piece){begin, end, max_insns};
}

static int compare_marks(const void *left, const void *right)
{
	const struct mark *a = left;
	const struct mark *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

/* All roles of ADDRESS; the marks are sorted. */
static uint32_t roles_of(const struct work *work, uint64_t address)
{
	const struct mark key = {address, 0};
	const struct mark *end = work->marks + work->n_marks;
	const struct mark *at =
		bsearch(&key, work->marks, work->n_marks, sizeof(key), compare_marks);
	uint32_t roles = 0;

	while (at && at > work->marks && at[-1].address == address)
		at--;
	for (; at && at < end && at->address == address; at++)
		roles |= at->role;
	return roles;
}

static int compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left;
	const struct piece *b = right;

	return (a->begin > b->begin) - (a->begin < b->begin);
}

/* ---- what to show ---- */

/* The gates; the one in front of STORE, and STORE, begin the body's piece. */
static uint64_t mark_gates(struct work *work, const struct csinfo_flow *flow,
			   const struct csinfo_flow_info *info)
{
	uint64_t begin = work->section.start_ip;

	if (info->store != CSINFO_NO_ADDRESS) {
		add_mark(work, info->store, ROLE_STORE);
		begin = info->store < begin ? info->store : begin;
	}
	for (uint32_t i = 0; i < info->n_gates; i++) {
		struct csinfo_gate gate = {.size = sizeof(gate)};

		csinfo_flow_gate(flow, i, &gate);
		add_mark(work, gate.address, ROLE_GATE);
		if (gate.kind == CSINFO_GATE_FALLTHROUGH && gate.address < begin)
			begin = gate.address;
		else
			add_piece(work, gate.address, gate.address + 1, 1);
	}
	return begin;
}

static void mark_exits(struct work *work, const struct csinfo_flow *flow, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct csinfo_exit way = {.size = sizeof(way)};

		csinfo_flow_exit(flow, i, &way);
		if (way.kind != CSINFO_EXIT_DECLARED && way.kind != CSINFO_EXIT_BRANCH)
			continue;
		add_mark(work, way.address,
			 way.kind == CSINFO_EXIT_DECLARED ? ROLE_EXIT | ROLE_DECLARED : ROLE_EXIT);
		add_piece(work, way.address, UINT64_MAX, MAX_BEHIND);
	}
}

/* What flow knows.  Returns where the code in front of the section begins. */
static uint64_t mark_flow(struct work *work, size_t index)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;
	uint64_t begin;

	if (csinfo_flow_open(work->handle, index, &flow, &err)) {
		snprintf(work->listing->problem, sizeof(work->listing->problem), "%s", err.message);
		work->is_unclear = csinfo_machine(work->handle) == EM_ARM;
		return work->section.start_ip;
	}
	csinfo_flow_get(flow, &info);
	work->is_thumb = info.flags & CSINFO_FLOW_THUMB;
	begin = mark_gates(work, flow, &info);
	mark_exits(work, flow, info.n_exits);
	csinfo_flow_free(flow);
	return begin;
}

static void mark_section(struct work *work, size_t index)
{
	const struct csinfo_section *section = &work->section;
	uint64_t begin = mark_flow(work, index);

	add_mark(work, section->start_ip, ROLE_START);
	add_mark(work, section->commit_ip, ROLE_COMMIT);
	add_mark(work, section->abort_ip, ROLE_ABORT);
	if (section->marks & CSINFO_MARK_WRAPS)
		add_piece(work, section->start_ip, UINT64_MAX, MAX_BEHIND);
	else if (section->commit_ip - begin > MAX_BODY)
		add_piece(work, begin, begin + MAX_BODY, 0);
	else
		add_piece(work, begin, section->commit_ip, 0);
	add_piece(work, section->commit_ip, UINT64_MAX, 1);
	if (!(section->marks & CSINFO_MARK_NO_SIGNATURE)) {
		add_mark(work, section->abort_ip - SIGNATURE_SIZE, ROLE_SIGNATURE);
		add_piece(work, section->abort_ip - SIGNATURE_SIZE, section->abort_ip, 1);
	}
	add_piece(work, section->abort_ip, UINT64_MAX, MAX_BEHIND);
}

/* ---- signatures ---- */

static int compare_addresses(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

void signatures_open(struct signatures *signatures, const struct csinfo *handle)
{
	size_t n = csinfo_count(handle);

	signatures->ends = memory_resize(NULL, n, sizeof(*signatures->ends));
	signatures->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct csinfo_section section = {.size = sizeof(section)};

		csinfo_get(handle, i, &section);
		if (!(section.marks & CSINFO_MARK_NO_SIGNATURE))
			signatures->ends[signatures->n++] = section.abort_ip;
	}
	if (signatures->n)
		qsort(signatures->ends, signatures->n, sizeof(uint64_t), compare_addresses);
}

void signatures_close(struct signatures *signatures)
{
	free(signatures->ends);
}

/* The first end of a signature behind ADDRESS; CSINFO_NO_ADDRESS when there is none. */
static uint64_t signature_behind(const struct signatures *signatures, uint64_t address)
{
	size_t low = 0;
	size_t high = signatures->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (signatures->ends[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < signatures->n ? signatures->ends[low] : CSINFO_NO_ADDRESS;
}

/* ---- lines ---- */

/* Bytes that are no instruction: of how many the machine's instructions are multiples. */
static size_t unit(const struct work *work)
{
	switch (csinfo_machine(work->handle)) {
	case EM_386:
	case EM_X86_64:
		return 1;
	case EM_S390:
	case EM_RISCV: /* compressed */
		return 2;
	default:
		return work->is_thumb ? 2 : 4;
	}
}

static bool is_inside(const struct csinfo_section *section, uint64_t address)
{
	return address - section->start_ip < section->post_commit_offset;
}

/* The bytes at LINE's address, LIMIT at most.  Returns whether there are any. */
static bool read_bytes(const struct csinfo *handle, struct line *line, uint64_t limit)
{
	size_t n = limit < sizeof(line->bytes) ? limit : sizeof(line->bytes);

	while (n > 0 && csinfo_read(handle, line->address, line->bytes, n) != 0)
		n--;
	line->n_bytes = n;
	return n > 0;
}

static void describe_signature(struct line *line, const struct csinfo *handle)
{
	const unsigned char *b = line->bytes;

	if (csinfo_byte_order(handle) == ELFDATA2MSB)
		snprintf(line->text, sizeof(line->text), ".long 0x%02x%02x%02x%02x", b[0], b[1],
			 b[2], b[3]);
	else
		snprintf(line->text, sizeof(line->text), ".long 0x%02x%02x%02x%02x", b[3], b[2],
			 b[1], b[0]);
}

static void describe_data(const struct work *work, struct line *line)
{
	size_t n = unit(work);
	int at;

	line->n_bytes = line->n_bytes < n ? line->n_bytes : n;
	at = snprintf(line->text, sizeof(line->text), ".byte");
	for (size_t i = 0; i < line->n_bytes; i++)
		at += snprintf(line->text + at, sizeof(line->text) - (size_t)at, "%s0x%02x",
			       i ? ", " : " ", line->bytes[i]);
}

/* What a jump to TARGET does for a thread that is inside. */
static const char *note_of_target(const struct work *work, uint64_t target)
{
	uint32_t roles = roles_of(work, target);

	if (is_inside(&work->section, target))
		return roles & ROLE_START ? "to start" : "";
	if (roles & ROLE_ABORT)
		return "to abort";
	if (roles & ROLE_COMMIT)
		return "to commit, which is no commit";
	return roles & ROLE_DECLARED ? "to an exit" : "out, declared nowhere";
}

/* A jump whose target only the linker knows. */
static void annotate_unlinked(struct line *line, const struct csinfo_insn *insn)
{
	if (insn->kind == CSINFO_INSN_CALL)
		line->note = "call";
	if (insn->kind != CSINFO_INSN_JUMP && insn->kind != CSINFO_INSN_BRANCH)
		return;
	line->note = "out, to where the linker says";
	line->is_way_out = true;
}

static void annotate(const struct work *work, struct line *line, const struct csinfo_insn *insn)
{
	switch (insn->kind) {
	case CSINFO_INSN_JUMP:
	case CSINFO_INSN_BRANCH:
		line->note = note_of_target(work, insn->target);
		line->is_way_out = !is_inside(&work->section, insn->target);
		break;
	case CSINFO_INSN_RETURN:
		line->note = "out, returns";
		line->is_way_out = true;
		break;
	case CSINFO_INSN_INDIRECT_JUMP:
		line->note = "out, to where is not known";
		line->is_way_out = true;
		break;
	case CSINFO_INSN_CALL:
		line->note = "call";
		break;
	case CSINFO_INSN_SYSCALL:
		line->note = "system call";
		break;
	}
}

/* Disassemble LINE's N bytes at BYTES. */
static int disassemble(const struct work *work, struct line *line, const void *bytes, size_t n,
		       struct csinfo_insn *insn)
{
	const struct csinfo *handle = work->handle;
	struct csinfo_code code = {
		.size = sizeof(code),
		.address = line->address | work->is_thumb,
		.bytes = bytes,
		.n_bytes = n,
		.machine = csinfo_machine(handle),
		.elf_class = csinfo_elf_class(handle),
		.byte_order = csinfo_byte_order(handle),
		.elf_flags = csinfo_elf_flags(handle),
	};

	return csinfo_disassemble(&code, insn, line->text, sizeof(line->text));
}

/* What the relocations make of INSN at LINE.  False when only the linker knows. */
static bool link_insn(const struct work *work, struct line *line, struct csinfo_insn *insn)
{
	unsigned char bytes[sizeof(line->bytes)];
	size_t n = insn->length + insn->delay;

	if (csinfo_elf_type(work->handle) != ET_REL || n > sizeof(bytes))
		return true;
	return !csinfo_read_linked(work->handle, line->address, bytes, n) &&
	       !disassemble(work, line, bytes, n, insn);
}

/* Disassemble LINE's bytes.  Returns whether the thread may go on behind it. */
static bool describe(const struct work *work, struct line *line)
{
	const struct csinfo *handle = work->handle;
	struct csinfo_insn insn = {.size = sizeof(insn)};
	bool is_linked;

	if (line->roles & ROLE_SIGNATURE && line->n_bytes == SIGNATURE_SIZE) {
		describe_signature(line, handle);
		return true;
	}
	if (work->is_unclear || disassemble(work, line, line->bytes, line->n_bytes, &insn)) {
		describe_data(work, line);
		return false;
	}
	is_linked = link_insn(work, line, &insn);
	line->is_code = true;
	line->n_bytes = insn.length;
	if (line->is_inside && is_linked)
		annotate(work, line, &insn);
	else if (line->is_inside)
		annotate_unlinked(line, &insn);
	return insn.kind != CSINFO_INSN_JUMP && insn.kind != CSINFO_INSN_RETURN &&
	       insn.kind != CSINFO_INSN_INDIRECT_JUMP && insn.kind != CSINFO_INSN_TRAP;
}

/* LINE is inside and goes on: perhaps behind the section. */
static void annotate_end(const struct work *work, struct line *line)
{
	uint64_t left = work->section.commit_ip - line->address;

	if (line->n_bytes > left) {
		line->note = "out, past the end";
		line->is_way_out = true;
	} else if (line->n_bytes == left && !line->note[0]) {
		line->note = "commits";
	}
}

static void add_line(struct work *work, const struct line *line)
{
	struct listing *listing = work->listing;

	/* The array has room for a power of 2. */
	if (!(listing->n & (listing->n - 1)))
		listing->lines = memory_resize(listing->lines, listing->n ? listing->n * 2 : 1,
					       sizeof(*listing->lines));
	listing->lines[listing->n++] = *line;
	work->next = line->address + line->n_bytes;
}

/* Add the line at ADDRESS.  Returns whether the code goes on behind it. */
static bool show_line(struct work *work, uint64_t address)
{
	struct line line = {.address = address, .note = ""};
	uint64_t end = signature_behind(work->signatures, address);
	bool goes_on;

	line.roles = roles_of(work, address);
	line.is_inside = is_inside(&work->section, address);
	line.is_apart = work->listing->n && address != work->next;
	if (end - address <= SIGNATURE_SIZE)
		line.roles |= ROLE_SIGNATURE;
	else
		end -= SIGNATURE_SIZE;
	if (!read_bytes(work->handle, &line, end - address))
		return false;
	goes_on = describe(work, &line);
	if (line.is_inside && goes_on)
		annotate_end(work, &line);
	add_line(work, &line);
	return goes_on;
}

static bool is_shown(const struct listing *listing, uint64_t address)
{
	size_t i = listing->n;

	while (i > 0 && listing->lines[i - 1].address > address)
		i--;
	return i > 0 && listing->lines[i - 1].address == address;
}

static void show_piece(struct work *work, const struct piece *piece)
{
	uint64_t address = piece->begin;
	size_t n = 0;

	if (is_shown(work->listing, address))
		address = work->next;
	while (address < piece->end && !(piece->max_insns && n++ >= piece->max_insns)) {
		size_t before = work->listing->n;
		bool goes_on = show_line(work, address);

		if (work->listing->n == before)
			return;
		address = work->next;
		if (!piece->max_insns || goes_on)
			continue;
		/* On MIPS a jump takes the instruction behind it along. */
		if (csinfo_machine(work->handle) == EM_MIPS)
			show_line(work, address);
		return;
	}
}

void listing_open(struct listing *listing, const struct csinfo *handle, size_t index,
		  const struct signatures *signatures)
{
	struct work work = {
		.listing = listing,
		.handle = handle,
		.signatures = signatures,
		.section = {.size = sizeof(work.section)},
	};

	*listing = (struct listing){0};
	csinfo_get(handle, index, &work.section);
	mark_section(&work, index);
	qsort(work.marks, work.n_marks, sizeof(*work.marks), compare_marks);
	qsort(work.pieces, work.n_pieces, sizeof(*work.pieces), compare_pieces);
	for (size_t i = 0; i < work.n_pieces; i++) {
		/* A piece of open end must not run into the next out of step. */
		if (i + 1 < work.n_pieces && work.pieces[i].max_insns &&
		    work.pieces[i].end > work.pieces[i + 1].begin)
			work.pieces[i].end = work.pieces[i + 1].begin;
		show_piece(&work, &work.pieces[i]);
	}
	free(work.marks);
	free(work.pieces);
}

void listing_close(struct listing *listing)
{
	free(listing->lines);
	*listing = (struct listing){0};
}
