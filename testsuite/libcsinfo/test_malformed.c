// SPDX-License-Identifier: MIT
/* Tables and headers that are wrong: an error that names the place, or a remark. */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "test.h"

/* Opening must fail as malformed, naming SECTION. */
static void expect_malformed(struct scenario *scenario, const char *section)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;

	CHECK_EQUAL(scenario_open(scenario, &handle, &err), CSINFO_E_MALFORMED);
	CHECK(!handle);
	CHECK_EQUAL(err.code, CSINFO_E_MALFORMED);
	if (!CHECK(!strcmp(err.section, section)))
		CHECK(!err.message);
	CHECK(strstr(err.message, section) == err.message);
	CHECK(err.offset != CSINFO_NO_ADDRESS);
	csinfo_close(handle);
}

/* Opening must succeed with COUNT sections and a remark that contains TEXT. */
static void expect_remark(struct scenario *scenario, size_t count, const char *text)
{
	struct csinfo_err remark = {.size = sizeof(remark)};
	struct csinfo *handle = NULL;

	CHECK_EQUAL(scenario_open(scenario, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_count(handle), count);
	CHECK_EQUAL(csinfo_remark_count(handle), 1);
	CHECK_EQUAL(csinfo_remark(handle, 0, &remark), 0);
	CHECK(strstr(remark.message, text) != NULL);
	CHECK_EQUAL(csinfo_remark(handle, 1, &remark), CSINFO_E_NOT_FOUND);
	csinfo_close(handle);
}

static void test_sizes(void)
{
	for (size_t cut = 1; cut < 8; cut++) {
		struct scenario scenario = scenario_good();

		scenario.pointers_size = 8 + cut;
		expect_malformed(&scenario, "__rseq_cs_ptr_array");
	}
	for (size_t cut = 1; cut < 16; cut++) {
		struct scenario scenario = scenario_good();

		scenario.exits_size = 16 + cut;
		expect_malformed(&scenario, "__rseq_exit_point_array");
	}
}

static void test_truncated_descriptor(void)
{
	struct scenario scenario = scenario_good();

	scenario.pointers_size = 0;
	scenario.descriptors_size = 31;
	expect_malformed(&scenario, "__rseq_cs");
	scenario.descriptors[1] = scenario.descriptors[0];
	scenario.descriptors_size = 32 + 16;
	expect_malformed(&scenario, "__rseq_cs");
	/* Zeroes at the end are padding. */
	scenario.descriptors[1] = (struct descriptor){0};
	CHECK_EQUAL(scenario_status(&scenario), 0);
}

static void test_pointer_to_nowhere(void)
{
	static const uint64_t targets[] = {1, TEXT, DATA + 1, DATA + 32, DATA - 8, UINT64_MAX};

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct scenario scenario = scenario_good();

		scenario.pointers[1] = targets[i];
		scenario.pointers_size = 16;
		expect_remark(&scenario, 1, "leads to no descriptor");
	}
}

static void test_stray_exit(void)
{
	struct scenario scenario = scenario_good();

	scenario.exits[1][0] = CODE_START + 1;
	scenario.exits[1][1] = CODE_EXIT;
	scenario.exits_size = 32;
	expect_remark(&scenario, 1, "exit point for 0x401011, where no section starts");
}

/* A hostile file must not fill the memory with remarks. */
static void test_many_remarks(void)
{
	static uint64_t pointers[5000];
	struct elf_writer writer = {.type = ET_EXEC};
	struct csinfo *handle = NULL;
	unsigned char *bytes;
	size_t size;

	memset(pointers, 0x11, sizeof(pointers));
	elf_add(&writer, "__rseq_cs_ptr_array", SHT_PROGBITS, SHF_ALLOC, POINTERS, pointers,
		sizeof(pointers));
	bytes = elf_write(&writer, &size);
	CHECK_EQUAL(csinfo_open_memory(bytes, size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_remark_count(handle), 100);
	csinfo_close(handle);
	free(bytes);
}

/* The status of opening GOOD with CHANGE made to its bytes. */
static int status_after(void (*change)(struct scenario *scenario))
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = NULL;
	int status;

	scenario_write(&scenario);
	change(&scenario);
	status = csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL);
	csinfo_close(handle);
	scenario_free(&scenario);
	return status;
}

static void far_sections(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_shoff = UINT64_MAX - 8;
}

static void sections_at_end(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_shoff = scenario->size;
}

static void many_sections(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_shnum = 0xfeff;
}

/* e_shnum 0: the count is in section 0, here absurd. */
static void extended_sections(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_shnum = 0;
	elf_section_header(scenario->bytes, 0)->sh_size = UINT64_MAX / 2;
}

static void odd_sections(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_shentsize = 1;
}

static void far_segments(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_phoff = UINT64_MAX - 63;
}

static void many_segments(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_phnum = 0xfffe;
}

static void far_table(struct scenario *scenario)
{
	elf_section_header(scenario->bytes, scenario->data_index)->sh_offset = UINT64_MAX - 15;
}

static void huge_table(struct scenario *scenario)
{
	elf_section_header(scenario->bytes, scenario->data_index)->sh_size = UINT64_MAX - 31;
}

static void wrapping_table(struct scenario *scenario)
{
	elf_section_header(scenario->bytes, scenario->data_index)->sh_addr = UINT64_MAX - 15;
}

static void overlapping_tables(struct scenario *scenario)
{
	elf_section_header(scenario->bytes, scenario->data_index)->sh_addr = POINTERS + 4;
}

static void core(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_type = ET_CORE;
}

static void other_machine(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_machine = EM_SPARC;
}

static void other_class(struct scenario *scenario)
{
	elf_header(scenario->bytes)->e_ident[EI_CLASS] = ELFCLASS32;
}

static void no_magic(struct scenario *scenario)
{
	scenario->bytes[0] = 'M';
}

static void archive(struct scenario *scenario)
{
	memcpy(scenario->bytes, "!<arch>\n", 8);
}

/* What remains of a program in a separated debug file. */
static void no_bits(struct scenario *scenario)
{
	for (uint32_t i = 1; i < elf_header(scenario->bytes)->e_shnum - 1u; i++)
		elf_section_header(scenario->bytes, i)->sh_type = SHT_NOBITS;
}

static void test_headers(void)
{
	CHECK_EQUAL(status_after(far_sections), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(sections_at_end), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(many_sections), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(extended_sections), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(odd_sections), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(far_segments), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(many_segments), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(far_table), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(huge_table), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(wrapping_table), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(overlapping_tables), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(core), CSINFO_E_UNSUPPORTED);
	CHECK_EQUAL(status_after(other_machine), CSINFO_E_UNSUPPORTED);
	CHECK_EQUAL(status_after(other_class), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_after(archive), CSINFO_E_ARCHIVE);
	CHECK_EQUAL(status_after(no_magic), CSINFO_E_NOT_ELF);
	CHECK_EQUAL(status_after(no_bits), 0);
}

static void test_truncated_file(void)
{
	struct scenario scenario = scenario_good();

	expect_truncated_refused(&scenario);
}

void test_malformed(void)
{
	test_sizes();
	test_truncated_descriptor();
	test_pointer_to_nowhere();
	test_stray_exit();
	test_many_remarks();
	test_headers();
	test_truncated_file();
}
