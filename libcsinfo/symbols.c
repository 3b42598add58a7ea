// SPDX-License-Identifier: MIT
/* The function symbols around critical sections. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "sort.h"
#include "symbols.h"
#include "symtab.h"

struct function {
	uint64_t start;
	uint64_t size;
	uint64_t name; /* offset in the string table, then in table.names */
};

/* The functions that hold at least one start_ip. */
struct functions {
	struct function *list;
	size_t n;
	size_t room;
};

#define NO_NAME UINT64_MAX
/* The end of a name is looked for in steps of so many bytes. */
#define NAME_CHUNK 64u

/* A copy of those parts of a string table that are names of functions. */
struct names {
	struct window window;
	const struct image_section *section;
	char *bytes;
	size_t n;
	size_t room;
	uint64_t end; /* in the string table, of the last name */
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
		   const struct areas *areas, struct symtab *symtab)
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

static int compare_names(const void *left, const void *right)
{
	const struct function *a = left;
	const struct function *b = right;

	return (a->name > b->name) - (a->name < b->name);
}

static int append(struct names *names, const unsigned char *bytes, size_t length)
{
	if (length > names->room - names->n) {
		size_t room = 2 * (names->room + length);
		char *larger = realloc(names->bytes, room);

		if (!larger)
			return CSINFO_E_NOMEM;
		names->bytes = larger;
		names->room = room;
	}
	memcpy(names->bytes + names->n, bytes, length);
	names->n += length;
	names->end += length;
	return 0;
}

/* Append the string at OFFSET with its NUL; *FOUND says whether it has one. */
static int append_string(struct names *names, uint64_t offset, bool *found)
{
	const struct image_section *section = names->section;

	*found = false;
	for (names->end = offset; names->end < section->size && !*found;) {
		uint64_t left = section->size - names->end;
		size_t length = left < NAME_CHUNK ? left : NAME_CHUNK;
		const unsigned char *bytes =
			window_get(&names->window, section->offset + names->end, length);
		const unsigned char *nul = bytes ? memchr(bytes, 0, length) : NULL;

		if (!bytes)
			return CSINFO_E_IO;
		*found = nul != NULL;
		if (append(names, bytes, nul ? (size_t)(nul - bytes) + 1 : length))
			return CSINFO_E_NOMEM;
	}
	return 0;
}

/*
 * Copy the names of FUNCTIONS.  In order of their offsets each byte of the table is copied
 * once, however many names share it: a linker lets "b" begin inside "a_b".
 */
static int copy_names(struct functions *functions, struct names *names)
{
	if (names->section)
		sort_records(functions->list, functions->n, sizeof(*functions->list),
			     compare_names);
	for (size_t i = 0; i < functions->n; i++) {
		struct function *function = &functions->list[i];
		bool found = function->name < names->end;
		int status = 0;

		if (names->section && !found)
			status = append_string(names, function->name, &found);
		if (status)
			return status;
		if (!found) { /* nor will what begins further on have an end */
			names->section = NULL;
			names->end = 0;
		}
		function->name = found ? names->n - (names->end - function->name) : NO_NAME;
	}
	return 0;
}

static void set_function(struct csinfo_section *section, const struct function *function,
			 const char *names)
{
	section->func_start = function->start;
	section->func_size = function->size;
	section->func_name = function->name == NO_NAME ? NULL : names + function->name;
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
			set_function(section, &stack[depth - 1], table->names);
	}
}

/* Take all functions away. */
static void forget(struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		struct csinfo_section *section = &table->entries[i].section;

		section->func_start = 0;
		section->func_size = 0;
		section->func_name = NULL;
	}
	free(table->names);
	table->names = NULL;
}

int symbols_assign(struct table *table, const struct areas *areas, const struct elf_image *image,
		   struct csinfo_err *err)
{
	const struct image_section *symbols = find_symbols(image);
	struct functions functions = {0};
	struct names names = {.window = {.file = &image->file}};
	struct symtab symtab;
	int status;

	if (!table->n || !symbols)
		return 0;
	symtab_open(&symtab, image, symbols);
	names.section = symtab.names;
	forget(table);
	status = collect(&functions, table, areas, &symtab);
	if (!status)
		status = copy_names(&functions, &names);
	table->names = names.bytes;
	if (status)
		csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "%s", csinfo_strerror(status));
	else
		sort_records(functions.list, functions.n, sizeof(*functions.list),
			     compare_functions);
	if (!status)
		assign(table, &functions);
	free(functions.list);
	return status;
}
