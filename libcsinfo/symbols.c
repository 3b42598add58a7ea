// SPDX-License-Identifier: MIT
/* The function symbols around critical sections. */
#include <stdlib.h>

#include "error.h"
#include "symbols.h"

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

static int add_function(struct functions *functions, const GElf_Sym *symbol)
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
		(struct function){symbol->st_value, symbol->st_size, symbol->st_name};
	return 0;
}

static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_size && symbol->st_size <= UINT64_MAX - symbol->st_value;
}

static int collect(struct functions *functions, const struct table *table, Elf_Data *data)
{
	size_t count = data->d_size / sizeof(Elf64_Sym);

	for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
		GElf_Sym symbol;
		int status = 0;

		if (gelf_getsym(data, (int)i, &symbol) && is_function(&symbol) &&
		    holds_a_start(table, symbol.st_value, symbol.st_size))
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

static struct reader string_table(const struct elf_image *image, size_t index)
{
	struct reader names = {0};

	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].index == index && image->sections[i].type == SHT_STRTAB)
			elf_image_section_reader(image, &image->sections[i], &names, NULL);
	return names;
}

int symbols_assign(struct table *table, const struct elf_image *image, struct csinfo_err *err)
{
	const struct image_section *symbols = find_symbols(image);
	struct functions functions = {0};
	Elf_Data *data = NULL;
	int status = 0;

	if (!table->n)
		return 0;
	if (symbols)
		data = elf_getdata(elf_getscn(image->elf, symbols->index), NULL);
	if (!data || data->d_type != ELF_T_SYM)
		return 0;
	functions.names = string_table(image, symbols->link);
	status = collect(&functions, table, data);
	if (status)
		csinfo_fail(err, status, NULL, CSINFO_NO_ADDRESS, "out of memory");
	else if (functions.n)
		qsort(functions.list, functions.n, sizeof(*functions.list), compare_functions);
	if (!status)
		assign(table, &functions);
	free(functions.list);
	return status;
}
