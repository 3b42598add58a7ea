// SPDX-License-Identifier: MIT
/* reloc.c, symtab.c and machine.c on files that no toolchain here makes, right and wrong. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "reloc.h"
#include "expect.h"
#include "test.h"

/* An architecture, with the numbers that its psABI gives to two relocation types. */
struct arch {
	uint16_t machine;
	bool is_32_bit;
	bool is_big_endian;
	uint32_t relative;
	uint32_t absolute;
};

static const struct arch arches[] = {
	{EM_X86_64, false, false, 8, 1},      {EM_X86_64, true, false, 8, 10},
	{EM_386, true, false, 8, 1},	      {EM_ARM, true, false, 23, 2},
	{EM_ARM, true, true, 23, 2},	      {EM_AARCH64, false, false, 1027, 257},
	{EM_AARCH64, false, true, 1027, 257}, {EM_AARCH64, true, false, 183, 1},
	{EM_PPC, true, true, 22, 1},	      {EM_PPC64, false, true, 22, 38},
	{EM_PPC64, false, false, 22, 38},     {EM_S390, false, true, 12, 22},
	{EM_S390, true, true, 12, 4},	      {EM_MIPS, true, true, 3, 2},
	{EM_MIPS, true, false, 3, 2},	      {EM_RISCV, false, false, 3, 2},
	{EM_RISCV, true, false, 3, 1},	      {EM_LOONGARCH, false, false, 3, 2},
};
#define N_ARCHES (sizeof(arches) / sizeof(*arches))

static const struct arch mips64[] = {{EM_MIPS, false, true, 3, 18}, {EM_MIPS, false, false, 3, 18}};
static const struct arch riscv64 = {EM_RISCV, false, false, 3, 2};
static const struct arch x86_64 = {EM_X86_64, false, false, 8, 1};

#define MIPS_64 18u
#define RISCV_ADD64 36u
#define RISCV_SUB64 40u

static unsigned int word_of(const struct scenario *scenario)
{
	return scenario->is_32_bit ? 4 : 8;
}

static struct scenario scenario_of(const struct arch *arch, uint16_t type)
{
	struct scenario scenario = scenario_good();

	scenario.type = type;
	scenario.machine = arch->machine;
	scenario.is_32_bit = arch->is_32_bit;
	scenario.is_big_endian = arch->is_big_endian;
	return scenario;
}

/* r_info; of 64-bit MIPS with SECOND behind TYPE. */
static uint64_t make_info(const struct scenario *scenario, uint32_t symbol, uint32_t type,
			  uint32_t second)
{
	if (scenario->is_32_bit)
		return ELF32_R_INFO(symbol, type);
	if (scenario->machine != EM_MIPS)
		return ELF64_R_INFO((uint64_t)symbol, type);
	if (scenario->is_big_endian)
		return (uint64_t)symbol << 32 | second << 8 | type;
	return symbol | (uint64_t)second << 48 | (uint64_t)type << 56;
}

/* Add a relocation of what scenario->reloc_type has. */
static void add(struct scenario *scenario, uint64_t place, uint64_t info, uint64_t addend)
{
	uint64_t *entry = &scenario->reloc[scenario->reloc_size / word_of(scenario)];
	size_t n = scenario->reloc_type == SHT_RELA ? 3 : 2;

	entry[0] = place;
	entry[1] = info;
	if (n == 3)
		entry[2] = addend;
	scenario->reloc_size += n * word_of(scenario);
}

/* Where in a field of 64 bits the word of the file is that holds an address. */
static uint64_t low_word(const struct scenario *scenario)
{
	return scenario->is_32_bit && scenario->is_big_endian ? 4 : 0;
}

static uint32_t marks(struct scenario *scenario)
{
	return only_section(scenario).marks;
}

/* ---- programs: relative relocations ---- */

static void expect_good(struct scenario *scenario)
{
	struct csinfo_section section = only_section(scenario);

	CHECK_EQUAL(section.start_ip, CODE_START);
	CHECK_EQUAL(section.commit_ip, CODE_COMMIT);
	CHECK_EQUAL(section.abort_ip, CODE_ABORT);
	CHECK_EQUAL(section.signature, scenario->is_big_endian ? 0x53300553 : 0x53053053);
	CHECK_EQUAL(section.n_exits, 1);
	CHECK_EQUAL(section.marks, 0);
}

/* The places that need a relocation, and the addresses that belong there. */
static const uint64_t places[][2] = {
	{DATA + 8, CODE_START}, {DATA + 24, CODE_ABORT}, {POINTERS, DATA},
	{EXITS, CODE_START},	{EXITS + 8, CODE_EXIT},
};

/* With RELA the fields are zero, as lld has them. */
static struct scenario scenario_relative(const struct arch *arch, uint32_t reloc_type)
{
	struct scenario scenario = scenario_of(arch, ET_DYN);
	uint32_t second = arch->machine == EM_MIPS ? MIPS_64 : 0;

	scenario.reloc_type = reloc_type;
	for (size_t i = 0; i < 5; i++)
		add(&scenario, places[i][0] + low_word(&scenario),
		    make_info(&scenario, 0, arch->relative, second), places[i][1]);
	if (reloc_type == SHT_RELA) {
		scenario.descriptors[0].start_ip = 0;
		scenario.descriptors[0].abort_ip = 0;
		scenario.pointers[0] = 0;
		scenario.exits[0][0] = 0;
		scenario.exits[0][1] = 0;
	}
	return scenario;
}

static void test_relative(void)
{
	for (size_t i = 0; i < N_ARCHES; i++)
		for (uint32_t type = SHT_RELA; type <= SHT_REL; type += SHT_REL - SHT_RELA) {
			struct scenario scenario = scenario_relative(&arches[i], type);

			expect_good(&scenario);
			scenario.reloc[1] = make_info(&scenario, 0, 250, 0); /* no such type */
			CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
		}
}

/* The same addresses as words and bitmaps; a bitmap covers 31 or 63 words. */
static void test_relr(void)
{
	for (size_t i = 0; i < N_ARCHES; i++) {
		struct scenario scenario = scenario_of(&arches[i], ET_DYN);
		unsigned int word = word_of(&scenario);
		uint64_t low = low_word(&scenario);
		const uint64_t words[] = {
			DATA + 8 + low,
			1 | UINT64_C(1) << (16 / word), /* abort_ip, 16 bytes on */
			POINTERS + low,
			EXITS + low,
			1 | UINT64_C(1) << (8 / word),
		};

		scenario.reloc_type = SHT_RELR;
		memcpy(scenario.reloc, words, sizeof(words));
		scenario.reloc_size = 5 * word;
		expect_good(&scenario);
		scenario.reloc_size -= 1;
		CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
		scenario.reloc_size = 5 * word;
		scenario.reloc[1] = UINT64_MAX; /* words that are in no segment */
		CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	}
}

/* 64-bit MIPS: a first type of REL32, a second of 64, no third one, no second symbol. */
static void test_mips64(void)
{
	for (size_t i = 0; i < 2; i++) {
		struct scenario scenario = scenario_relative(&mips64[i], SHT_REL);

		expect_good(&scenario);
		for (unsigned int byte = 0; byte < 4; byte++) {
			unsigned int shift = 8 * (mips64[i].is_big_endian ? byte : 7 - byte);

			scenario.reloc[1] ^= UINT64_C(0x40) << shift;
			CHECK_EQUAL(marks(&scenario), CSINFO_MARK_RELOCATION);
			scenario.reloc[1] ^= UINT64_C(0x40) << shift;
		}
		scenario = scenario_relative(&mips64[i], SHT_RELA);
		expect_good(&scenario);
	}
}

/* MIPS: a symbol before DT_MIPS_GOTSYM can't be preempted; one from there on can. */
static void test_mips_got(void)
{
	for (size_t i = 0; i < N_ARCHES; i++) {
		struct scenario scenario = scenario_relative(&arches[i], SHT_RELA);
		struct csinfo_section section;

		if (arches[i].machine != EM_MIPS)
			continue;
		scenario.symbols[1] = (Elf64_Sym){
			1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, CODE_START - 8, 4};
		scenario.symbols_size = 2 * sizeof(Elf64_Sym);
		scenario.dynamic[0] = DT_MIPS_GOTSYM;
		scenario.dynamic[1] = 2;
		scenario.dynamic_size = 4 * word_of(&scenario);
		scenario.reloc[1] = make_info(&scenario, 1, arches[i].relative, 0);
		scenario.reloc[2] = 8;
		expect_good(&scenario);
		scenario.dynamic[1] = 1;
		section = only_section(&scenario);
		CHECK(section.marks & CSINFO_MARK_RELOCATION);
		scenario.dynamic_size = 0;
		section = only_section(&scenario);
		CHECK(section.marks & CSINFO_MARK_RELOCATION);
	}
}

/* What two relocations make of one word is not guessed. */
static void test_twice(void)
{
	struct scenario scenario = scenario_relative(&x86_64, SHT_RELA);

	add(&scenario, DATA + 8, make_info(&scenario, 0, R_X86_64_RELATIVE, 0), 8);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	scenario = scenario_relative(&x86_64, SHT_RELA);
	add(&scenario, DATA + 12, make_info(&scenario, 0, R_X86_64_32, 0), 8);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
}

/* x32 and MIPS n32: an address of 32 bits, relocated as a word of 64. */
static void test_wide_word(void)
{
	static const struct arch x32 = {EM_X86_64, true, false, R_X86_64_RELATIVE64, R_X86_64_64};
	struct scenario scenario = scenario_relative(&x32, SHT_RELA);

	expect_good(&scenario);
	scenario.descriptors[0].start_ip = UINT64_MAX; /* replaced as a whole */
	expect_good(&scenario);
	scenario.reloc[1] = make_info(&scenario, 0, R_X86_64_RELATIVE, 0);
	CHECK(marks(&scenario) & CSINFO_MARK_NOT_CODE); /* the high half stays */
}

/* A word outside the tables that is made to hold a descriptor's address, a high one. */
static void test_slot(void)
{
	static const struct arch ppc = {EM_PPC, true, true, 22, 1};
	struct scenario scenario = scenario_relative(&ppc, SHT_RELA);
	struct elf_image image;
	struct areas areas;
	struct file file;
	uint64_t value = 0;

	scenario.data_address = 0xc0000000;
	add(&scenario, 0x402000, make_info(&scenario, 0, 22, 0), 0xc0000000);
	add(&scenario, 0x402004, make_info(&scenario, 0, 22, 0), 0xc0000020);
	scenario_write(&scenario);
	CHECK_EQUAL(file_open_memory(&file, scenario.bytes, scenario.size, NULL), 0);
	CHECK_EQUAL(elf_image_open(&image, &file, NULL), 0);
	CHECK_EQUAL(areas_open(&areas, &image, NULL), 0);
	CHECK_EQUAL(reloc_apply(&areas, &image, NULL), 0);
	CHECK(areas_slot(&areas, 0x402000, &value));
	CHECK_EQUAL(value, 0xc0000000);
	CHECK(!areas_slot(&areas, 0x402004, &value));
	CHECK(!areas_slot(&areas, 0x402001, &value));
	areas_close(&areas);
	elf_image_close(&image);
	scenario_free(&scenario);
}

/* The same relocations in Android's packing: SHT_ANDROID_RELA, all in two groups. */
static struct scenario scenario_packed(const unsigned char *bytes, size_t size)
{
	struct scenario scenario = scenario_relative(&x86_64, SHT_RELA);

	memset(scenario.reloc, 0, sizeof(scenario.reloc));
	memcpy(scenario.reloc, bytes, size);
	scenario.reloc_type = 0x60000002;
	scenario.reloc_size = size;
	return scenario;
}

/* The numbers are SLEB128; the addend of each relocation is a difference to the last one. */
static const unsigned char packed[] = {
	'A',  'P',  'S',  '2',	5,    0xf8, 0xff, 0x80, 0x02, /* five, counted from DATA - 8 */
	2,    0x0b, 16,	  8,		    /* two: 16 bytes apart, all of type 8, with addends */
	0x90, 0xa0, 0x80, 0x02, 16,	    /* CODE_START, CODE_ABORT */
	3,    0x08,			    /* three, each with place, type and addend: */
	0xe8, 0x1f, 8,	  0xe0, 0xdf, 0x00, /* POINTERS, DATA */
	0x80, 0x20, 8,	  0x90, 0xa0, 0x7f, /* EXITS, CODE_START */
	8,    8,    4,			    /* EXITS + 8, CODE_EXIT */
};

static void test_packed(void)
{
	struct scenario scenario = scenario_packed(packed, sizeof(packed));

	expect_good(&scenario);
	for (size_t size = 1; size < sizeof(packed); size++) {
		scenario = scenario_packed(packed, size);
		CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	}
}

/* A few bytes that ask for more relocations than the file has words. */
static void test_packed_bomb(void)
{
	unsigned char bomb[] = {'A', 'P',  'S',	 '2',  0xff, 0xff, 0xff, 0xff, 0x07,
				0,   0xff, 0xff, 0xff, 0xff, 0x07, 0x03, 0,    8};
	unsigned char empty[] = {'A', 'P', 'S', '2', 1, 0, 0, 3, 0, 8};
	struct scenario scenario = scenario_packed(bomb, sizeof(bomb));

	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	scenario = scenario_packed(empty, sizeof(empty)); /* a group of none */
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	empty[6] = 2; /* more than there are */
	scenario = scenario_packed(empty, sizeof(empty));
	CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
	empty[6] = 1;
	scenario = scenario_packed(empty, sizeof(empty));
	CHECK_EQUAL(scenario_status(&scenario), 0);
}

/* ---- relocatable files: relocations against symbols ---- */

/* A descriptor and its relocations against symbol 1, which is .text + 4. */
static struct scenario scenario_object(const struct arch *arch)
{
	struct scenario scenario = scenario_of(arch, ET_REL);
	uint64_t low = low_word(&scenario);
	uint64_t info = make_info(&scenario, 1, arch->absolute, 0);

	scenario.descriptors[0].start_ip = 0;
	scenario.descriptors[0].abort_ip = 0;
	scenario.pointers_size = 0;
	scenario.exits_size = 0;
	add(&scenario, 8 + low, info, CODE_START - TEXT - 4);
	add(&scenario, 24 + low, info, CODE_ABORT - TEXT - 4);
	scenario.symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, 4, 0};
	scenario.symbols_size = 3 * sizeof(Elf64_Sym);
	return scenario;
}

static void expect_good_object(struct scenario *scenario)
{
	struct csinfo_section section = only_section(scenario);

	CHECK_EQUAL(section.descriptor, scenario->data_offset);
	CHECK_EQUAL(section.start_ip, scenario->text_offset + CODE_START - TEXT);
	CHECK_EQUAL(section.commit_ip, scenario->text_offset + CODE_COMMIT - TEXT);
	CHECK_EQUAL(section.abort_ip, scenario->text_offset + CODE_ABORT - TEXT);
	CHECK_EQUAL(section.signature, scenario->is_big_endian ? 0x53300553 : 0x53053053);
	CHECK_EQUAL(section.marks, 0);
}

static void test_object(void)
{
	for (size_t i = 0; i < N_ARCHES + 2; i++) {
		const struct arch *arch = i < N_ARCHES ? &arches[i] : &mips64[i - N_ARCHES];
		struct scenario scenario = scenario_object(arch);

		expect_good_object(&scenario);
		/* What a dynamic loader does is not for an object. */
		scenario.reloc[1] = make_info(&scenario, 0, arch->relative, 0);
		CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
		scenario.reloc_size = 0;
		CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	}
}

/* The addend in place. */
static void test_object_rel(void)
{
	for (size_t i = 0; i < N_ARCHES; i++) {
		struct scenario scenario = scenario_object(&arches[i]);
		uint64_t info = scenario.reloc[1];

		scenario.reloc_type = SHT_REL;
		scenario.reloc_size = 0;
		add(&scenario, 8 + low_word(&scenario), info, 0);
		add(&scenario, 24 + low_word(&scenario), info, 0);
		scenario.descriptors[0].start_ip = CODE_START - TEXT - 4;
		scenario.descriptors[0].abort_ip = CODE_ABORT - TEXT - 4;
		expect_good_object(&scenario);
	}
}

/* An addend is signed, also where it is narrower than the word. */
static void test_negative_addend(void)
{
	static const struct arch x32 = {EM_X86_64, true, false, R_X86_64_RELATIVE64, R_X86_64_64};
	struct scenario scenario = scenario_object(&x32);

	scenario.symbols[1].st_value = CODE_ABORT - TEXT + 1;
	scenario.reloc[2] = (uint32_t)-17;
	scenario.reloc[5] = (uint32_t)-1;
	expect_good_object(&scenario);
}

/* Symbols whose address can't be known. */
static void test_object_symbols(void)
{
	/* 3: a section that is not loaded */
	static const uint16_t indices[] = {SHN_UNDEF, SHN_COMMON,    SHN_XINDEX,
					   0x100,     SHN_LORESERVE, 3};
	struct scenario scenario = scenario_object(&x86_64);

	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++) {
		scenario.symbols[1].st_shndx = indices[i];
		CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	}
	scenario = scenario_object(&x86_64);
	scenario.symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
	expect_good_object(&scenario);
	scenario.symbols[1].st_info = ELF64_ST_INFO(STB_LOCAL, STT_GNU_IFUNC);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	scenario.symbols[1].st_info = ELF64_ST_INFO(STB_LOCAL, STT_TLS);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	scenario = scenario_object(&x86_64);
	scenario.reloc[1] = make_info(&scenario, 99, R_X86_64_64, 0);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	/* An absolute one is what it is: here code of nobody. */
	scenario = scenario_object(&x86_64);
	scenario.symbols[1].st_shndx = SHN_ABS;
	CHECK_EQUAL(only_section(&scenario).start_ip, CODE_START - TEXT);
}

/* A section index that is too large for a symbol is in a table of its own. */
static void test_extended_index(void)
{
	for (size_t i = 0; i < N_ARCHES; i++) {
		struct scenario scenario = scenario_object(&arches[i]);

		scenario.symbols[1].st_shndx = SHN_XINDEX;
		scenario.extended[1] = 1;
		scenario.extended_size = 12;
		expect_good_object(&scenario);
		scenario.extended[1] = 0x12345678;
		CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
		scenario.extended[1] = 1;
		scenario.extended_size = 7; /* without that of symbol 1 */
		CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	}
}

/* A difference of two labels, of two relocations. */
static void test_difference(void)
{
	struct scenario scenario = scenario_object(&riscv64);
	uint64_t add64 = make_info(&scenario, 2, RISCV_ADD64, 0);
	uint64_t sub64 = make_info(&scenario, 1, RISCV_SUB64, 0);
	uint64_t length = scenario.descriptors[0].post_commit_offset;

	scenario.descriptors[0].post_commit_offset = 0;
	scenario.symbols[2] = scenario.symbols[1];
	scenario.symbols[2].st_value += length;
	add(&scenario, 16, sub64, 7);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	add(&scenario, 16, add64, 7);
	expect_good_object(&scenario);
	add(&scenario, 16, add64, 7);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
	/* Nothing of the kind is left when a program is linked. */
	scenario = scenario_relative(&riscv64, SHT_RELA);
	scenario.symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, 4, 0};
	scenario.symbols_size = 2 * sizeof(Elf64_Sym);
	add(&scenario, DATA + 16, make_info(&scenario, 1, RISCV_ADD64, 0), 0);
	add(&scenario, DATA + 16, make_info(&scenario, 1, RISCV_SUB64, 0), 0);
	CHECK(marks(&scenario) & CSINFO_MARK_RELOCATION);
}

/* ---- malformed ---- */

static void test_bad_places(void)
{
	static const uint64_t bad[] = {32, 29, 0x7fffffff, UINT64_MAX - 4, 0x80000000};

	for (size_t i = 0; i < N_ARCHES; i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(*bad); j++) {
			struct scenario scenario = scenario_object(&arches[i]);

			scenario.reloc[0] = bad[j];
			CHECK_EQUAL(scenario_status(&scenario), CSINFO_E_MALFORMED);
		}
}

/* Relocations for a section that is none, or none of ours, are nobody's. */
static void test_other_target(void)
{
	static const uint32_t targets[] = {0, 1, 999, UINT32_MAX};

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct scenario scenario = scenario_object(&x86_64);
		struct csinfo_section section = {.size = sizeof(section)};
		struct csinfo *handle = NULL;

		scenario_write(&scenario);
		elf_section_header(scenario.bytes, scenario.reloc_index)->sh_info = targets[i];
		CHECK_EQUAL(csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL), 0);
		CHECK_EQUAL(csinfo_get(handle, 0, &section), 0);
		CHECK(section.marks & CSINFO_MARK_RELOCATION);
		csinfo_close(handle);
		scenario_free(&scenario);
	}
}

/* The section is aligned to 16, and so is the descriptor, whatever the file offset says. */
static void test_alignment(void)
{
	struct scenario scenario = scenario_object(&x86_64);
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo *handle = NULL;

	scenario_write(&scenario);
	elf_section_header(scenario.bytes, scenario.data_index)->sh_addralign = 16;
	CHECK_EQUAL(csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_get(handle, 0, &section), 0);
	CHECK_EQUAL(section.marks, CSINFO_MARK_MISALIGNED);
	csinfo_close(handle);
	scenario_free(&scenario);
}

/* A section may stand anywhere in the file: alignment is that of a place in the section. */
static void test_odd_offset(void)
{
	struct scenario scenario = scenario_object(&x86_64);
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo *handle = NULL;
	size_t odd;

	scenario_write(&scenario);
	odd = (scenario.size | 31) + 9;
	scenario.bytes = realloc(scenario.bytes, odd + 32);
	memset(scenario.bytes + scenario.size, 0, odd - scenario.size);
	memcpy(scenario.bytes + odd, scenario.bytes + scenario.data_offset, 32);
	elf_section_header(scenario.bytes, scenario.data_index)->sh_offset = odd;
	CHECK_EQUAL(csinfo_open_memory(scenario.bytes, odd + 32, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_get(handle, 0, &section), 0);
	CHECK_EQUAL(section.descriptor, odd);
	CHECK_EQUAL(section.start_ip, scenario.text_offset + CODE_START - TEXT);
	CHECK_EQUAL(section.marks, 0);
	csinfo_close(handle);
	scenario_free(&scenario);
}

/* A header with another class or byte order, or sizes of entries, than a 32-bit file has. */
static void test_headers(void)
{
	static const size_t fields[] = {EI_CLASS, EI_DATA, offsetof(Elf32_Ehdr, e_phentsize),
					offsetof(Elf32_Ehdr, e_shentsize)};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct scenario scenario = scenario_of(&arches[1], ET_EXEC);
		struct csinfo *handle = NULL;

		scenario_write(&scenario);
		scenario.bytes[fields[i]] += 4;
		CHECK(csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL) != 0);
		CHECK(!handle);
		scenario_free(&scenario);
	}
}

static void test_truncated(void)
{
	struct scenario scenario = scenario_object(&arches[4]);

	expect_truncated_refused(&scenario);
}

static void test_names(void)
{
	CHECK(!strcmp(csinfo_machine_name(EM_X86_64), "x86-64"));
	CHECK(!strcmp(csinfo_machine_name(EM_LOONGARCH), "loongarch"));
	CHECK(!strcmp(csinfo_machine_name(EM_SPARC), "unknown"));
	CHECK(!strcmp(csinfo_machine_name(-1), "unknown"));
	for (size_t i = 0; i < N_ARCHES; i++)
		CHECK(strcmp(csinfo_machine_name(arches[i].machine), "unknown"));
	CHECK(!machine_find(EM_386, ELFCLASS64, ELFDATA2LSB));
	CHECK(!machine_find(EM_X86_64, ELFCLASS64, ELFDATA2MSB));
	CHECK(!machine_find(EM_S390, ELFCLASS64, ELFDATA2LSB));
	CHECK(!machine_find(EM_AARCH64, ELFCLASS64, ELFDATANONE));
}

void test_arch(void)
{
	test_relative();
	test_relr();
	test_mips64();
	test_mips_got();
	test_twice();
	test_wide_word();
	test_slot();
	test_negative_addend();
	test_packed();
	test_packed_bomb();
	test_object();
	test_object_rel();
	test_object_symbols();
	test_extended_index();
	test_difference();
	test_bad_places();
	test_other_target();
	test_alignment();
	test_odd_offset();
	test_headers();
	test_truncated();
	test_names();
}
