// SPDX-License-Identifier: MIT
/* A program with rseq tables, that tests change before and after it is written. */
#include <stdlib.h>

#include "scenario.h"

static const unsigned char code[64] = {
	0x48, 0xc7, 0xc0, 0x00, 0x40, 0x40, 0x00,	      /* 00: mov $0x404000, %rax */
	0x64, 0x48, 0x89, 0x04, 0x25, 0x08, 0x00, 0x00, 0x00, /* 07: mov %rax, %fs:8 */
	0x48, 0x89, 0x0a,				      /* 16: mov %rcx, (%rdx) */
	0xc3,						      /* 19: ret */
	0xc3,						      /* 20: ret */
	0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00,	      /* 21: nopl 0(%rax) */
	0x53, 0x30, 0x05, 0x53,				      /* 28: the signature */
	0xeb, 0xde,					      /* 32: jmp 00 */
};

static const char names[] = "\0one\0two";

struct scenario scenario_good(void)
{
	return (struct scenario){
		.type = ET_EXEC,
		.descriptors = {{0, 0, CODE_START, CODE_COMMIT - CODE_START, CODE_ABORT}},
		.pointers = {DATA},
		.exits = {{CODE_START, CODE_EXIT}},
		.descriptors_size = sizeof(struct descriptor),
		.pointers_size = 8,
		.exits_size = 16,
		.data_address = DATA,
		.reloc_type = SHT_RELA,
	};
}

static void add_tables(struct scenario *scenario, struct elf_writer *writer)
{
	const uint64_t data = SHF_ALLOC | SHF_WRITE;

	if (scenario->descriptors_size)
		scenario->data_index =
			elf_add(writer, "__rseq_cs", SHT_PROGBITS, data, scenario->data_address,
				scenario->descriptors, scenario->descriptors_size);
	if (scenario->pointers_size)
		elf_add(writer, "__rseq_cs_ptr_array", SHT_PROGBITS, data, POINTERS,
			scenario->pointers, scenario->pointers_size);
	if (scenario->exits_size)
		elf_add(writer, "__rseq_exit_point_array", SHT_PROGBITS, data, EXITS,
			scenario->exits, scenario->exits_size);
}

static void add_symbols(struct scenario *scenario, struct elf_writer *writer)
{
	uint32_t index = elf_add(writer, ".symtab", SHT_SYMTAB, 0, 0, scenario->symbols,
				 scenario->symbols_size);

	writer->sections[index - 1].link = index + 1;
	elf_add(writer, ".strtab", SHT_STRTAB, 0, 0, names, sizeof(names));
	if (scenario->reloc_index)
		writer->sections[scenario->reloc_index - 1].link = index;
}

void scenario_write(struct scenario *scenario)
{
	struct elf_writer writer = {.type = scenario->type};

	elf_add(&writer, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, TEXT, code,
		sizeof(code));
	add_tables(scenario, &writer);
	if (scenario->reloc_size)
		scenario->reloc_index =
			elf_add(&writer, ".rel.test", scenario->reloc_type, SHF_ALLOC, 0x400000,
				scenario->reloc, scenario->reloc_size);
	if (scenario->symbols_size)
		add_symbols(scenario, &writer);
	scenario->bytes = elf_write(&writer, &scenario->size);
}

void scenario_free(struct scenario *scenario)
{
	free(scenario->bytes);
	scenario->bytes = NULL;
}

int scenario_open(struct scenario *scenario, struct csinfo **handle, struct csinfo_err *err)
{
	int status;

	scenario_write(scenario);
	status = csinfo_open_memory(scenario->bytes, scenario->size, handle, err);
	scenario_free(scenario);
	return status;
}

int scenario_status(struct scenario *scenario)
{
	struct csinfo *handle = NULL;
	int status = scenario_open(scenario, &handle, NULL);

	csinfo_close(handle);
	return status;
}
