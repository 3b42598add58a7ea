// SPDX-License-Identifier: MIT
/* STORE, the instruction that arms a critical section, and the ways to it. */
#include <stdlib.h>

#include "sort.h"
#include "store.h"
#include "value.h"

/* Instructions between STORE and start_ip, at most: real code has up to 6. */
#define MAX_BETWEEN 6u
/* Among more sections than these, so near to each other, a place counts as inside of one. */
#define MAX_NEAR 32u
/* So many in all are looked at for the gates of one section. */
#define MAX_TRIES 1024u
/* How far in front of start_ip STORE begins, at most, in bytes. */
#define REACH ((MAX_BETWEEN + 1) * INSN_MAX_LENGTH)
/* How far back code is decoded where no symbol tells where to begin, in bytes. */
#define MAX_WINDOW 192u
/* How many sections around a place are tried for one that is armed by mistake. */
#define MAX_NEIGHBOURS 32u
/* A longer function is not decoded as a whole. */
#define MAX_FUNCTION (256u << 10)

/* Whether an instruction stores the address of the descriptor. */
enum proof {
	REFUTED,
	UNPROVEN,
	PROVEN,
};

/* What is at hand while STORE is looked for. */
struct search {
	const struct subject *subject;
	struct decoder *decoder;
	struct walk walk; /* the code that leads to start_ip */
	bool whole_function;
	unsigned int tries; /* sections near to gates that may still be looked at */
};

void store_narrow(const struct csinfo_section *section, uint64_t *low, uint64_t *high)
{
	uint64_t start_ip = section->start_ip;
	uint64_t before = MAX_WINDOW;
	uint64_t after = REACH;

	if (after < section->post_commit_offset)
		after = section->post_commit_offset < SUBJECT_MAX_LENGTH
				? section->post_commit_offset
				: SUBJECT_MAX_LENGTH;
	if (section->func_size && section->func_size <= MAX_FUNCTION) {
		if (before < start_ip - section->func_start)
			before = start_ip - section->func_start;
		if (after < section->func_start + section->func_size - start_ip)
			after = section->func_start + section->func_size - start_ip;
	}
	after += INSN_MAX_LENGTH;
	if (start_ip - *low > before)
		*low = start_ip - before;
	if (*high - start_ip > after)
		*high = start_ip + after;
}

/* What a store puts into memory, and the descriptor that may stand at that address. */
struct stored {
	struct value value;
	bool has_descriptor;
	uint64_t start_ip;
	uint64_t offset;
	uint64_t abort_ip;
};

static struct stored stored_by(const struct search *search, const struct insn *insn)
{
	const struct subject *subject = search->subject;
	struct stored stored = {.value = value_of(subject, &search->walk, insn)};
	uint64_t address = stored.value.number;

	stored.has_descriptor = stored.value.certainty != UNKNOWN &&
				value_read(subject, address + 8, 8, &stored.start_ip) &&
				value_read(subject, address + 16, 8, &stored.offset) &&
				value_read(subject, address + 24, 8, &stored.abort_ip);
	return stored;
}

/* Whether a copy of SECTION's descriptor is STORED: it serves the kernel as well. */
static bool is_copy(const struct stored *stored, const struct csinfo_section *section)
{
	return stored->has_descriptor && stored->start_ip == section->start_ip &&
	       stored->offset == section->post_commit_offset &&
	       stored->abort_ip == section->abort_ip;
}

/* Whether INSN stores a word that rseq_cs may be. */
static bool stores_pointer(const struct search *search, const struct insn *insn)
{
	return insn->effect == INSN_STORES &&
	       insn->width >= target_pointer_size(&search->subject->target) && insn->width <= 8;
}

/* Whether the address of SECTION's descriptor is STORED. */
static enum proof proof_of(const struct search *search, const struct stored *stored,
			   const struct csinfo_section *section)
{
	if (stored->value.certainty == UNKNOWN)
		return UNPROVEN;
	if (stored->value.number == value_as_pointer(search->subject, section->descriptor) ||
	    is_copy(stored, section))
		return PROVEN;
	return stored->value.certainty == CERTAIN ? REFUTED : UNPROVEN;
}

/* Whether INSN, a store, stores the address of SECTION's descriptor. */
static enum proof store_proof(const struct search *search, const struct insn *insn,
			      const struct csinfo_section *section)
{
	struct stored stored = stored_by(search, insn);

	return proof_of(search, &stored, section);
}

static bool is_proven(const struct search *search, const struct insn *insn,
		      const struct csinfo_section *section)
{
	return insn && stores_pointer(search, insn) && store_proof(search, insn, section) == PROVEN;
}

static void set_store(struct store *store, const struct insn *insn, int position, bool proven)
{
	*store = (struct store){
		.address = insn->address,
		.length = insn->length,
		.position = position,
		.proven = proven,
		.foreign = CSINFO_NO_ADDRESS,
		.foreign_descriptor = CSINFO_NO_ADDRESS,
	};
}

static void set_no_store(struct store *store)
{
	*store = (struct store){
		.address = CSINFO_NO_ADDRESS,
		.position = CSINFO_STORE_UNKNOWN,
		.foreign = CSINFO_NO_ADDRESS,
		.foreign_descriptor = CSINFO_NO_ADDRESS,
	};
}

/* A proven STORE in front of SECTION, with or without other instructions between. */
static bool find_in_front(const struct search *search, const struct csinfo_section *section,
			  struct store *store)
{
	const struct insn *insn = walk_before(&search->walk, section->start_ip);

	for (unsigned int between = 0; insn && between <= MAX_BETWEEN; between++) {
		if (is_proven(search, insn, section)) {
			set_store(store, insn,
				  between ? CSINFO_STORE_EARLIER : CSINFO_STORE_ADJACENT, true);
			return true;
		}
		if (insn->kind == CSINFO_INSN_CALL)
			return false;
		insn = walk_before(&search->walk, insn->address);
	}
	return false;
}

static bool find_inside(const struct search *search, const struct csinfo_section *section,
			struct store *store)
{
	struct insn insn;

	if (!decoder_decode(search->decoder, &search->subject->code, section->start_ip, &insn) ||
	    !is_proven(search, &insn, section))
		return false;
	set_store(store, &insn, CSINFO_STORE_INSIDE, true);
	return true;
}

/*
 * The store that ends at start_ip, where the value was loaded too far away to see.
 * Stores to the stack frame are spills: no struct rseq is looked for there.
 */
static bool find_unproven(const struct search *search, const struct csinfo_section *section,
			  struct store *store)
{
	const struct insn *insn = walk_before(&search->walk, section->start_ip);

	if (!insn || !stores_pointer(search, insn) || insn->memory == MEMORY_STACK ||
	    store_proof(search, insn, section) != UNPROVEN)
		return false;
	set_store(store, insn, CSINFO_STORE_ADJACENT, false);
	return true;
}

static bool find_store(const struct search *search, const struct csinfo_section *section,
		       struct store *store)
{
	set_no_store(store);
	return find_in_front(search, section, store) || find_inside(search, section, store) ||
	       find_unproven(search, section, store);
}

/* The part of the function around the section that CODE has bytes for. */
static bool function_stretch(const struct subject *subject, struct stretch *out)
{
	const struct csinfo_section *section = subject->section;
	const struct code *code = &subject->code;
	uint64_t high = section->func_start + section->func_size;
	uint64_t code_high = code->address + code->reader.size;

	*out = (struct stretch){code, subject->table, section->func_start, high};
	if (out->low < code->address)
		out->low = code->address;
	if (out->high > code_high)
		out->high = code_high;
	return section->func_size && section->func_size <= MAX_FUNCTION &&
	       high >= section->func_start && out->low <= section->start_ip &&
	       section->start_ip < out->high;
}

/* The ROOM places in STRETCH where an instruction certainly begins: two of each section. */
static size_t collect_seeds(const struct subject *subject, const struct stretch *stretch,
			    uint64_t *seeds, size_t room)
{
	const struct table *table = subject->table;
	size_t n = 0;

	seeds[n++] = subject->section->func_start;
	for (size_t i = table_lower_bound(table, stretch->low); n + 2 <= room; i++) {
		seeds[n++] = table->entries[i].start_ip;
		seeds[n++] = table->entries[i].abort_ip;
	}
	return n;
}

static int walk_function(struct search *search)
{
	struct stretch stretch;
	size_t room;
	uint64_t *seeds;
	int status;

	if (!function_stretch(search->subject, &stretch))
		return 0;
	room = 1 + 2 * (table_lower_bound(search->subject->table, stretch.high) -
			table_lower_bound(search->subject->table, stretch.low));
	seeds = calloc(room, sizeof(*seeds));
	if (!seeds)
		return CSINFO_E_NOMEM;
	status = walk_reachable(&search->walk, search->decoder, &stretch, seeds,
				collect_seeds(search->subject, &stretch, seeds, room));
	free(seeds);
	if (!status)
		status = walk_fill_gaps(&search->walk, search->decoder, &stretch);
	search->whole_function = true;
	return status;
}

/* The bytes in front of start_ip, SIZE of them or what there is. */
static struct stretch window(const struct subject *subject, uint64_t size)
{
	uint64_t start_ip = subject->section->start_ip;
	uint64_t room = start_ip - subject->code.address;

	if (size > room)
		size = room;
	return (struct stretch){&subject->code, subject->table, start_ip - size, start_ip};
}

/* Whether the instructions in front of start_ip prove that there is a STORE. */
static bool chain_is_proven(const struct search *search)
{
	const struct csinfo_section *section = search->subject->section;
	struct store store;

	return find_in_front(search, section, &store) || find_inside(search, section, &store);
}

/* Take SIZE bytes in front of start_ip for instructions; keep them when a proven STORE follows. */
static int walk_tail(struct search *search, const struct stretch *stretch, const struct insn *each,
		     uint64_t size)
{
	search->walk.n = 0;
	if (walk_linear(&search->walk, stretch, each, stretch->high - size))
		return CSINFO_E_NOMEM;
	if (!chain_is_proven(search))
		search->walk.n = 0;
	return 0;
}

/*
 * Beginnings do not agree, or are too few: take the nearest beginning from which a
 * proven STORE follows.  Without its prefix bytes an instruction often means the
 * same, so the first one is made as long as it can be.
 */
static int walk_to_proof(struct search *search, const struct stretch *stretch,
			 const struct insn *each)
{
	uint64_t room = stretch->high - stretch->low;
	uint64_t best = 0;
	size_t n = 0;

	walk_free(&search->walk);
	for (uint64_t size = 1; size <= room && (!best || size - best < INSN_MAX_LENGTH); size++) {
		if (walk_tail(search, stretch, each, size))
			return CSINFO_E_NOMEM;
		if (!search->walk.n || (best && search->walk.n != n))
			continue;
		n = search->walk.n;
		best = size;
	}
	return best ? walk_tail(search, stretch, each, best) : 0;
}

/* Whether there is any store of a pointer in front of start_ip, or right there. */
static bool may_be_armed(const struct search *search, const struct stretch *stretch,
			 const struct insn *each)
{
	struct insn insn;

	for (uint64_t at = stretch->high - stretch->low; at > 0; at--)
		if (each[at - 1].length && stores_pointer(search, &each[at - 1]))
			return true;
	return decoder_decode(search->decoder, &search->subject->code, stretch->high, &insn) &&
	       stores_pointer(search, &insn);
}

/* Find the instructions that lead to start_ip, the end of STRETCH, among EACH of it. */
static int walk_back(struct search *search, const struct stretch *stretch, const struct insn *each)
{
	int status = walk_convergent(&search->walk, search->decoder, stretch, each);

	if (status || !may_be_armed(search, stretch, each) || chain_is_proven(search))
		return status;
	status = walk_to_proof(search, stretch, each);
	if (status || search->walk.n)
		return status;
	return walk_convergent(&search->walk, search->decoder, stretch, each);
}

/* Decode what leads to start_ip where no symbol tells where to begin. */
static int walk_without_symbol(struct search *search)
{
	struct stretch stretch = window(search->subject, MAX_WINDOW);
	struct insn *each = walk_decode_each(search->decoder, &stretch);
	int status = each ? walk_back(search, &stretch, each) : CSINFO_E_NOMEM;

	free(each);
	return status;
}

/* Add what follows start_ip: STORE of another section, which starts there, may be near. */
static int walk_on(struct search *search)
{
	const struct code *code = &search->subject->code;
	uint64_t low = search->subject->section->start_ip;
	uint64_t high = code->address + code->reader.size;
	struct stretch stretch = {code, search->subject->table, low, high};

	if (high - low > REACH)
		stretch.high = low + REACH;
	return walk_reachable(&search->walk, search->decoder, &stretch, &low, 1);
}

/* Decode what leads to start_ip, by the best means there is. */
static int walk_approach(struct search *search)
{
	const struct csinfo_section *section = search->subject->section;
	int status = walk_function(search);

	if (status || walk_reaches_up_to(&search->walk, section->start_ip))
		return status;
	/* A function that begins with start_ip has nothing in front of it. */
	if (search->whole_function && section->func_start == section->start_ip)
		return 0;
	search->whole_function = false;
	walk_free(&search->walk);
	status = walk_without_symbol(search);
	return status ? status : walk_on(search);
}

/* Whether ADDRESS lies between STORE and start_ip of a section that starts soon after. */
static bool between_store_and_start(struct search *search, uint64_t address)
{
	const struct table *table = search->subject->table;
	size_t first = table_lower_bound(table, address);

	for (size_t i = first; i < table->n; i++) {
		struct csinfo_section section;
		struct store store;

		if (table->entries[i].start_ip - address > REACH)
			break;
		if (i - first == MAX_NEAR || !search->tries)
			return true;
		search->tries--;
		table_section(table, i, &section);
		if (find_store(search, &section, &store) && store.address <= address)
			return true;
	}
	return false;
}

/* Whether ADDRESS is in [STORE, commit_ip) of a section. */
static bool in_section(struct search *search, uint64_t address)
{
	size_t index;

	return table_find(search->subject->table, address, &index) ||
	       between_store_and_start(search, address);
}

static int add_gate(struct search *search, struct gates *gates, const struct insn *insn, int kind)
{
	struct csinfo_gate *gate;

	if (gates->n == gates->room) {
		size_t room = gates->room ? 2 * gates->room : 4;
		struct csinfo_gate *list = realloc(gates->list, room * sizeof(*list));

		if (!list)
			return CSINFO_E_NOMEM;
		gates->list = list;
		gates->room = room;
	}
	gate = &gates->list[gates->n++];
	*gate = (struct csinfo_gate){sizeof(*gate), insn->address, kind, 0};
	if (in_section(search, insn->address))
		gate->flags |= CSINFO_GATE_IN_SECTION;
	return 0;
}

static int find_gates(struct search *search, const struct store *store, struct gates *gates)
{
	const struct insn *before = walk_before(&search->walk, store->address);

	for (size_t i = 0; i < search->walk.n; i++) {
		const struct insn *insn = &search->walk.list[i];
		bool branch = search->whole_function && insn_jumps_directly(insn) &&
			      insn->target == store->address && insn->address != store->address;
		int status = 0;

		if (insn == before)
			status = add_gate(search, gates, insn, CSINFO_GATE_FALLTHROUGH);
		else if (branch)
			status = add_gate(search, gates, insn, CSINFO_GATE_BRANCH);
		if (status)
			return status;
	}
	return 0;
}

static bool is_taken(void *context, uint64_t address)
{
	return in_section(context, address);
}

static const struct insn *insn_at(const struct walk *walk, uint64_t address)
{
	return &walk->list[RECORDS_BELOW(walk->list, walk->n, address, address)];
}

/* The instruction of GATE if that wants outposts, else NULL. */
static const struct insn *wants_outposts(const struct search *search,
					 const struct csinfo_gate *gate)
{
	const struct insn *insn = insn_at(&search->walk, gate->address);

	return insn->pc_relative && !(gate->flags & CSINFO_GATE_IN_SECTION) ? insn : NULL;
}

/* Find out what APPROACH needs, the first time that it is needed. */
static int prepare(struct approach *approach, const struct search *search)
{
	if (approach->walk)
		return 0;
	approach->walk = &search->walk;
	if (search->whole_function)
		return approach_open(approach);
	approach->unknown = true;
	return 0;
}

static int find_outposts(struct search *search, const struct gates *gates,
			 struct outposts *outposts)
{
	struct approach approach = {
		.subject = search->subject,
		.decoder = search->decoder,
		.is_taken = is_taken,
		.context = search,
	};
	int status = 0;

	for (size_t i = 0; i < gates->n && !status; i++) {
		const struct insn *insn = wants_outposts(search, &gates->list[i]);

		if (!insn)
			continue;
		status = prepare(&approach, search);
		if (!status)
			status = outposts_find(&approach, insn, outposts);
	}
	walk_free(&approach.outside);
	return status;
}

/* The section that INSN arms, of those that start nearest. */
static bool foreign_section(const struct search *search, const struct insn *insn,
			    struct csinfo_section *out)
{
	const struct table *table = search->subject->table;
	size_t i = table_lower_bound(table, insn->address);
	size_t end = table->n - i < MAX_NEIGHBOURS ? table->n : i + MAX_NEIGHBOURS;
	struct stored stored;

	if (!stores_pointer(search, insn))
		return false;
	stored = stored_by(search, insn);
	for (i = i < MAX_NEIGHBOURS ? 0 : i - MAX_NEIGHBOURS; i < end; i++) {
		table_section(table, i, out);
		if (proof_of(search, &stored, out) == PROVEN)
			return true;
	}
	return false;
}

/* Where STORE was not found: whether something in its place arms another section. */
static void find_foreign(const struct search *search, struct store *store)
{
	uint64_t start_ip = search->subject->section->start_ip;
	const struct insn *insn = walk_before(&search->walk, start_ip);

	for (unsigned int between = 0; insn && between <= MAX_BETWEEN; between++) {
		struct csinfo_section section;
		bool found = foreign_section(search, insn, &section);
		uint64_t end = insn->address + insn->length;

		/* It may be right for a section that starts before this one. */
		if (found && (section.start_ip < end || section.start_ip > start_ip)) {
			store->foreign = insn->address;
			store->foreign_descriptor = section.descriptor;
		}
		if (found || insn->kind == CSINFO_INSN_CALL)
			return;
		insn = walk_before(&search->walk, insn->address);
	}
}

int store_find(const struct subject *subject, struct decoder *decoder, struct store *store,
	       struct gates *gates, struct outposts *outposts)
{
	struct search search = {.subject = subject, .decoder = decoder, .tries = MAX_TRIES};
	int status;

	*gates = (struct gates){0};
	*outposts = (struct outposts){0};
	set_no_store(store);
	status = walk_approach(&search);

	if (!status && find_store(&search, subject->section, store))
		status = find_gates(&search, store, gates);
	else if (!status)
		find_foreign(&search, store);
	if (!status)
		status = find_outposts(&search, gates, outposts);
	walk_free(&search.walk);
	return status;
}

void gates_free(struct gates *gates)
{
	free(gates->list);
	*gates = (struct gates){0};
}
