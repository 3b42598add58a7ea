// SPDX-License-Identifier: MIT
/* Finding an entry of a table by address. */
#include <stdlib.h>

#include "error.h"
#include "large.h"
#include "sort.h"
#include "table.h"

/*
 * A search touches one block, two cache lines, on each level; the levels above the lowest fit
 * into a cache also where there are millions of entries.
 */
#define BLOCK TABLE_BLOCK

static size_t blocks_of(size_t n)
{
	return n / BLOCK + (n % BLOCK != 0);
}

/* Lay out the levels: at least one, the lowest first, up to one of a single block. */
static void lay_out(struct table *table)
{
	size_t n = table->n;
	size_t offset = 0;

	for (table->n_levels = 0;; n = blocks_of(n)) {
		table->levels[table->n_levels] = (struct level){offset, n};
		if (table->n_levels++)
			offset += blocks_of(n) * BLOCK;
		if (n <= BLOCK)
			return;
	}
}

/* Keys of all levels but the lowest. */
static size_t upper_size(const struct table *table)
{
	const struct level *top = &table->levels[table->n_levels - 1];

	return table->n_levels > 1 ? top->offset + BLOCK : 0;
}

/*
 * How many of the keys of the block at KEYS, which rise, are not above VALUE: first in steps of
 * a quarter, then in that quarter.  No branches, and only the second round waits for the first.
 */
#define DEFINE_COUNT(name, type)                                                                   \
	static size_t name(const type *keys, type value)                                           \
	{                                                                                          \
		size_t n = 4 * ((size_t)(keys[3] <= value) + (keys[7] <= value) +                  \
				(keys[11] <= value));                                              \
                                                                                                   \
		keys += n;                                                                         \
		return n + (keys[0] <= value) + (keys[1] <= value) + (keys[2] <= value) +          \
		       (keys[3] <= value);                                                         \
	}

DEFINE_COUNT(count_keys, uint64_t)
DEFINE_COUNT(count_starts, uint32_t)

/* start_ip of the first entry of block I: where there are many, one of the keys just seen. */
static uint64_t base_of(const struct table *table, size_t i)
{
	return table->n_levels > 1 ? table->starts[table->levels[1].offset + i]
				   : table->entries[i * BLOCK].start_ip;
}

/* How many of block I's entries start at or before ADDRESS, of which all in front of I do. */
static size_t count_entries(const struct table *table, size_t i, uint64_t address)
{
	const struct block *block = &table->blocks[i];
	uint64_t base = base_of(table, i);
	size_t n = 0;

	if (address < base)
		return 0;
	/* They are wanted next: fetch them at the same time. */
	__builtin_prefetch(block->lengths);
	if (address - base < BLOCK_FAR)
		return count_starts(block->starts, (uint32_t)(address - base));
	while (n < BLOCK && i * BLOCK + n < table->n &&
	       table->entries[i * BLOCK + n].start_ip <= address)
		n++;
	return n;
}

/* How many entries of TABLE start at or before ADDRESS. */
static size_t upper_bound(const struct table *table, uint64_t address)
{
	size_t found = 0;

	for (unsigned int level = table->n_levels - 1; level; level--) {
		const uint64_t *keys = table->starts + table->levels[level].offset + found * BLOCK;
		size_t n = count_keys(keys, address);

		if (!n)
			return 0;
		found = found * BLOCK + n - 1;
		/* Behind the last key there is padding. */
		if (found >= table->levels[level].n)
			found = table->levels[level].n - 1;
	}
	return found * BLOCK + count_entries(table, found, address);
}

size_t table_lower_bound(const struct table *table, uint64_t address)
{
	return address && table->n ? upper_bound(table, address - 1) : 0;
}

/* commit_ip of entry I; 0 where the range wraps around. */
static uint64_t end_of(const struct table *table, size_t i)
{
	const struct entry *entry = &table->entries[i];

	return entry->marks & CSINFO_MARK_WRAPS ? 0 : entry->start_ip + entry->post_commit_offset;
}

/* Whether entry I, which starts at or before PC, reaches beyond it. */
static bool holds(const struct table *table, size_t i, uint64_t pc)
{
	const struct block *block = &table->blocks[i / BLOCK];
	uint32_t start = block->starts[i % BLOCK];
	uint32_t length = block->lengths[i % BLOCK];

	if (start == BLOCK_FAR || length == BLOCK_FAR)
		return end_of(table, i) > pc;
	return pc - base_of(table, i / BLOCK) - start < length;
}

static bool reaches(const struct table *table, unsigned int level, size_t i, uint64_t pc)
{
	return (level ? table->ends[table->levels[level].offset + i] : end_of(table, i)) > pc;
}

/*
 * The last of the N first entries that reaches beyond PC: up the levels until a block to the
 * left does, then down again.
 */
static bool find_overlapping(const struct table *table, size_t n, uint64_t pc, size_t *index)
{
	unsigned int level = 0;
	size_t i = n; /* on the level: what is left of it is still to be looked at */

	for (;;) {
		size_t first = (i - 1) / BLOCK * BLOCK;

		while (i > first && !reaches(table, level, i - 1, pc))
			i--;
		if (i > first && !level) {
			*index = i - 1;
			return true;
		}
		if (i > first) { /* into the block that I - 1 stands for */
			level--;
			i *= BLOCK;
			if (i > table->levels[level].n)
				i = table->levels[level].n;
		} else if (++level < table->n_levels && first) {
			i = first / BLOCK;
		} else {
			return false;
		}
	}
}

bool table_find(const struct table *table, uint64_t pc, size_t *index)
{
	size_t n = table->n ? upper_bound(table, pc) : 0;

	if (!n)
		return false;
	if (table->ends)
		return find_overlapping(table, n, pc, index);
	*index = n - 1;
	return holds(table, n - 1, pc);
}

size_t table_exits(const struct table *table, uint64_t start_ip, size_t *n)
{
	size_t first = RECORDS_BELOW(table->exits, table->n_exits, start_ip, start_ip);

	*n = RECORDS_UP_TO(table->exits, table->n_exits, start_ip, start_ip) - first;
	return first;
}

bool table_on_signature(const struct table *table, uint64_t address)
{
	size_t i;

	if (table->aborts) {
		i = records_up_to(table->aborts, table->n, sizeof(*table->aborts), 0, address);
		return i < table->n && table->aborts[i] - address <= SIGNATURE_SIZE;
	}
	i = RECORDS_UP_TO(table->entries, table->n, abort_ip, address);
	return i < table->n && table->entries[i].abort_ip - address <= SIGNATURE_SIZE;
}

static uint32_t clamp(uint64_t value)
{
	return value < BLOCK_FAR ? (uint32_t)value : BLOCK_FAR;
}

static void fill_blocks(struct table *table)
{
	for (size_t i = 0; i < blocks_of(table->n) * BLOCK; i++) {
		struct block *block = &table->blocks[i / BLOCK];
		const struct entry *entry = &table->entries[i];

		block->starts[i % BLOCK] = BLOCK_FAR;
		block->lengths[i % BLOCK] = 0;
		if (i >= table->n)
			continue;
		block->starts[i % BLOCK] =
			clamp(entry->start_ip - table->entries[i / BLOCK * BLOCK].start_ip);
		if (!(entry->marks & CSINFO_MARK_WRAPS))
			block->lengths[i % BLOCK] = clamp(entry->post_commit_offset);
	}
}

static bool index_starts(struct table *table)
{
	size_t size = upper_size(table);

	table->blocks = large_alloc(blocks_of(table->n) * sizeof(*table->blocks));
	table->starts = large_alloc(size * sizeof(*table->starts));
	if (!table->blocks || !table->starts)
		return false;
	fill_blocks(table);
	for (size_t i = 0; i < size; i++)
		table->starts[i] = UINT64_MAX;
	for (unsigned int level = 1; level < table->n_levels; level++)
		for (size_t i = 0; i < table->levels[level].n; i++)
			table->starts[table->levels[level].offset + i] =
				level == 1 ? table->entries[i * BLOCK].start_ip
					   : table->starts[table->levels[level - 1].offset +
							   i * BLOCK];
	return true;
}

static bool has_overlap(const struct table *table)
{
	uint64_t last = 0;

	for (size_t i = 0; i < table->n; i++) {
		if (table->entries[i].start_ip < last)
			return true;
		if (end_of(table, i) > last)
			last = end_of(table, i);
	}
	return false;
}

/* The highest end of each block of entries, of each block of these, and so on. */
static bool index_ends(struct table *table)
{
	if (!has_overlap(table))
		return true;
	table->ends = calloc(upper_size(table) + 1, sizeof(*table->ends));
	if (!table->ends)
		return false;
	for (size_t i = 0; i < table->n; i++) {
		size_t block = i;

		for (unsigned int level = 1; level < table->n_levels; level++) {
			uint64_t *highest;

			block /= BLOCK;
			highest = &table->ends[table->levels[level].offset + block];
			if (end_of(table, i) <= *highest)
				break;
			*highest = end_of(table, i);
		}
	}
	return true;
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Most often entries are in order of abort_ip as well. */
static bool index_aborts(struct table *table)
{
	size_t i = 1;

	while (i < table->n && table->entries[i - 1].abort_ip <= table->entries[i].abort_ip)
		i++;
	if (i >= table->n)
		return true;
	table->aborts = malloc(table->n * sizeof(*table->aborts));
	if (!table->aborts)
		return false;
	for (i = 0; i < table->n; i++)
		table->aborts[i] = table->entries[i].abort_ip;
	qsort(table->aborts, table->n, sizeof(*table->aborts), compare_u64);
	return true;
}

void table_make_single(struct table *table, struct entry *entry, struct block *block)
{
	*table = (struct table){.entries = entry, .n = 1, .blocks = block};
	lay_out(table);
	fill_blocks(table);
}

int table_index(struct table *table, struct csinfo_err *err)
{
	lay_out(table);
	if (!table->n || (index_starts(table) && index_ends(table) && index_aborts(table)))
		return 0;
	return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
}
