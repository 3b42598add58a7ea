// SPDX-License-Identifier: MIT
/* The function symbols around critical sections. */
#include <stdlib.h>

#include "error.h"
#include "symbols.h"
#include "symtab.h"

struct function {
	uint64_t start;
	uint64_t size;
	uint64_t name; /* offset in the string table */
};

/* The functions that hold at least one start_ip. */
struct functions {
	struct function *list;
	size_t n;
	size_t room;
	struct reader names;
};

static const struct image_section *find_symbols(const struct elf_image *image)
{
	const struct image_section *dynamic = NULL;

	for (size_t i = 0; i < image->n_sections; i++) {
		if (image->sections[i].type == SHT_SYMTAB)
			return &image->sections[i];
		if (image->sections[i].type == SHT_DYNSYM && !dynamic)
			dynamic = &image->sections[i];
	}
	return dynamic;
}

static bool holds_a_start(const struct table *table, uint64_t start, uint64_t size)
{
	size_t i = table_lower_bound(table, start);

	return i < table->n && table->entries[i].section.start_ip - start < size;
}

static int add_function(struct functions *functions, const struct symbol *symbol)
{
	if (functions->n == functions->room) {
		size_t room = functions->room ? 2 * functions->room : 64;
		struct function *list = realloc(functions->list, room * sizeof(*list));

		if (!list)
			return CSINFO_E_NOMEM;
		functions->list = list;
		functions->room = room;
	}
	functions->list[functions->n++] =
		(struct function){symbol->value, symbol->size, symbol->name};
	return 0;
}

/* Bits of st_other that say that a MIPS function is of 16-bit instructions. */
#define MIPS_OTHER_ISA 0xf0
#define MIPS_OTHER_MIPS16 0xf0
#define MIPS_OTHER_MICROMIPS 0x80

/* Whether bit 0 of SYMBOL's value says what instructions the function is made of. */
static bool has_mode_bit(const struct elf_image *image, const struct symbol *symbol)
{
	unsigned int isa = symbol->other & MIPS_OTHER_ISA;

	return image->machine == EM_ARM ||
	       (image->machine == EM_MIPS &&
		(isa == MIPS_OTHER_MIPS16 || (isa & 0xc0) == MIPS_OTHER_MICROMIPS));
}

/* Turn SYMBOL's value into where the function's code begins.  False when it can't be told. */
static bool find_code(const struct areas *areas, const struct elf_image *image,
		      struct symbol *symbol)
{
	const struct area *descriptors = areas_find(areas, AREA_FUNCTIONS, symbol->value);

	if (has_mode_bit(image, symbol))
		symbol->value &= ~(uint64_t)1;
	return !descriptors || reader_u64(&descriptors->reader,
					  symbol->value - descriptors->address, &symbol->value);
}

static bool is_function(const struct symbol *symbol)
{
	return symbol->type == STT_FUNC && symbol->defined && symbol->size;
}

static int collect(struct functions *functions, const struct table *table,
		   const struct areas *areas, const struct symtab *symtab)
{
	for (size_t i = 0; i < symtab->n; i++) {
		struct symbol symbol;
		int status = 0;

		if (symtab_get(symtab, i, &symbol) && is_function(&symbol) &&
		    find_code(areas, symtab->image, &symbol) &&
		    symbol.size <= UINT64_MAX - symbol.value &&
		    holds_a_start(table, symbol.value, symbol.size))
			status = add_function(functions, &symbol);
		if (status)
			return status;
	}
	return 0;
}

/* By start; of several at one address the widest first, so the narrowest wins. */
static int compare_functions(const void *left, const void *right)
{
	const struct function *a = left;
	const struct function *b = right;

	if (a->start != b->start)
		return a->start > b->start ? 1 : -1;
	return (a->size < b->size) - (a->size > b->size);
}

static void set_function(struct csinfo_section *section, const struct function *function,
			 const struct reader *names)
{
	section->func_start = function->start;
	section->func_size = function->size;
	section->func_name = reader_string(names, function->name);
}

/*
 * Walk entries and functions together.  The list below DEPTH serves as a stack of
 * the functions that have begun and may not have ended: starts only rise, so one
 * that has ended is never needed again.
 */
static void assign(struct table *table, struct functions *functions)
{
	struct function *stack = functions->list;
	size_t depth = 0;
	size_t next = 0;

	for (size_t i = 0; i < table->n; i++) {
		struct csinfo_section *section = &table->entries[i].section;

		while (next < functions->n && functions->list[next].start <= section->start_ip)
			stack[depth++] = functions->list[next++];
		while (depth && section->start_ip - stack[depth - 1].start >= stack[depth - 1].size)
			depth--;
		if (depth)
			set_function(section, &stack[depth - 1], &functions->names);
	}
}

int symbols_assign(struct table *table, const struct areas *areas, const struct elf_image *image,
		   struct csinfo_err *err)
{
	const struct image_section *symbols = find_symbols(image);
	struct functions functions = {0};
	struct symtab symtab;
	int status;

	if (!table->n || !symbols)
		return 0;
	symtab_open(&symtab, image, symbols);
	functions.names = symtab.names;
	status = collect(&functions, table, areas, &symtab);
	if (status)
		csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "out of memory");
	else if (functions.n)
		qsort(functions.list, functions.n, sizeof(*functions.list), compare_functions);
	if (!status)
		assign(table, &functions);
	free(functions.list);
	return status;
}
