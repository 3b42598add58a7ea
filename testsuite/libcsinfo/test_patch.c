// SPDX-License-Identifier: MIT
/* What csinfo_read_linked() makes of code; archflow.S is the same with real assemblers. */
#include <stdio.h>
#include <string.h>

#include "scenario.h"
#include "test.h"

#define SYMBOL 4u /* offset of symbol 1 in the code */

/* A relocation of the code's first bytes against symbol 1. */
struct example {
	uint16_t machine;
	unsigned int shape; /* of the file: */
#define BITS_32 1u
#define BIG 2u
#define REL 4u /* the addend is in place */
	uint32_t type;
	uint64_t addend;
	unsigned char before[8];
	unsigned char after[8];
	unsigned int size;
};

/* The distance from the place to the symbol is 4. */
static const struct example examples[] = {
	{EM_X86_64, 0, R_X86_64_PC32, 0x100, {0}, {4, 1}, 4},
	{EM_X86_64, 0, R_X86_64_PC8, -6ull, {0, 7}, {0xfe, 7}, 2},
	{EM_X86_64, BITS_32, R_X86_64_PLT32, 0x100, {0}, {4, 1}, 4},
	{EM_386, BITS_32 | REL, R_386_PC32, 0, {0xfa, 0xff, 0xff, 0xff}, {0xfe, 255, 255, 255}, 4},
	/* b, with bits that stay; code is little endian, data are big */
	{EM_AARCH64, BIG, R_AARCH64_JUMP26, -8ull, {0, 0, 0, 0x14}, {0xff, 0xff, 0xff, 0x17}, 4},
	{EM_AARCH64, 0, R_AARCH64_TSTBR14, -12ull, {0, 0, 8, 0x36}, {0xc0, 0xff, 0xf, 0x36}, 4},
	/* adr x1, with two bits apart */
	{EM_AARCH64, 0, R_AARCH64_ADR_PREL_LO21, 3, {1, 0, 0, 0x10}, {0x21, 0, 0, 0x70}, 4},
	/* b.w, whose addend of -4 is in place: the two bits are inverted, or not */
	{EM_ARM,
	 BITS_32 | REL,
	 R_ARM_THM_JUMP24,
	 0,
	 {0xff, 0xf7, 0xfe, 0xbf},
	 {0, 0xf0, 0, 0xb8},
	 4},
	{EM_ARM,
	 BITS_32 | REL,
	 R_ARM_THM_JUMP24,
	 0,
	 {0xff, 0xf7, 0xf8, 0xbf},
	 {0xff, 0xf7, 0xfa, 0xbf},
	 4},
	{EM_ARM,
	 BITS_32 | BIG | REL,
	 R_ARM_JUMP24,
	 0,
	 {0xea, 0xff, 0xff, 0xfe},
	 {0xea, 0xff, 0xff, 0xff},
	 4},
	{EM_PPC, BITS_32 | BIG, R_PPC_REL14, 0, {0x41, 0x82, 0, 1}, {0x41, 0x82, 0, 5}, 4},
	{EM_PPC, BITS_32 | BIG, R_PPC_REL16_HA, 0x17ffc, {0, 0}, {0, 2}, 2},
	/* beq, jal, c.beqz, c.j: every bit of the distance has its place */
	{EM_RISCV, 0, R_RISCV_BRANCH, 0x5a8 - 4, {0x63}, {0x63, 0x04, 0, 0x5a}, 4},
	{EM_RISCV, 0, R_RISCV_BRANCH, -10ull, {0x63}, {0xe3, 0x0d, 0, 0xfe}, 4},
	{EM_RISCV, 0, R_RISCV_JAL, -10ull, {0x6f}, {0x6f, 0xf0, 0xbf, 0xff}, 4},
	{EM_RISCV, 0, R_RISCV_RVC_BRANCH, -10ull, {1, 0xc0}, {0x6d, 0xdc}, 2},
	{EM_RISCV, 0, R_RISCV_RVC_JUMP, -10ull, {1, 0xa0}, {0xed, 0xbf}, 2},
	{EM_RISCV, 0, R_RISCV_PCREL_HI20, 0x17fc, {0x97, 2}, {0x97, 0x22, 0, 0}, 4},
	{EM_S390, BIG, R_390_PC32DBL, 2, {0}, {0, 0, 0, 3}, 4},
	{EM_MIPS, BITS_32 | REL, R_MIPS_PC16, 0, {0xff, 0xff, 0, 0x10}, {0, 0, 0, 0x10}, 4},
};

static struct scenario scenario_of(const struct example *example)
{
	struct scenario scenario = scenario_good();
	unsigned int shift = example->shape & BITS_32 ? 8 : 32;
	unsigned int n = example->shape & REL ? 2 : 3;

	scenario.type = ET_REL;
	scenario.machine = example->machine;
	scenario.is_32_bit = example->shape & BITS_32;
	scenario.is_big_endian = example->shape & BIG;
	scenario.reloc_is_for_code = true;
	scenario.reloc_type = example->shape & REL ? SHT_REL : SHT_RELA;
	scenario.reloc[1] = UINT64_C(1) << shift | example->type;
	scenario.reloc[2] = example->addend;
	scenario.reloc_size = n * (example->shape & BITS_32 ? 4 : 8);
	scenario.symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, SYMBOL, 0};
	scenario.symbols_size = 3 * sizeof(Elf64_Sym);
	return scenario;
}

/* Open SCENARIO with SIZE bytes at CODE as its code. */
static struct csinfo *open_code(struct scenario *scenario, const void *code, size_t size)
{
	struct csinfo *handle = NULL;

	scenario_write(scenario);
	memcpy(scenario->bytes + scenario->text_offset, code, size);
	CHECK_EQUAL(csinfo_open_memory(scenario->bytes, scenario->size, &handle, NULL), 0);
	scenario_free(scenario);
	return handle;
}

static void test_examples(void)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		const struct example *example = &examples[i];
		struct scenario scenario = scenario_of(example);
		struct csinfo *handle = open_code(&scenario, example->before, example->size);
		unsigned char bytes[8];

		CHECK_EQUAL(csinfo_read(handle, scenario.text_offset, bytes, example->size), 0);
		CHECK(!memcmp(bytes, example->before, example->size));
		CHECK_EQUAL(csinfo_read_linked(handle, scenario.text_offset, bytes, example->size),
			    0);
		if (!CHECK(!memcmp(bytes, example->after, example->size)))
			printf("\texample %zu: %02x %02x %02x %02x\n", i, bytes[0], bytes[1],
			       bytes[2], bytes[3]);
		csinfo_close(handle);
	}
}

/* The status of reading the first SIZE bytes of the code from OFFSET on. */
static int status_of(struct scenario *scenario, uint64_t offset, size_t size)
{
	struct csinfo *handle = open_code(scenario, "", 0);
	unsigned char bytes[8];
	int status = csinfo_read_linked(handle, scenario->text_offset + offset, bytes, size);

	csinfo_close(handle);
	return status;
}

static void test_unknown(void)
{
	struct scenario scenario = scenario_of(&examples[0]);

	CHECK_EQUAL(status_of(&scenario, 0, 4), 0);
	scenario.symbols[1].st_shndx = SHN_UNDEF;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
	CHECK_EQUAL(status_of(&scenario, 1, 4), 0);
	scenario = scenario_of(&examples[0]);
	scenario.reloc[1] = UINT64_C(1) << 32 | R_X86_64_GOTPCREL;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
	/* Two of one place. */
	scenario = scenario_of(&examples[0]);
	memcpy(&scenario.reloc[3], scenario.reloc, 24);
	scenario.reloc_size *= 2;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
	/* The first one is for nothing. */
	scenario.reloc[1] = R_X86_64_NONE;
	CHECK_EQUAL(status_of(&scenario, 0, 4), 0);
	/* A branch to a function descriptor goes elsewhere. */
	scenario = scenario_of(&examples[0]);
	scenario.machine = EM_PPC64;
	scenario.is_big_endian = true;
	scenario.reloc[1] = UINT64_C(1) << 32 | R_PPC64_REL24;
	CHECK_EQUAL(status_of(&scenario, 0, 4), 0);
	scenario.symbols[1].st_shndx = 2;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
	/* The numbers of Thumb are for little-endian code only, those of aarch64 for 64 bits. */
	scenario = scenario_of(&examples[7]);
	scenario.is_big_endian = true;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
	scenario = scenario_of(&examples[4]);
	scenario.is_32_bit = true;
	scenario.reloc[1] = 1 << 8 | R_AARCH64_JUMP26 % 256;
	scenario.reloc_size = 12;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_UNSUPPORTED);
}

/* auipc and addi, of which the second names the first. */
static void test_halves(void)
{
	static const unsigned char before[8] = {0x97, 0x02, 0, 0, 0x93, 0x82, 0x02, 0};
	/* The distance of 0x1800 is 0x2000 - 0x800. */
	static const unsigned char after[8] = {0x97, 0x22, 0, 0, 0x93, 0x82, 0x02, 0x80};
	static const struct example example = {.machine = EM_RISCV};
	const uint64_t first = UINT64_C(1) << 32;
	const uint64_t second = UINT64_C(2) << 32;
	struct scenario scenario = scenario_of(&example);
	struct csinfo *handle;
	unsigned char bytes[8];

	memcpy(scenario.reloc,
	       (uint64_t[]){0, first | R_RISCV_PCREL_HI20, 0x1800 - SYMBOL, 0, R_RISCV_RELAX, 0, 4,
			    second | R_RISCV_PCREL_LO12_I, 0, 4, R_RISCV_RELAX, 0},
	       12 * 8);
	scenario.reloc_size = 12 * 8;
	scenario.symbols[2] = (Elf64_Sym){5, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, 0, 0};
	handle = open_code(&scenario, before, sizeof(before));
	CHECK_EQUAL(csinfo_read_linked(handle, scenario.text_offset, bytes, sizeof(bytes)), 0);
	CHECK(!memcmp(bytes, after, sizeof(after)));
	csinfo_close(handle);
	/* It names another place. */
	scenario.symbols[2].st_value = 8;
	CHECK_EQUAL(status_of(&scenario, 0, 4), 0);
	CHECK_EQUAL(status_of(&scenario, 4, 4), CSINFO_E_UNSUPPORTED);
	/* What stands there is not the other half. */
	scenario.symbols[2].st_value = 0;
	scenario.reloc[1] = first | R_RISCV_HI20;
	CHECK_EQUAL(status_of(&scenario, 4, 4), CSINFO_E_UNSUPPORTED);
}

static void test_bounds(void)
{
	struct scenario scenario = scenario_of(&examples[0]);
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow = NULL;
	struct csinfo *handle;

	/* Half a word is left as it is. */
	CHECK_EQUAL(status_of(&scenario, 0, 2), 0);
	scenario.reloc[0] = TEXT_SIZE - 2;
	CHECK_EQUAL(status_of(&scenario, TEXT_SIZE - 4, 4), 0);
	scenario.reloc[0] = TEXT_SIZE;
	CHECK_EQUAL(status_of(&scenario, 0, 4), CSINFO_E_MALFORMED);
	handle = open_code(&scenario, "", 0);
	CHECK_EQUAL(csinfo_flow_open(handle, 0, &flow, &err), CSINFO_E_MALFORMED);
	CHECK(strstr(err.message, "relocation at 0x40 is past the end of section .text"));
	csinfo_close(handle);
	CHECK_EQUAL(csinfo_read_linked(NULL, 0, &err, 1), CSINFO_E_ARGUMENT);
}

/* Any other file has been linked. */
static void test_linked(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = NULL;
	unsigned char bytes[3];

	CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_read_linked(handle, CODE_START, bytes, 3), 0);
	CHECK(!memcmp(bytes, "\x48\x89\x0a", 3));
	CHECK_EQUAL(csinfo_read_linked(handle, TEXT + TEXT_SIZE, bytes, 3), CSINFO_E_NOT_FOUND);
	csinfo_close(handle);
}

void test_patch(void)
{
	test_examples();
	test_unknown();
	test_halves();
	test_bounds();
	test_linked();
}
