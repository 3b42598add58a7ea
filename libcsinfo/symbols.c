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
	uint64_t name; /* offset in the string table, then in functions.names */
};

struct functions {
	char *names;
	struct function of[]; /* each entry; of size 0 where there is none */
};

/* The functions that hold at least one start_ip. */
struct collection {
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

	return i < table->n && table->entries[i].start_ip - start < size;
}

static int add_function(struct collection *functions, const struct symbol *symbol)
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

static int collect(struct collection *functions, const struct table *table,
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
static int copy_names(struct collection *functions, struct names *names)
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

/*
 * Walk entries and functions together.  The list below DEPTH serves as a stack of
 * the functions that have begun and may not have ended: starts only rise, so one
 * that has ended is never needed again.
 */
static void assign(struct functions *out, const struct table *table, struct collection *functions)
{
	struct function *stack = functions->list;
	size_t depth = 0;
	size_t next = 0;

	for (size_t i = 0; i < table->n; i++) {
		uint64_t start_ip = table->entries[i].start_ip;

		while (next < functions->n && functions->list[next].start <= start_ip)
			stack[depth++] = functions->list[next++];
		while (depth && start_ip - stack[depth - 1].start >= stack[depth - 1].size)
			depth--;
		if (depth)
			out->of[i] = stack[depth - 1];
	}
}

/* Find the functions of SYMBOLS, a symbol table, and copy their names. */
static int read_functions(struct functions *out, const struct table *table,
			  const struct areas *areas, const struct elf_image *image,
			  const struct image_section *symbols)
{
	struct names names = {.window = {.file = &image->file}};
	struct collection functions = {0};
	struct symtab symtab;
	int status;

	symtab_open(&symtab, image, symbols);
	names.section = symtab.names;
	status = collect(&functions, table, areas, &symtab);
	if (!status)
		status = copy_names(&functions, &names);
	out->names = names.bytes;
	if (!status) {
		sort_records(functions.list, functions.n, sizeof(*functions.list),
			     compare_functions);
		assign(out, table, &functions);
	}
	free(functions.list);
	return status;
}

int functions_open(struct functions **out, const struct table *table, const struct areas *areas,
		   const struct elf_image *image, struct csinfo_err *err)
{
	const struct image_section *symbols = find_symbols(image);
	struct functions *functions =
		calloc(1, sizeof(*functions) + table->n * sizeof(*functions->of));
	int status = functions ? 0 : CSINFO_E_NOMEM;

	if (functions && symbols)
		status = read_functions(functions, table, areas, image, symbols);
	if (status) {
		functions_free(functions);
		return csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "%s",
				   csinfo_strerror(status));
	}
	*out = functions;
	return 0;
}

void functions_free(struct functions *functions)
{
	if (functions)
		free(functions->names);
	free(functions);
}

void functions_describe(const struct functions *functions, size_t index,
			struct csinfo_section *section)
{
	const struct function *function = &functions->of[index];

	if (!function->size)
		return;
	section->func_start = function->start;
	section->func_size = function->size;
	if (function->name != NO_NAME)
		section->func_name = functions->names + function->name;
}
