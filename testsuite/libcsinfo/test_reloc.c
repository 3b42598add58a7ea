// SPDX-License-Identifier: MIT
/* reloc.c: RELA, REL, RELR and symbol relocations, right and wrong. */
#include <string.h>

#include "expect.h"
#include "test.h"

#define RELATIVE ELF64_R_INFO(0, R_X86_64_RELATIVE)

/* Add a RELA entry. */
static void rela(struct scenario *scenario, uint64_t place, uint64_t info, uint64_t addend)
{
	uint64_t *entry = &scenario->reloc[scenario->reloc_size / 8];

	entry[0] = place;
	entry[1] = info;
	entry[2] = addend;
	scenario->reloc_size += 24;
}

/* As lld writes it: zeroes in the tables, addends in the relocations. */
static struct scenario scenario_rela(void)
{
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	scenario.descriptors[0].start_ip = 0;
	scenario.descriptors[0].abort_ip = 0;
	scenario.pointers[0] = 0;
	scenario.exits[0][0] = 0;
	scenario.exits[0][1] = 0;
	rela(&scenario, DATA + 8, RELATIVE, CODE_START);
	rela(&scenario, DATA + 24, RELATIVE, CODE_ABORT);
	rela(&scenario, POINTERS, RELATIVE, DATA);
	rela(&scenario, EXITS, RELATIVE, CODE_START);
	rela(&scenario, EXITS + 8, RELATIVE, CODE_EXIT);
	return scenario;
}

static void expect_good(struct scenario *scenario)
{
	struct csinfo_section section = only_section(scenario);

	CHECK_EQUAL(section.start_ip, CODE_START);
	CHECK_EQUAL(section.commit_ip, CODE_COMMIT);
	CHECK_EQUAL(section.abort_ip, CODE_ABORT);
	CHECK_EQUAL(section.n_exits, 1);
	CHECK_EQUAL(section.marks, 0);
}

static void test_rela(void)
{
	struct scenario scenario = scenario_rela();

	expect_good(&scenario);
	/* What is in place does not count. */
	scenario.descriptors[0].start_ip = 0x1234;
	expect_good(&scenario);
	scenario.reloc_size -= 8;
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
}

static void test_rel(void)
{
	static const uint64_t places[] = {DATA + 8, DATA + 24, POINTERS, EXITS, EXITS + 8};
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	scenario.reloc_type = SHT_REL;
	for (size_t i = 0; i < 5; i++) {
		scenario.reloc[2 * i] = places[i];
		scenario.reloc[2 * i + 1] = RELATIVE;
	}
	scenario.reloc_size = 5 * 16;
	expect_good(&scenario);
	scenario.reloc_size = 4 * 16 + 8;
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
}

/* An address and a bitmap for the descriptor, addresses alone for the others. */
static struct scenario scenario_relr(void)
{
	static const uint64_t words[] = {DATA + 8, 1 | 1 << 2, POINTERS, EXITS, 1 | 1 << 1};
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	scenario.reloc_type = SHT_RELR;
	memcpy(scenario.reloc, words, sizeof(words));
	scenario.reloc_size = sizeof(words);
	return scenario;
}

static void test_relr(void)
{
	struct scenario scenario = scenario_relr();

	expect_good(&scenario);
	scenario.reloc[1] = 1 | 1 << 1; /* post_commit_offset instead of abort_ip */
	CHECK_EQUAL(only_section(&scenario).marks, CSINFO_MARK_RELOCATION);
}

static void test_bad_relr(void)
{
	struct scenario scenario = scenario_relr();

	scenario.reloc[0] = 1 | 1 << 1; /* a bitmap that follows no address */
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario.reloc[0] = 1; /* an empty one */
	scenario.reloc_size = 8;
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario = scenario_relr();
	scenario.reloc[1] = UINT64_MAX; /* words behind the segment */
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario = scenario_relr();
	scenario.reloc[0] = UINT64_MAX - 1;
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario = scenario_relr();
	scenario.reloc[0] = DATA + 26; /* crosses the end of the table */
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario = scenario_relr();
	scenario.reloc_size -= 4;
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
}

/* A word half inside a table, at either end. */
static void test_crossing(void)
{
	static const uint64_t places[] = {DATA + 25, DATA + 31, DATA - 1, DATA - 7, EXITS + 9};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct csinfo_err err = {.size = sizeof(err)};
		struct scenario scenario = scenario_rela();
		struct csinfo *handle = NULL;

		rela(&scenario, places[i], RELATIVE, 0);
		CHECK_EQUAL(scenario_open(&scenario, &handle, &err), CSINFO_E_MALFORMED);
		CHECK(!strcmp(err.section, ".rel.test"));
		csinfo_close(handle);
	}
}

/* Next to a table, and at the end of the address space, is none of our business. */
static void test_outside(void)
{
	struct scenario scenario = scenario_rela();

	rela(&scenario, DATA - 8, RELATIVE, 0);
	rela(&scenario, DATA + 32, RELATIVE, 0);
	rela(&scenario, UINT64_MAX, RELATIVE, DATA);
	expect_good(&scenario);
}

/* An address without a relocation, in an object that is loaded anywhere. */
static void test_missing(void)
{
	struct scenario scenario = scenario_rela();

	scenario.reloc[0] = DATA + 32;
	scenario.descriptors[0].start_ip = CODE_START;
	CHECK_EQUAL(only_section(&scenario).marks, CSINFO_MARK_RELOCATION);
}

/* A relocation against a symbol: local and hidden ones are certain, others are not. */
static void test_symbol(void)
{
	struct scenario scenario = scenario_rela();
	struct csinfo_section section;

	scenario.symbols[1] =
		(Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, CODE_START - 4, 0};
	scenario.symbols_size = 2 * sizeof(Elf64_Sym);
	scenario.reloc[1] = ELF64_R_INFO(1, R_X86_64_64);
	scenario.reloc[2] = 4;
	expect_good(&scenario);
	scenario.symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
	scenario.symbols[1].st_other = STV_HIDDEN;
	expect_good(&scenario);
	scenario.symbols[1].st_other = STV_DEFAULT;
	section = only_section(&scenario);
	CHECK(section.marks & CSINFO_MARK_RELOCATION);
	scenario.reloc[1] = ELF64_R_INFO(7, R_X86_64_64); /* no such symbol */
	CHECK(only_section(&scenario).marks & CSINFO_MARK_RELOCATION);
	scenario.reloc[1] = ELF64_R_INFO(0, R_X86_64_IRELATIVE);
	CHECK(only_section(&scenario).marks & CSINFO_MARK_RELOCATION);
}

/* A pointer or exit point that is not certain is left out with a remark. */
static void test_uncertain_pointer(void)
{
	for (size_t i = 2; i < 5; i++) {
		struct scenario scenario = scenario_rela();
		struct csinfo *handle = NULL;

		scenario.reloc[3 * i + 1] = ELF64_R_INFO(0, R_X86_64_IRELATIVE);
		CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
		CHECK_EQUAL(csinfo_remark_count(handle), 1);
		CHECK_EQUAL(csinfo_count(handle), 1);
		csinfo_close(handle);
	}
}

/* Of an exit point that is not certain nobody says that no section starts there. */
static void test_uncertain_exit(void)
{
	struct scenario scenario = scenario_rela();
	struct csinfo *handle = NULL;

	scenario.exits_size = 32;
	scenario.reloc[3 * 3 + 1] = ELF64_R_INFO(0, R_X86_64_IRELATIVE);
	rela(&scenario, EXITS + 16, RELATIVE, CODE_START + 1);
	rela(&scenario, EXITS + 24, RELATIVE, CODE_EXIT);
	CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_remark_count(handle), 2);
	csinfo_close(handle);
}

void test_reloc(void)
{
	test_rela();
	test_rel();
	test_relr();
	test_bad_relr();
	test_crossing();
	test_outside();
	test_missing();
	test_symbol();
	test_uncertain_pointer();
	test_uncertain_exit();
}
