// SPDX-License-Identifier: MIT
/* Finding an entry of a table by address. */
#include <stdlib.h>

#include "error.h"
#include "sort.h"
#include "table.h"

/*
 * A search touches one block of keys, two cache lines, on each level; the levels above the
 * lowest fit into a cache also where there are millions of keys.
 */
#define BLOCK TABLE_BLOCK
/* 16 ^ 16 keys are more than there can be. */
#define MAX_LEVELS 16

/* One level of keys over another: key I stands for keys I * BLOCK and on of the one below. */
struct level {
	size_t offset; /* in the array of keys */
	size_t n;
};

static size_t padded(size_t n)
{
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

/* The levels over N keys, the lowest first.  Returns how many there are, at least one. */
static size_t measure(size_t n, struct level *levels)
{
	size_t count = 0;
	size_t offset = 0;

	for (;; n = padded(n) / BLOCK) {
		levels[count++] = (struct level){offset, n};
		offset += padded(n);
		if (n <= BLOCK)
			return count;
	}
}

static uint64_t *allocate_levels(const struct level *levels, size_t count)
{
	size_t n = levels[count - 1].offset + BLOCK;
	uint64_t *keys = malloc(n * sizeof(*keys));

	for (size_t i = 0; keys && i < n; i++)
		keys[i] = UINT64_MAX;
	return keys;
}

/* How many of the keys of the block at KEYS, which rise, are not above VALUE. */
static size_t count_up_to(const uint64_t *keys, uint64_t value)
{
	size_t n = 0;

	for (size_t step = BLOCK / 2; step; step /= 2)
		n += keys[n + step - 1] <= value ? step : 0;
	return n + (keys[n] <= value);
}

/* How many entries of TABLE start at or before ADDRESS. */
static size_t upper_bound(const struct table *table, uint64_t address)
{
	struct level levels[MAX_LEVELS];
	size_t level = measure(table->n, levels);
	size_t found = 0;

	while (level--) {
		const uint64_t *keys = table->starts + levels[level].offset + found * BLOCK;
		size_t n = count_up_to(keys, address);

		if (!n)
			return 0;
		found = found * BLOCK + n - 1;
		/* Behind the last key there is padding. */
		if (found >= levels[level].n)
			found = levels[level].n - 1;
	}
	return found + 1;
}

size_t table_lower_bound(const struct table *table, uint64_t address)
{
	return address && table->n ? upper_bound(table, address - 1) : 0;
}

/* commit_ip as far as a search is concerned: nothing lies in a range that wraps around. */
static uint64_t end_of(const struct csinfo_section *section)
{
	return section->marks & CSINFO_MARK_WRAPS ? 0 : section->commit_ip;
}

static bool reaches(const struct table *table, const struct level *levels, size_t level, size_t i,
		    uint64_t pc)
{
	return level ? table->ends[levels[level].offset - levels[1].offset + i] > pc
		     : end_of(&table->entries[i].section) > pc;
}

/*
 * The last of the N first entries that reaches beyond PC: up the levels until a block to the
 * left does, then down again.
 */
static bool find_overlapping(const struct table *table, size_t n, uint64_t pc, size_t *index)
{
	struct level levels[MAX_LEVELS];
	size_t count = measure(table->n, levels);
	size_t level = 0;
	size_t i = n; /* on the level: what is left of it is still to be looked at */

	for (;;) {
		size_t first = (i - 1) / BLOCK * BLOCK;

		while (i > first && !reaches(table, levels, level, i - 1, pc))
			i--;
		if (i > first && !level) {
			*index = i - 1;
			return true;
		}
		if (i > first) { /* into the block that I - 1 stands for */
			level--;
			i = i * BLOCK < levels[level].n ? i * BLOCK : levels[level].n;
		} else if (++level < count && first) {
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
	return end_of(&table->entries[n - 1].section) > pc;
}

static uint64_t abort_of(const struct table *table, size_t i)
{
	return table->aborts ? table->aborts[i] : table->entries[i].section.abort_ip;
}

bool table_on_signature(const struct table *table, uint64_t address)
{
	size_t low = 0;
	size_t high = table->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (abort_of(table, middle) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->n && abort_of(table, low) - address <= SIGNATURE_SIZE;
}

static bool index_starts(struct table *table)
{
	struct level levels[MAX_LEVELS];
	size_t count = measure(table->n, levels);

	table->starts = allocate_levels(levels, count);
	if (!table->starts)
		return false;
	for (size_t i = 0; i < table->n; i++)
		table->starts[i] = table->entries[i].section.start_ip;
	for (size_t level = 1; level < count; level++)
		for (size_t i = 0; i < levels[level].n; i++)
			table->starts[levels[level].offset + i] =
				table->starts[levels[level - 1].offset + i * BLOCK];
	return true;
}

static bool has_overlap(const struct table *table)
{
	uint64_t last = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct csinfo_section *section = &table->entries[i].section;

		if (section->start_ip < last)
			return true;
		last = end_of(section) > last ? end_of(section) : last;
	}
	return false;
}

/* The highest end of each block of entries, of each block of these, and so on. */
static bool index_ends(struct table *table)
{
	struct level levels[MAX_LEVELS];
	size_t count = measure(table->n, levels);

	if (!has_overlap(table))
		return true;
	table->ends = calloc(levels[count - 1].offset + BLOCK, sizeof(*table->ends));
	if (!table->ends)
		return false;
	for (size_t i = 0; i < table->n; i++) {
		uint64_t end = end_of(&table->entries[i].section);
		size_t block = i;

		for (size_t level = 1; level < count; level++) {
			uint64_t *highest;

			block /= BLOCK;
			highest = &table->ends[levels[level].offset - levels[1].offset + block];
			if (end <= *highest)
				break;
			*highest = end;
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

	while (i < table->n &&
	       table->entries[i - 1].section.abort_ip <= table->entries[i].section.abort_ip)
		i++;
	if (i >= table->n)
		return true;
	table->aborts = malloc(table->n * sizeof(*table->aborts));
	if (!table->aborts)
		return false;
	for (i = 0; i < table->n; i++)
		table->aborts[i] = table->entries[i].section.abort_ip;
	qsort(table->aborts, table->n, sizeof(*table->aborts), compare_u64);
	return true;
}

int table_index(struct table *table, struct csinfo_err *err)
{
	if (!table->n || (index_starts(table) && index_ends(table) && index_aborts(table)))
		return 0;
	return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
}
