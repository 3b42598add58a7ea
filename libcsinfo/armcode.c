// SPDX-License-Identifier: MIT
/* Which of the two instruction sets of arm code is of. */
#include <stdlib.h>

#include "armcode.h"
#include "error.h"
#include "symtab.h"

/* What is at hand while the symbols are read. */
struct survey {
	struct table *table;
	struct symtab symtab;
	struct window names;
	uint64_t *nearest; /* for each entry, the address of the mapping symbol that counts */
};

/* The letter of a mapping symbol, 0 for all others. */
static char mapping_letter(struct survey *survey, const struct symbol *symbol)
{
	const struct image_section *names = survey->symtab.names;
	const unsigned char *text;

	if (symbol->type != STT_NOTYPE || !symbol->defined || !names ||
	    !range_within(symbol->name, 3, names->size))
		return 0;
	text = window_get(&survey->names, names->offset + symbol->name, 3);
	if (!text || text[0] != '$' || (text[2] && text[2] != '.'))
		return 0;
	return (char)text[1];
}

/* A mapping symbol counts for the entries behind it, up to the next one. */
static void add_mapping(struct survey *survey, const struct symbol *symbol, char letter)
{
	size_t index = table_lower_bound(survey->table, symbol->value);
	struct entry *entry = &survey->table->entries[index];

	if (index == survey->table->n || (letter != 'a' && letter != 't' && letter != 'd') ||
	    (entry->arm_code && survey->nearest[index] > symbol->value))
		return;
	survey->nearest[index] = symbol->value;
	entry->arm_code = letter == 'a'	  ? ARM_CODE_A32
			  : letter == 't' ? ARM_CODE_THUMB
					  : ARM_CODE_DATA;
}

/* Several entries may stand behind one mapping symbol. */
static void spread_mappings(struct survey *survey)
{
	struct entry *entries = survey->table->entries;

	for (size_t i = 1; i < survey->table->n; i++) {
		if (!entries[i - 1].arm_code ||
		    (entries[i].arm_code && survey->nearest[i] >= survey->nearest[i - 1]))
			continue;
		survey->nearest[i] = survey->nearest[i - 1];
		entries[i].arm_code = entries[i - 1].arm_code;
	}
}

/*
 * The first entry from I on of which nothing is known.  NEAREST, not needed for mappings any
 * more, leads on from those that are: functions that overlap cost no more than others.
 */
static size_t next_unknown(struct survey *survey, size_t i)
{
	const struct table *table = survey->table;
	size_t end = i;

	while (end < table->n && table->entries[end].arm_code)
		end = survey->nearest[end];
	while (i < end) {
		size_t next = survey->nearest[i];

		survey->nearest[i] = end;
		i = next;
	}
	return end;
}

/* A function counts for the entries in it of which no mapping symbol tells. */
static void add_function(struct survey *survey, const struct symbol *symbol)
{
	struct table *table = survey->table;
	uint64_t start = symbol->value & ~(uint64_t)1;
	size_t i = next_unknown(survey, table_lower_bound(table, start));

	while (i < table->n && table->entries[i].start_ip - start < symbol->size) {
		table->entries[i].arm_code = symbol->value & 1 ? ARM_CODE_THUMB : ARM_CODE_A32;
		i = next_unknown(survey, i);
	}
}

static void read_symbols(struct survey *survey, bool functions)
{
	struct symbol symbol;

	for (size_t i = 0; i < survey->symtab.n; i++) {
		if (!symtab_get(&survey->symtab, i, &symbol))
			continue;
		if (!functions)
			add_mapping(survey, &symbol, mapping_letter(survey, &symbol));
		else if (symbol.type == STT_FUNC && symbol.defined)
			add_function(survey, &symbol);
	}
	if (!functions)
		spread_mappings(survey);
}

/* Give the entries of TABLE, at least one, the instruction sets that the symbols tell. */
static int read_tables(struct table *table, const struct elf_image *image, struct csinfo_err *err)
{
	struct survey survey = {.table = table, .names = {.file = &image->file}};

	survey.nearest = calloc(table->n, sizeof(*survey.nearest));
	if (!survey.nearest)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (int functions = 0; functions < 2; functions++) {
		for (size_t i = 0; functions && i < table->n; i++)
			survey.nearest[i] = i + 1;
		for (size_t i = 0; i < image->n_sections; i++) {
			const struct image_section *section = &image->sections[i];

			if (section->type != SHT_SYMTAB && section->type != SHT_DYNSYM)
				continue;
			symtab_open(&survey.symtab, image, section);
			read_symbols(&survey, functions);
		}
	}
	free(survey.nearest);
	return 0;
}

int armcode_assign(struct table *table, const struct elf_image *image, struct csinfo_err *err)
{
	return image->machine == EM_ARM && table->n ? read_tables(table, image, err) : 0;
}
