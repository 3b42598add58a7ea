// SPDX-License-Identifier: MIT
/* table.c and symbols.c: what is read from tables that are right, or nearly so. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "table.h"
#include "test.h"

/* The section INDEX of HANDLE; zeroes when there is none. */
static struct csinfo_section get(const struct csinfo *handle, size_t index)
{
	struct csinfo_section section = {.size = sizeof(section)};

	CHECK_EQUAL(csinfo_get(handle, index, &section), 0);
	return section;
}

static struct csinfo *open_good(struct scenario *scenario)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;

	if (!CHECK(scenario_open(scenario, &handle, &err) == 0))
		CHECK(!err.message);
	return handle;
}

static void test_one_section(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = open_good(&scenario);
	struct csinfo_section section = get(handle, 0);
	uint64_t exit_ip = 0;
	size_t index = 9;

	CHECK_EQUAL(csinfo_count(handle), 1);
	CHECK_EQUAL(csinfo_machine(handle), EM_X86_64);
	CHECK_EQUAL(section.descriptor, DATA);
	CHECK_EQUAL(section.start_ip, CODE_START);
	CHECK_EQUAL(section.commit_ip, CODE_COMMIT);
	CHECK_EQUAL(section.abort_ip, CODE_ABORT);
	CHECK_EQUAL(section.signature, 0x53053053);
	CHECK_EQUAL(section.marks, 0);
	CHECK_EQUAL(section.n_exits, 1);
	CHECK(!section.func_name);
	CHECK_EQUAL(csinfo_exit_point(handle, 0, 0, &exit_ip), 0);
	CHECK_EQUAL(exit_ip, CODE_EXIT);
	CHECK_EQUAL(csinfo_exit_point(handle, 0, 1, &exit_ip), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_exit_point(handle, 1, 0, &exit_ip), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_get(handle, 1, &section), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_find(handle, CODE_START, &index), 0);
	CHECK_EQUAL(index, 0);
	CHECK_EQUAL(csinfo_find(handle, CODE_COMMIT - 1, &index), 0);
	CHECK_EQUAL(csinfo_find(handle, CODE_COMMIT, &index), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_find(handle, CODE_START - 1, &index), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_find(handle, UINT64_MAX, &index), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_remark_count(handle), 0);
	csinfo_close(handle);
}

/* The marks of the one section, when CHANGE has been made to its descriptor. */
static uint32_t marks_of(struct descriptor descriptor)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;
	uint32_t marks;

	scenario.descriptors[0] = descriptor;
	handle = open_good(&scenario);
	marks = get(handle, 0).marks;
	csinfo_close(handle);
	return marks;
}

static void test_marks(void)
{
	const struct descriptor good = scenario_good().descriptors[0];
	struct descriptor bad = good;

	bad.version = 1;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_VERSION);
	bad = good;
	bad.flags = 4;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_FLAGS);
	bad = good;
	bad.post_commit_offset = 0;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_EMPTY);
	bad = good;
	bad.post_commit_offset = -bad.start_ip;
	CHECK(marks_of(bad) & CSINFO_MARK_WRAPS);
	CHECK(marks_of(bad) & CSINFO_MARK_NOT_CODE);
	bad = good;
	bad.abort_ip = bad.start_ip;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_ABORT_INSIDE);
	bad = good;
	bad.start_ip = DATA;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_NOT_CODE);
	bad = good;
	bad.post_commit_offset = 49; /* one byte past .text; the abort handler is inside */
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_NOT_CODE | CSINFO_MARK_ABORT_INSIDE);
	bad = good;
	bad.abort_ip = 2;
	CHECK_EQUAL(marks_of(bad), CSINFO_MARK_NO_SIGNATURE);
}

static void test_misaligned(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.data_address = DATA + 8;
	scenario.pointers[0] = DATA + 8;
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 1);
	CHECK_EQUAL(get(handle, 0).marks, CSINFO_MARK_MISALIGNED);
	CHECK_EQUAL(get(handle, 0).start_ip, CODE_START);
	csinfo_close(handle);
}

/* Without pointers the descriptors are found by their alignment, padding apart. */
static void test_no_pointers(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.pointers_size = 0;
	scenario.descriptors[2] = scenario.descriptors[0];
	scenario.descriptors_size = 3 * sizeof(struct descriptor);
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 2);
	CHECK_EQUAL(get(handle, 0).descriptor, DATA);
	CHECK_EQUAL(get(handle, 1).descriptor, DATA + 64);
	CHECK_EQUAL(get(handle, 1).n_exits, 1);
	csinfo_close(handle);
}

/* A table that begins between two places where a descriptor may stand. */
static void test_late_alignment(void)
{
	struct scenario scenario = scenario_good();
	struct descriptor good = scenario.descriptors[0];
	struct csinfo *handle;

	scenario.pointers_size = 0;
	scenario.data_address = DATA + 8;
	scenario.descriptors[0] = (struct descriptor){0};
	memcpy((char *)scenario.descriptors + 24, &good, sizeof(good));
	scenario.descriptors_size = 24 + sizeof(good);
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 1);
	CHECK_EQUAL(get(handle, 0).descriptor, DATA + 32);
	CHECK_EQUAL(get(handle, 0).marks, 0);
	csinfo_close(handle);
}

/* Old code without a pointer, linked with new code that has one. */
static void test_mixed(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.descriptors[1] = scenario.descriptors[0];
	scenario.descriptors[1].start_ip = TEXT;
	scenario.descriptors_size = 2 * sizeof(struct descriptor);
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 2);
	CHECK_EQUAL(get(handle, 0).descriptor, DATA + 32);
	csinfo_close(handle);
}

static void test_duplicate(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.pointers[1] = DATA;
	scenario.pointers_size = 16;
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 2);
	CHECK_EQUAL(get(handle, 0).marks, CSINFO_MARK_DUPLICATE);
	CHECK_EQUAL(get(handle, 1).marks, CSINFO_MARK_DUPLICATE);
	csinfo_close(handle);
}

#define FAR_ENTRIES 50u

/* The entry that table_find() has to find, or TABLE->n. */
static size_t find_slowly(const struct table *table, uint64_t pc)
{
	size_t found = table->n;

	for (size_t i = 0; i < table->n; i++) {
		const struct entry *entry = &table->entries[i];

		if (!(entry->marks & CSINFO_MARK_WRAPS) &&
		    pc - entry->start_ip < entry->post_commit_offset && pc >= entry->start_ip)
			found = i;
	}
	return found;
}

/* Sections of any length and distance; with OVERLAP some reach into the next ones. */
static void test_far(bool overlap)
{
	static const uint64_t steps[] = {16, 0x100000005, 0x80000000,	 0x100000000,
					 8,  UINT32_MAX,  UINT32_MAX - 1};
	struct entry entries[FAR_ENTRIES] = {{.start_ip = 0x1000}};
	struct table table = {.entries = entries, .n = FAR_ENTRIES};
	bool found_right = true;

	for (size_t i = 0; i < FAR_ENTRIES; i++) {
		uint64_t step = steps[i % (sizeof(steps) / sizeof(*steps))];

		if (i + 1 < FAR_ENTRIES)
			entries[i + 1].start_ip = entries[i].start_ip + step;
		entries[i].post_commit_offset = overlap && i % 5 == 0 ? 3 * step : step - i % 3;
	}
	entries[FAR_ENTRIES - 2].start_ip = UINT64_MAX - 100;
	entries[FAR_ENTRIES - 2].post_commit_offset = 5;
	entries[FAR_ENTRIES - 1].start_ip = UINT64_MAX - 10;
	entries[FAR_ENTRIES - 1].post_commit_offset = 20;
	entries[FAR_ENTRIES - 1].marks = CSINFO_MARK_WRAPS;
	CHECK_EQUAL(table_index(&table, NULL), 0);
	for (size_t i = 0; i < FAR_ENTRIES; i++)
		for (int at = -3; at < 6; at++) {
			uint64_t pc =
				(at < 2 ? entries[i].start_ip
					: entries[i].start_ip + entries[i].post_commit_offset - 4) +
				(uint64_t)at;
			size_t index = table.n;

			if (!table_find(&table, pc, &index))
				index = table.n;
			found_right &= index == find_slowly(&table, pc);
		}
	CHECK(found_right);
	free(table.blocks);
	free(table.starts);
	free(table.ends);
	free(table.aborts);
}

/* Of segments that overlap, the one that starts last has an address. */
static void test_segments(void)
{
	struct image_segment segments[] = {
		{.address = 0x1000, .file_size = 0x1000},
		{.address = 0x1800, .file_size = 0x100},
	};
	struct elf_image image = {.segments = segments, .n_segments = 2};

	for (uint64_t address = 0xf00; address < 0x2100; address += 0x80) {
		const struct image_segment *segment = elf_image_segment(&image, address);

		for (size_t i = 0; i < 2; i++)
			if (elf_image_is_in(&image, &segments[i], address))
				CHECK(segment == &segments[i]);
	}
	CHECK(elf_image_is_in(&image, &segments[0], 0x17ff));
	CHECK(elf_image_is_in(&image, &segments[1], 0x18ff));
}

/* Sections inside each other: find gives the one that starts last. */
static void test_overlap(void)
{
	static const uint64_t ranges[][2] = {{0, 40}, {4, 4}, {4, 8}, {20, 2}};
	struct scenario scenario = scenario_good();
	struct csinfo *handle;
	size_t index = 9;

	scenario.pointers_size = 0;
	scenario.descriptors_size = 4 * sizeof(struct descriptor);
	for (size_t i = 0; i < 4; i++)
		scenario.descriptors[3 - i] = (struct descriptor){0, 0, TEXT + ranges[i][0],
								  ranges[i][1], CODE_ABORT + 16};
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_count(handle), 4);
	CHECK(!csinfo_find(handle, TEXT + 3, &index) && index == 0);
	CHECK(!csinfo_find(handle, TEXT + 4, &index) && index == 2);
	CHECK(!csinfo_find(handle, TEXT + 11, &index) && index == 2);
	CHECK(!csinfo_find(handle, TEXT + 12, &index) && index == 0);
	CHECK(!csinfo_find(handle, TEXT + 21, &index) && index == 3);
	CHECK(!csinfo_find(handle, TEXT + 39, &index) && index == 0);
	CHECK_EQUAL(csinfo_find(handle, TEXT + 40, &index), CSINFO_E_NOT_FOUND);
	csinfo_close(handle);
}

static void test_get_many(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo_section many[3];
	struct {
		size_t size;
		uint64_t descriptor;
	} narrow[2] = {{0, 0}, {0x5555, 0x5555}};
	struct csinfo *handle;

	scenario.pointers[1] = DATA;
	scenario.pointers_size = 16;
	handle = open_good(&scenario);
	CHECK_EQUAL(csinfo_get_many(handle, 0, 2, many, sizeof(*many)), 0);
	CHECK_EQUAL(many[1].abort_ip, CODE_ABORT);
	CHECK_EQUAL(many[1].size, sizeof(*many));
	CHECK_EQUAL(csinfo_get_many(handle, 1, 1, narrow, sizeof(*narrow)), 0);
	CHECK_EQUAL(narrow[0].descriptor, DATA);
	CHECK_EQUAL(narrow[1].descriptor, 0x5555);
	CHECK_EQUAL(csinfo_get_many(handle, 0, 3, many, sizeof(*many)), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_get_many(handle, SIZE_MAX, 2, many, sizeof(*many)), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_get_many(handle, 0, 2, many, 4), CSINFO_E_ARGUMENT);
	csinfo_close(handle);
}

static Elf64_Sym function(uint32_t name, uint64_t start, uint64_t size)
{
	return (Elf64_Sym){name, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, start, size};
}

/* The innermost function that holds start_ip; not one that ends before it. */
static void test_functions(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.symbols[1] = function(1, TEXT, 64);
	scenario.symbols[2] = function(5, CODE_START - 4, 8);
	scenario.symbols[3] = function(5, CODE_START - 2, 2);
	scenario.symbols[4] = function(5, CODE_START - 2, UINT64_MAX);
	scenario.symbols_size = 5 * sizeof(Elf64_Sym);
	handle = open_good(&scenario);
	CHECK_EQUAL(get(handle, 0).func_start, CODE_START - 4);
	CHECK_EQUAL(get(handle, 0).func_size, 8);
	CHECK(get(handle, 0).func_name && !strcmp(get(handle, 0).func_name, "two"));
	csinfo_close(handle);
	scenario.symbols[2].st_size = 4;
	handle = open_good(&scenario);
	CHECK(get(handle, 0).func_name && !strcmp(get(handle, 0).func_name, "one"));
	csinfo_close(handle);
}

/* A function that has ended gives way to the one around it. */
static void test_function_in_function(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;

	scenario.pointers_size = 0;
	scenario.descriptors[1] = scenario.descriptors[0];
	scenario.descriptors[1].start_ip = TEXT + 4;
	scenario.descriptors_size = 2 * sizeof(struct descriptor);
	scenario.symbols[1] = function(1, TEXT, 64);
	scenario.symbols[2] = function(5, TEXT + 2, 8);
	scenario.symbols_size = 3 * sizeof(Elf64_Sym);
	handle = open_good(&scenario);
	CHECK_EQUAL(get(handle, 0).func_start, TEXT + 2);
	CHECK_EQUAL(get(handle, 1).func_start, TEXT);
	csinfo_close(handle);
}

static void test_no_tables(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle;
	size_t index = 9;

	scenario.descriptors_size = 0;
	scenario.pointers_size = 0;
	scenario.exits_size = 0;
	handle = open_good(&scenario);
	CHECK(handle != NULL);
	CHECK_EQUAL(csinfo_count(handle), 0);
	CHECK_EQUAL(csinfo_find(handle, CODE_START, &index), CSINFO_E_NOT_FOUND);
	csinfo_close(handle);
}

static void test_place(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = open_good(&scenario);
	struct csinfo_place place = {.size = sizeof(place)};

	CHECK_EQUAL(csinfo_place(handle, CODE_START, &place), 0);
	CHECK(!strcmp(place.section, ".text"));
	CHECK_EQUAL(place.index, 1);
	CHECK_EQUAL(place.offset, CODE_START - TEXT);
	CHECK_EQUAL(place.section_size, 64);
	CHECK_EQUAL(place.section_flags, SHF_ALLOC | SHF_EXECINSTR);
	CHECK_EQUAL(place.file_offset, scenario.text_offset + CODE_START - TEXT);
	CHECK_EQUAL(csinfo_place(handle, DATA + 31, &place), 0);
	CHECK(!strcmp(place.section, "__rseq_cs"));
	CHECK_EQUAL(csinfo_place(handle, DATA + 32, &place), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_place(handle, TEXT - 1, &place), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_place(handle, UINT64_MAX, &place), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_place(handle, CODE_START, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_place(NULL, CODE_START, &place), CSINFO_E_ARGUMENT);
	csinfo_close(handle);
}

/* .bss has addresses and no bytes; the addresses of .tbss are those of what follows. */
static void test_place_without_bytes(void)
{
	struct elf_writer writer = {.type = ET_EXEC};
	struct csinfo_place place = {.size = sizeof(place)};
	struct csinfo *handle = NULL;
	unsigned char *bytes;
	size_t size;

	elf_add(&writer, ".bss", SHT_NOBITS, SHF_ALLOC, DATA, "", 0);
	elf_add(&writer, ".tbss", SHT_NOBITS, SHF_ALLOC | SHF_TLS, DATA, "", 0);
	bytes = elf_write(&writer, &size);
	elf_section_header(bytes, 1)->sh_size = 0x400;
	elf_section_header(bytes, 2)->sh_size = 0x800;
	CHECK_EQUAL(csinfo_open_memory(bytes, size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_place(handle, DATA + 0x3ff, &place), 0);
	CHECK(!strcmp(place.section, ".bss"));
	CHECK_EQUAL(place.file_offset, CSINFO_NO_ADDRESS);
	CHECK_EQUAL(csinfo_place(handle, DATA + 0x400, &place), CSINFO_E_NOT_FOUND);
	csinfo_close(handle);
	free(bytes);
}

static void test_read(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = open_good(&scenario);
	unsigned char bytes[64] = {0};

	CHECK_EQUAL(csinfo_read(handle, CODE_ABORT - 4, bytes, 6), 0);
	CHECK(!memcmp(bytes, "\x53\x30\x05\x53\xeb\xde\0", 7));
	CHECK_EQUAL(csinfo_read(handle, TEXT, bytes, 64), 0);
	CHECK_EQUAL(csinfo_read(handle, TEXT, bytes, 65), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_read(handle, TEXT + 63, bytes, 1), 0);
	CHECK_EQUAL(csinfo_read(handle, TEXT + 64, bytes, 1), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_read(handle, TEXT - 1, bytes, 1), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_read(handle, TEXT + 1, bytes, SIZE_MAX), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_read(handle, TEXT, NULL, 0), 0);
	CHECK_EQUAL(csinfo_read(handle, TEXT, NULL, 1), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_read(NULL, TEXT, bytes, 1), CSINFO_E_ARGUMENT);
	csinfo_close(handle);
}

static void test_arguments(void)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct csinfo_gate gate = {.size = sizeof(gate)};
	struct csinfo_exit way = {.size = sizeof(way)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow = NULL;
	struct csinfo *handle = NULL;
	uint64_t address;
	size_t index;

	CHECK_EQUAL(csinfo_open(NULL, &handle, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_open("/", &handle, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_open("/nonexistent/file", &handle, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_open("/dev/null", &handle, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_open_fd(-1, &handle, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_open_memory(NULL, 8, &handle, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_open_memory("", 0, &handle, NULL), CSINFO_E_NOT_ELF);
	CHECK_EQUAL(csinfo_open_fd(0, NULL, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_find(NULL, 0, &index), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_get(NULL, 0, &section), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_get_many(NULL, 0, 0, NULL, 8), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_exit_point(NULL, 0, 0, &address), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_remark(NULL, 0, &err), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_elf_section(NULL, ".text", &address), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_load_debug(NULL, "", NULL, &err), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_open(NULL, 0, &flow, &err), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_gate(NULL, 0, &gate), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_exit(NULL, 0, &way), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_lint_get(NULL, 0, &finding), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_elf_flags(NULL), 0);
	CHECK(!handle);
	csinfo_close(NULL);
	csinfo_flow_free(NULL);
}

void test_table(void)
{
	test_one_section();
	test_marks();
	test_misaligned();
	test_no_pointers();
	test_late_alignment();
	test_mixed();
	test_duplicate();
	test_far(false);
	test_far(true);
	test_segments();
	test_overlap();
	test_get_many();
	test_functions();
	test_function_in_function();
	test_no_tables();
	test_place();
	test_place_without_bytes();
	test_read();
	test_arguments();
}
