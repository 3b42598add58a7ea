// SPDX-License-Identifier: MIT
/*
 * Write the files that fuzzing begins with.  Usage: seeds DIR.  Each is good in most of it, and
 * leads to parts of the library that the others do not reach.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static const char *folder;

static void save(const char *name, const unsigned char *bytes, size_t size)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static void write_seed(const char *name, struct scenario *scenario)
{
	scenario_write(scenario);
	save(name, scenario->bytes, scenario->size);
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

/* An archive with a table of long names and two members. */
static void archive(void)
{
	struct scenario scenario = scenario_good();
	unsigned char bytes[16384];
	size_t size;

	scenario_write(&scenario);
	size = (size_t)snprintf((char *)bytes, sizeof(bytes),
				"!<arch>\n%-48s%-10s`\na/\nlong/\n\n%-48s%-10zu`\n", "//", "10",
				"/3", scenario.size);
	memcpy(bytes + size, scenario.bytes, scenario.size);
	size += scenario.size;
	size += (size_t)snprintf((char *)bytes + size, sizeof(bytes) - size, "%-48s%-10s`\n123456",
				 "#1/4", "6");
	save("archive", bytes, size);
	scenario_free(&scenario);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("Usage: seeds DIR\n", stderr);
		return 2;
	}
	folder = argv[1];
	plain();
	without_pointers();
	several();
	relocated();
	machines();
	archive();
	return 0;
}
