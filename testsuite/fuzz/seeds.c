// SPDX-License-Identifier: MIT
/*
 * Write the files that fuzzing begins with.  Usage: seeds DIR [FILE...], where DIR has a folder
 * for each target.  Each seed is good in most of it, and leads to parts of the library that the
 * others do not reach.  Every section of an ELF FILE is a seed for what decodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "scenario.h"

#define MAX_CODE 256u

static const char *folder;

static void save(const char *target, const char *name, const void *bytes, size_t size)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static void write_seed(const char *name, struct scenario *scenario)
{
	scenario_write(scenario);
	save("reader", name, scenario->bytes, scenario->size);
	save("lint", name, scenario->bytes, scenario->size);
	scenario_free(scenario);
}

static void add_symbols(struct scenario *scenario)
{
	const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);

	scenario->symbols[1] = (Elf64_Sym){1, info, STV_HIDDEN, 1, TEXT, 64};
	scenario->symbols[2] = (Elf64_Sym){5, info, 0, 1, TEXT + 8, 16};
	scenario->symbols[3] = (Elf64_Sym){5, info, 0, 1, TEXT + 8, 32};
	scenario->symbols_size = 4 * sizeof(Elf64_Sym);
}

static void plain(void)
{
	struct scenario scenario = scenario_good();

	write_seed("program", &scenario);
	add_symbols(&scenario);
	write_seed("program-symbols", &scenario);
}

/* What says where a separate debug file is. */
static void stripped(void)
{
	struct scenario scenario = scenario_good();

	scenario.extra_name = ".note.gnu.build-id";
	scenario.extra_size = 20;
	memcpy(scenario.extra, "\4\0\0\0\4\0\0\0\3\0\0\0GNU\0\1\2\3\4", 20);
	write_seed("build-id", &scenario);
	scenario.extra_name = ".gnu_debuglink";
	scenario.extra_size = 12;
	memcpy(scenario.extra, "a.debug\0\1\2\3\4", 12);
	write_seed("debuglink", &scenario);
}

/* Before there was an array of pointers. */
static void without_pointers(void)
{
	struct scenario scenario = scenario_good();

	scenario.pointers_size = 0;
	scenario.exits_size = 0;
	scenario.descriptors[2] = scenario.descriptors[0];
	scenario.descriptors_size = 3 * sizeof(struct descriptor);
	write_seed("old", &scenario);
}

/* Overlapping sections, duplicates, padding, exit points for nothing. */
static void several(void)
{
	struct scenario scenario = scenario_good();

	for (unsigned int i = 0; i < 4; i++) {
		scenario.descriptors[i] = scenario.descriptors[0];
		scenario.descriptors[i].start_ip = CODE_START - i;
		scenario.descriptors[i].post_commit_offset = 3 + 2 * i;
		scenario.pointers[2 * i] = DATA + i * sizeof(struct descriptor);
		scenario.exits[i][0] = CODE_START - (i & 1);
		scenario.exits[i][1] = CODE_EXIT + i;
	}
	scenario.pointers[3] = DATA;
	scenario.pointers[5] = TEXT;
	scenario.exits[5][0] = TEXT;
	scenario.descriptors_size = 4 * sizeof(struct descriptor);
	scenario.pointers_size = sizeof(scenario.pointers);
	scenario.exits_size = 6 * 16;
	write_seed("several", &scenario);
}

/* A shared object's, with the addends in the relocations or in place. */
static void relocated(void)
{
	static const uint64_t places[] = {DATA + 8, DATA + 24, POINTERS,
					  EXITS,    EXITS + 8, TEXT + 40};
	static const uint64_t addends[] = {CODE_START, CODE_ABORT, DATA,
					   CODE_START, CODE_EXIT,  DATA};
	struct scenario rela = scenario_good();
	struct scenario rel = scenario_good();
	struct scenario relr = scenario_good();

	rela.type = rel.type = relr.type = ET_DYN;
	for (size_t i = 0; i < 6; i++) {
		memcpy(&rela.reloc[3 * i], (uint64_t[]){places[i], R_X86_64_RELATIVE, addends[i]},
		       24);
		memcpy(&rel.reloc[2 * i], (uint64_t[]){places[i], R_X86_64_RELATIVE}, 16);
	}
	rela.reloc_size = 6 * 24;
	/* One by a symbol. */
	rela.reloc[1] = ELF64_R_INFO(1, R_X86_64_64);
	rela.reloc[2] = CODE_START - TEXT;
	rel.reloc_size = 6 * 16;
	rel.reloc_type = SHT_REL;
	memcpy(relr.reloc, (uint64_t[]){DATA + 8, 5, POINTERS, EXITS, 3}, 40);
	relr.reloc_size = 40;
	relr.reloc_type = SHT_RELR;
	add_symbols(&rela);
	add_symbols(&rel);
	write_seed("rela", &rela);
	write_seed("rel", &rel);
	write_seed("relr", &relr);
}

/* Other classes and byte orders, and what only their files have. */
static void machines(void)
{
	struct scenario object = scenario_good();
	struct scenario relr = scenario_good();
	struct scenario mips = scenario_good();

	object.type = ET_REL;
	object.machine = EM_PPC;
	object.is_32_bit = object.is_big_endian = true;
	object.pointers_size = object.exits_size = 0;
	object.symbols[1] =
		(Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 0, SHN_XINDEX, 4, 60};
	object.symbols_size = 2 * sizeof(Elf64_Sym);
	object.extended[1] = 1;
	object.extended_size = 8;
	memcpy(object.reloc, (uint64_t[]){12, 0x101, 12, 28, 0x101, 28}, 48);
	object.reloc_size = 24;
	write_seed("object-ppc", &object);
	relr.type = mips.type = ET_DYN;
	relr.machine = EM_ARM;
	relr.is_32_bit = true;
	memcpy(relr.reloc, (uint64_t[]){DATA + 8, 1 | 1 << 4, POINTERS, EXITS, 5}, 40);
	relr.reloc_size = 20;
	relr.reloc_type = SHT_RELR;
	write_seed("relr-arm", &relr);
	mips.machine = EM_MIPS;
	mips.is_big_endian = true;
	memcpy(mips.reloc, (uint64_t[]){DATA + 8, 0x1203, DATA + 24, 0x1203, POINTERS, 0x100001203},
	       48);
	mips.reloc_size = 48;
	mips.reloc_type = SHT_REL;
	mips.dynamic[0] = DT_MIPS_GOTSYM;
	mips.dynamic[1] = 2;
	mips.dynamic_size = 32;
	add_symbols(&mips);
	write_seed("rel-mips64", &mips);
}

/* ---- archives ---- */

/* An archive in the making. */
struct archive {
	unsigned char bytes[8192];
	size_t size;
};

static void add_text(struct archive *archive, const char *text)
{
	size_t length = strlen(text);

	memcpy(archive->bytes + archive->size, text, length);
	archive->size += length;
}

/* A header for CONTENTS, which follow, or not. */
static void add_header(struct archive *archive, const char *name, size_t contents)
{
	char header[64];

	snprintf(header, sizeof(header), "%-48s%-10zu`\n", name, contents);
	add_text(archive, header);
}

/* One with GNU's table of long names, and one with BSD's names, of a good member and bad ones. */
static void archives(void)
{
	struct scenario scenario = scenario_good();
	struct archive gnu = {.size = 0};
	struct archive bsd = {.size = 0};
	struct archive thin = {.size = 0};

	scenario_write(&scenario);
	add_text(&gnu, "!<arch>\n");
	add_header(&gnu, "/", 4);
	add_text(&gnu, "    ");
	add_header(&gnu, "//", 10);
	add_text(&gnu, "a/\nlong/\n\n");
	bsd = gnu;
	add_header(&gnu, "/3", scenario.size);
	memcpy(gnu.bytes + gnu.size, scenario.bytes, scenario.size);
	gnu.size += scenario.size;
	add_header(&gnu, "/0", 0);
	add_header(&bsd, "#1/4", 6);
	add_text(&bsd, "123456");
	add_header(&bsd, "short/", 3);
	add_text(&bsd, "\x7f"
		       "EL\n");
	add_text(&thin, "!<thin>\n");
	add_header(&thin, "//", 14);
	add_text(&thin, "a.o/\nlib.a:8/\n");
	add_header(&thin, "/0", 100);
	add_header(&thin, "/5:8", 100);
	save("archive", "gnu", gnu.bytes, gnu.size);
	save("archive", "bsd", bsd.bytes, bsd.size);
	save("archive", "thin", thin.bytes, thin.size);
	scenario_free(&scenario);
}

/* ---- code ---- */

/* The number of the machine in code_machines. */
static uint8_t machine_number(int machine)
{
	uint8_t number = 0;

	while (number < N_CODE_MACHINES && code_machines[number] != machine)
		number++;
	return number;
}

/* CODE, SIZE bytes of the function of SECTION, as the input of fuzz-flow.c. */
static void save_code(const char *name, const struct csinfo *handle, size_t index,
		      const struct csinfo_section *section, const unsigned char *code, size_t size)
{
	uint64_t base = section->func_start;
	unsigned char bytes[sizeof(struct code_head) + MAX_CODE];
	struct code_head head = {
		.machine = machine_number(csinfo_machine(handle)),
		.bits = CODE_IN_FUNCTION,
		.start = (uint16_t)(section->start_ip - base),
		.length = (uint16_t)section->post_commit_offset,
		.abort = (uint16_t)(section->abort_ip - base),
		.elf_flags = csinfo_elf_flags(handle),
		.descriptor = (int32_t)(section->descriptor - base),
	};
	uint64_t way;

	if (csinfo_elf_class(handle) == ELFCLASS32)
		head.bits |= CODE_32_BIT;
	if (csinfo_byte_order(handle) == ELFDATA2MSB)
		head.bits |= CODE_BIG_ENDIAN;
	if (csinfo_exit_point(handle, index, 0, &way) == 0)
		head.exits[0] = (uint16_t)(way - base);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), code, size);
	save("flow", name, bytes, sizeof(head) + size);
}

/* Types of relocations of code, by machine, up to the first 0. */
static const struct {
	uint16_t machine;
	uint16_t types[6];
} relocations[] = {
	{EM_X86_64, {R_X86_64_PC32, R_X86_64_32S, R_X86_64_PLT32, R_X86_64_GOTPCREL}},
	{EM_386, {R_386_32, R_386_PC32, R_386_GOTOFF}},
	{EM_AARCH64,
	 {R_AARCH64_ADR_PREL_PG_HI21, R_AARCH64_ADD_ABS_LO12_NC, R_AARCH64_CONDBR19,
	  R_AARCH64_JUMP26}},
	{EM_ARM, {R_ARM_MOVW_ABS_NC, R_ARM_MOVT_ABS, R_ARM_JUMP24, R_ARM_THM_JUMP24, R_ARM_REL32}},
	{EM_PPC, {R_PPC_ADDR16_HA, R_PPC_ADDR16_LO, R_PPC_REL14}},
	{EM_PPC64, {R_PPC64_TOC16_HA, R_PPC64_TOC16_LO, R_PPC64_REL24}},
	{EM_S390, {R_390_PC32DBL, R_390_PC16DBL}},
	{EM_MIPS, {R_MIPS_HI16, R_MIPS_LO16, R_MIPS_PC16}},
};

/* Relocations of the first instructions of the code. */
static void add_relocations(struct scenario *scenario)
{
	const uint16_t *types = NULL;
	unsigned int shift = scenario->is_32_bit ? 8 : 32;
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(relocations) / sizeof(*relocations); i++)
		if (relocations[i].machine == scenario->machine)
			types = relocations[i].types;
	for (; types && types[n]; n++) {
		scenario->reloc[3 * n] = 4 * n;
		scenario->reloc[3 * n + 1] = UINT64_C(1) << shift | types[n];
		scenario->reloc[3 * n + 2] = 8;
	}
	scenario->reloc_size = 3 * n * (scenario->is_32_bit ? 4 : 8);
	scenario->reloc_is_for_code = true;
}

/* The same code before it is linked: addresses are offsets in the file. */
static void save_unlinked(const char *name, struct scenario scenario, const unsigned char *code,
			  size_t size)
{
	char path[300];

	scenario.type = ET_REL;
	scenario.pointers_size = 0;
	scenario.exits_size = 0;
	add_relocations(&scenario);
	scenario_write(&scenario);
	scenario.descriptors[0].start_ip += scenario.text_offset - TEXT;
	scenario.descriptors[0].abort_ip += scenario.text_offset - TEXT;
	scenario_free(&scenario);
	scenario_write(&scenario);
	memcpy(scenario.bytes + scenario.text_offset, code, size);
	snprintf(path, sizeof(path), "%s-unlinked", name);
	save("lint", path, scenario.bytes, scenario.size);
	scenario_free(&scenario);
}

/* The same code in a file as the others. */
static void save_linted(const char *name, const struct csinfo *handle,
			const struct csinfo_section *section, const unsigned char *code,
			size_t size)
{
	struct scenario scenario = scenario_good();
	uint64_t base = section->func_start;

	scenario.machine = (uint16_t)csinfo_machine(handle);
	scenario.is_32_bit = csinfo_elf_class(handle) == ELFCLASS32;
	scenario.is_big_endian = csinfo_byte_order(handle) == ELFDATA2MSB;
	scenario.flags = csinfo_elf_flags(handle);
	scenario.descriptors[0].start_ip = TEXT + section->start_ip - base;
	scenario.descriptors[0].post_commit_offset = section->post_commit_offset;
	scenario.exits[0][0] = scenario.descriptors[0].start_ip;
	add_symbols(&scenario);
	size = size < TEXT_SIZE ? size : TEXT_SIZE;
	save_unlinked(name, scenario, code, size);
	scenario_write(&scenario);
	memcpy(scenario.bytes + scenario.text_offset, code, size);
	save("lint", name, scenario.bytes, scenario.size);
	scenario_free(&scenario);
}

/* Every section of the ELF file PATH. */
static void sections_of(const char *path)
{
	const char *file_name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct csinfo *handle;

	if (csinfo_open(path, &handle, NULL)) {
		fprintf(stderr, "%s: can't be read\n", path);
		exit(1);
	}
	for (size_t i = 0; i < csinfo_count(handle); i++) {
		struct csinfo_section section = {.size = sizeof(section)};
		unsigned char code[MAX_CODE];
		char name[256];

		if (csinfo_get(handle, i, &section) || section.func_size > MAX_CODE ||
		    csinfo_read(handle, section.func_start, code, section.func_size))
			continue;
		snprintf(name, sizeof(name), "%s-%zu", file_name, i);
		save_code(name, handle, i, &section, code, section.func_size);
		save_linted(name, handle, &section, code, section.func_size);
	}
	csinfo_close(handle);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("Usage: seeds DIR [FILE...]\n", stderr);
		return 2;
	}
	folder = argv[1];
	plain();
	stripped();
	without_pointers();
	several();
	relocated();
	machines();
	archives();
	for (int i = 2; i < argc; i++)
		sections_of(argv[i]);
	return 0;
}
