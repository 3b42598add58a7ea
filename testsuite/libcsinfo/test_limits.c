// SPDX-License-Identifier: MIT
/*
 * Files made to ask for much: whatever they claim, opening them and looking things up is
 * work and memory in proportion to their size.  Each would take a quadratic algorithm far
 * beyond the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "test.h"
#include "work.h"

#define MANY 40000u
/* So many sections only are checked by lint, which decodes around each of them. */
#define FEW 200u

/* For each byte of the file; sorting costs a logarithm, which this has room for. */
#define STEPS_PER_BYTE 30u
#define MEMORY_PER_BYTE 16u
/* What libelf and the decoder need for the smallest file. */
#define STEPS_ANYWAY 2000000u
#define MEMORY_ANYWAY (512u << 10)
/* A look-up in a table of any size. */
#define STEPS_OF_LOOK_UP 200u
/* Decoding one section, in a function of some hundred bytes. */
#define STEPS_OF_FLOW 10000000u

/* Checking one section, which is short. */
#define STEPS_OF_LINT 250000u
/* A thousand findings of each check. */
#define MEMORY_OF_LINT (16u << 20)

/* The tables of a file, and what they are made from. */
struct tables {
	struct descriptor *descriptors;
	uint64_t *pointers;
	uint64_t (*exits)[2];
	Elf64_Sym *symbols;
	Elf64_Rela *relocations;
	size_t n;
	size_t n_exits;
	size_t n_symbols;
	size_t n_relocations;
	char *names;
	size_t names_size;
	unsigned char *code;
};

#define CODE_SIZE (1u << 20)
#define DATA_FAR 0x10000000u
#define POINTERS_FAR 0x20000000u
#define EXITS_FAR 0x30000000u

/* MANY good sections of 4 bytes, one behind the other, each with a pointer. */
static struct tables tables_good(void)
{
	struct tables tables = {
		.descriptors = calloc(MANY, sizeof(*tables.descriptors)),
		.pointers = calloc(MANY, sizeof(*tables.pointers)),
		.exits = calloc(MANY, sizeof(*tables.exits)),
		.symbols = calloc(MANY, sizeof(*tables.symbols)),
		.relocations = calloc(MANY, sizeof(*tables.relocations)),
		.n = MANY,
		.code = calloc(1, CODE_SIZE),
		.names = calloc(1, MANY),
		.names_size = 1,
	};

	memset(tables.code, 0x90, CODE_SIZE);
	for (size_t i = 0; i < MANY; i++) {
		tables.descriptors[i].start_ip = TEXT + 12 * i;
		tables.descriptors[i].post_commit_offset = 4;
		tables.descriptors[i].abort_ip = TEXT + CODE_SIZE / 2 + 12 * i;
		tables.pointers[i] = DATA_FAR + i * sizeof(*tables.descriptors);
	}
	return tables;
}

static void tables_free(struct tables *tables)
{
	free(tables->descriptors);
	free(tables->pointers);
	free(tables->exits);
	free(tables->symbols);
	free(tables->relocations);
	free(tables->names);
	free(tables->code);
}

static unsigned char *write_tables(const struct tables *tables, uint16_t type, size_t *size)
{
	struct elf_writer writer = {.type = type};
	const uint64_t data = SHF_ALLOC | SHF_WRITE;
	uint32_t symbols;

	elf_add(&writer, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, TEXT, tables->code,
		CODE_SIZE);
	elf_add(&writer, "__rseq_cs", SHT_PROGBITS, data, DATA_FAR, tables->descriptors,
		tables->n * sizeof(*tables->descriptors));
	elf_add(&writer, "__rseq_cs_ptr_array", SHT_PROGBITS, data, POINTERS_FAR, tables->pointers,
		tables->n * sizeof(*tables->pointers));
	elf_add(&writer, "__rseq_exit_point_array", SHT_PROGBITS, data, EXITS_FAR, tables->exits,
		tables->n_exits * sizeof(*tables->exits));
	elf_add(&writer, ".rela.dyn", SHT_RELA, SHF_ALLOC, 0x400000, tables->relocations,
		tables->n_relocations * sizeof(*tables->relocations));
	symbols = elf_add(&writer, ".symtab", SHT_SYMTAB, 0, 0, tables->symbols,
			  tables->n_symbols * sizeof(*tables->symbols));
	writer.sections[symbols - 1].link = symbols + 1;
	elf_add(&writer, ".strtab", SHT_STRTAB, 0, 0, tables->names, tables->names_size);
	return elf_write(&writer, size);
}

/* Open BYTES within the limits.  NULL when it can't be opened, which is as good. */
static struct csinfo *open_within_limits(const char *what, const unsigned char *bytes, size_t size)
{
	struct csinfo *handle = NULL;

	work_start(what, STEPS_ANYWAY + (uint64_t)STEPS_PER_BYTE * size);
	csinfo_open_memory(bytes, size, &handle, NULL);
	if (!CHECK(work_memory() <= MEMORY_ANYWAY + MEMORY_PER_BYTE * size))
		CHECK(!what);
	return handle;
}

/* Look up each section's first address and the one behind it, and its fields. */
static void look_up_all(const char *what, const struct csinfo *handle)
{
	size_t n = csinfo_count(handle);

	work_start(what, (n + 1) * 8 * STEPS_OF_LOOK_UP);
	for (size_t i = 0; i < n; i++) {
		struct csinfo_section section = {.size = sizeof(section)};
		uint64_t address;
		size_t index;

		CHECK_EQUAL(csinfo_get(handle, i, &section), 0);
		csinfo_find(handle, section.start_ip, &index);
		csinfo_find(handle, section.commit_ip, &index);
		csinfo_find(handle, section.commit_ip - 1, &index);
		csinfo_exit_point(handle, i, section.n_exits - 1, &address);
	}
}

/* Decode a first, a middle and a last section: each is the same work in a file of any size. */
static void decode_some(const char *what, const struct csinfo *handle)
{
	size_t n = csinfo_count(handle);
	size_t some[3] = {0, n / 2, n - 1};

	for (size_t i = 0; n && i < 3; i++) {
		struct csinfo_flow *flow = NULL;

		work_start(what, STEPS_OF_FLOW + STEPS_OF_LOOK_UP * n);
		csinfo_flow_open(handle, some[i], &flow, NULL);
		csinfo_flow_free(flow);
	}
}

/* The checks that OPTIONS have of the file BYTES, within LIMIT steps. */
static void lint(const char *what, const unsigned char *bytes, size_t size,
		 const struct csinfo_lint_options *options, uint64_t limit)
{
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;

	csinfo_open_memory(bytes, size, &handle, NULL);
	work_start(what, limit);
	CHECK_EQUAL(csinfo_lint_open(handle, options, &lint, NULL), 0);
	if (!CHECK(work_memory() <= MEMORY_OF_LINT + MEMORY_PER_BYTE * size))
		CHECK(!what);
	csinfo_lint_free(lint);
	csinfo_close(handle);
}

/* The checks that look at no code. */
static void lint_tables(const char *what, const unsigned char *bytes, size_t size)
{
	const char *const some[] = {"-all", "section-overlap", "exit-inside-section"};
	const struct csinfo_lint_options options = {sizeof(options), some, 3};

	lint(what, bytes, size, &options, STEPS_ANYWAY + (uint64_t)STEPS_PER_BYTE * size);
}

/*
 * All checks, of the first sections among tables as large as before.  (Sections that each
 * hold much code are decoded up to a limit of 32 MiB: that would take too long here.)
 */
static void lint_few(const char *what, struct tables *tables, uint16_t type)
{
	const char *const all[] = {"all"};
	const struct csinfo_lint_options options = {sizeof(options), all, 1};
	unsigned char *bytes;
	size_t size;

	tables->n = FEW;
	bytes = write_tables(tables, type, &size);
	lint(what, bytes, size, &options,
	     STEPS_ANYWAY + (uint64_t)STEPS_PER_BYTE * size + (uint64_t)STEPS_OF_LINT * FEW);
	free(bytes);
}

static void check(const char *what, struct tables *tables, uint16_t type, size_t expected)
{
	struct csinfo *handle;
	size_t size;
	unsigned char *bytes = write_tables(tables, type, &size);

	handle = open_within_limits(what, bytes, size);
	if (!CHECK(csinfo_count(handle) == expected))
		CHECK(!what);
	look_up_all(what, handle);
	decode_some(what, handle);
	csinfo_close(handle);
	lint_tables(what, bytes, size);
	free(bytes);
	lint_few(what, tables, type);
	tables_free(tables);
}

static void test_good(void)
{
	struct tables tables = tables_good();

	check("good", &tables, ET_EXEC, MANY);
}

/* Each inside the one before; in the file they are in the opposite order. */
static void test_nested(void)
{
	struct tables tables = tables_good();

	for (size_t i = 0; i < MANY; i++) {
		tables.descriptors[i].start_ip = TEXT + MANY - i;
		tables.descriptors[i].post_commit_offset = 1 + 2 * i;
	}
	check("nested", &tables, ET_EXEC, MANY);
}

/* One that holds all the others, of which none reaches far. */
static void test_one_around_all(void)
{
	struct tables tables = tables_good();

	tables.descriptors[0].post_commit_offset = 12 * MANY;
	check("one around all", &tables, ET_EXEC, MANY);
}

/* All start at one place, and so do all the exit points. */
static void test_one_start(void)
{
	struct tables tables = tables_good();

	tables.n_exits = MANY;
	for (size_t i = 0; i < MANY; i++) {
		tables.descriptors[i].start_ip = TEXT + 64;
		tables.exits[i][0] = TEXT + 64;
		tables.exits[i][1] = TEXT + 1000 + MANY - i;
	}
	check("one start", &tables, ET_EXEC, MANY);
}

static void test_one_descriptor(void)
{
	struct tables tables = tables_good();

	for (size_t i = 0; i < MANY; i++)
		tables.pointers[i] = DATA_FAR;
	check("one descriptor", &tables, ET_EXEC, 2 * MANY - 1);
}

static void test_one_word_relocated(void)
{
	struct tables tables = tables_good();

	tables.n_relocations = MANY;
	for (size_t i = 0; i < MANY; i++)
		tables.relocations[i] = (Elf64_Rela){DATA_FAR + 8, R_X86_64_RELATIVE, TEXT};
	check("one word relocated", &tables, ET_DYN, MANY);
}

/* Slots in the opposite order, each of which holds a descriptor's address. */
static void test_slots(void)
{
	struct tables tables = tables_good();

	tables.n_relocations = MANY;
	for (size_t i = 0; i < MANY; i++)
		tables.relocations[i] =
			(Elf64_Rela){TEXT + CODE_SIZE - 8 * i, R_X86_64_RELATIVE, DATA_FAR};
	check("slots", &tables, ET_DYN, MANY);
}

/* Functions that hold each other, and share the end of one long name. */
static void test_symbols(void)
{
	struct tables tables = tables_good();
	const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);

	tables.n_symbols = MANY;
	tables.names_size = MANY;
	memset(tables.names, 'x', MANY - 1);
	for (size_t i = 0; i < MANY; i++)
		tables.symbols[i] = (Elf64_Sym){
			(Elf64_Word)(MANY - 1 - i), info, 0, 1, TEXT + MANY - i, 12 * MANY};
	check("symbols", &tables, ET_EXEC, MANY);
}

/* Names that end nowhere. */
static void test_endless_names(void)
{
	struct tables tables = tables_good();
	const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);

	tables.n_symbols = MANY;
	tables.names_size = MANY;
	memset(tables.names, 'x', MANY);
	for (size_t i = 0; i < MANY; i++)
		tables.symbols[i] = (Elf64_Sym){(Elf64_Word)i, info, 0, 1, TEXT + 12 * i, 12};
	check("endless names", &tables, ET_EXEC, MANY);
}

/* Many branches to STORE, and sections that start behind it without number. */
static void test_gates(void)
{
	static const unsigned char store[] = {0x48, 0xc7, 0xc0, 0x00, 0x00, 0x00, 0x10, 0x64,
					      0x48, 0x89, 0x04, 0x25, 0x08, 0x00, 0x00, 0x00};
	const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
	struct tables tables = tables_good();

	for (unsigned int at = 0x20000 - 120; at < 0x20000; at += 2) {
		tables.code[at] = 0x74; /* je STORE */
		tables.code[at + 1] = (unsigned char)(0x20007 - (at + 2));
	}
	memcpy(tables.code + 0x20000, store, sizeof(store));
	for (size_t i = 0; i < MANY; i++)
		tables.descriptors[i].start_ip = TEXT + 0x20010;
	tables.n_symbols = 2;
	tables.symbols[1] = (Elf64_Sym){0, info, 0, 1, TEXT + 0x1ff00, 0x200};
	check("gates", &tables, ET_EXEC, MANY);
}

/* COUNT section headers, each for what PICK makes it. */
static void check_headers(const char *what, unsigned int count,
			  void (*pick)(Elf64_Shdr *header, unsigned int number))
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;
	unsigned char *bytes;
	Elf64_Shdr *headers;
	Elf64_Shdr names;
	size_t size;

	scenario_write(&scenario);
	size = scenario.size + count * sizeof(Elf64_Shdr);
	bytes = calloc(1, size);
	memcpy(bytes, scenario.bytes, scenario.size);
	headers = elf_section_header(bytes, 0);
	names = headers[elf_header(bytes)->e_shstrndx];
	/* Any string of the table of names serves; that of section 2 is "__rseq_cs". */
	for (unsigned int i = 1; i < count; i++) {
		headers[i] = headers[2];
		pick(&headers[i], i);
	}
	headers[1] = names;
	elf_header(bytes)->e_shstrndx = 1;
	elf_header(bytes)->e_shnum = (Elf64_Half)(count < SHN_LORESERVE ? count : 0);
	headers[0].sh_size = count;
	handle = open_within_limits(what, bytes, size);
	look_up_all(what, handle);
	csinfo_close(handle);
	free(bytes);
	scenario_free(&scenario);
}

static void same_section(Elf64_Shdr *header, unsigned int number)
{
	(void)header;
	(void)number;
}

/* Disjoint in memory, the same bytes of the file. */
static void same_bytes(Elf64_Shdr *header, unsigned int number)
{
	header->sh_addr += 32ull * number;
	header->sh_size = 32;
}

static void downwards(Elf64_Shdr *header, unsigned int number)
{
	header->sh_addr -= 32ull * number;
	header->sh_size = 1;
}

/* Each a symbol table for the next one's relocations. */
static void relocations(Elf64_Shdr *header, unsigned int number)
{
	if (number < 4)
		return;
	header->sh_type = number & 1 ? SHT_RELA : SHT_SYMTAB;
	header->sh_size = number & 1 ? 24 : 48;
	header->sh_link = number & 1 ? number + 1 : number - 1;
}

static void test_headers(void)
{
	check_headers("same section", 60000, same_section);
	check_headers("same bytes", 60000, same_bytes);
	check_headers("downwards", 60000, downwards);
	check_headers("relocations", 60000, relocations);
	check_headers("extended", 100000, downwards);
}

void test_limits(void)
{
	test_good();
	test_nested();
	test_one_around_all();
	test_one_start();
	test_one_descriptor();
	test_one_word_relocated();
	test_slots();
	test_symbols();
	test_endless_names();
	test_gates();
	test_headers();
	work_start("the other tests", UINT64_MAX);
}
