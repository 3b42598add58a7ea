// SPDX-License-Identifier: MIT
/* A program with rseq tables, that tests change before and after it is written. */
#include <stdlib.h>

#include "scenario.h"

static const unsigned char code[TEXT_SIZE] = {
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

/* The tables in the file's byte order. */
struct image {
	unsigned char descriptors[sizeof(((struct scenario *)0)->descriptors)];
	unsigned char pointers[sizeof(((struct scenario *)0)->pointers)];
	unsigned char exits[sizeof(((struct scenario *)0)->exits)];
	unsigned char reloc[sizeof(((struct scenario *)0)->reloc)];
	unsigned char symbols[sizeof(((struct scenario *)0)->symbols)];
	unsigned char extended[sizeof(((struct scenario *)0)->extended)];
	unsigned char dynamic[sizeof(((struct scenario *)0)->dynamic)];
};

static void put_descriptors(const struct scenario *scenario, const struct elf_writer *writer,
			    unsigned char *at)
{
	for (size_t i = 0; i < 8; i++, at += sizeof(struct descriptor)) {
		const struct descriptor *descriptor = &scenario->descriptors[i];

		elf_put(writer, at, descriptor->version, 4);
		elf_put(writer, at + 4, descriptor->flags, 4);
		elf_put(writer, at + 8, descriptor->start_ip, 8);
		elf_put(writer, at + 16, descriptor->post_commit_offset, 8);
		elf_put(writer, at + 24, descriptor->abort_ip, 8);
	}
}

static void put_symbol(const struct elf_writer *writer, unsigned char *at, const Elf64_Sym *symbol)
{
	if (writer->is_32_bit) {
		elf_put(writer, at + offsetof(Elf32_Sym, st_name), symbol->st_name, 4);
		elf_put(writer, at + offsetof(Elf32_Sym, st_value), symbol->st_value, 4);
		elf_put(writer, at + offsetof(Elf32_Sym, st_size), symbol->st_size, 4);
		at[offsetof(Elf32_Sym, st_info)] = symbol->st_info;
		at[offsetof(Elf32_Sym, st_other)] = symbol->st_other;
		elf_put(writer, at + offsetof(Elf32_Sym, st_shndx), symbol->st_shndx, 2);
	} else {
		elf_put(writer, at + offsetof(Elf64_Sym, st_name), symbol->st_name, 4);
		elf_put(writer, at + offsetof(Elf64_Sym, st_value), symbol->st_value, 8);
		elf_put(writer, at + offsetof(Elf64_Sym, st_size), symbol->st_size, 8);
		at[offsetof(Elf64_Sym, st_info)] = symbol->st_info;
		at[offsetof(Elf64_Sym, st_other)] = symbol->st_other;
		elf_put(writer, at + offsetof(Elf64_Sym, st_shndx), symbol->st_shndx, 2);
	}
}

static void make_image(const struct scenario *scenario, const struct elf_writer *writer,
		       struct image *image)
{
	unsigned int word = elf_word(writer);
	size_t symbol = writer->is_32_bit ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);

	put_descriptors(scenario, writer, image->descriptors);
	for (size_t i = 0; i < 8; i++) {
		elf_put(writer, image->pointers + 8 * i, scenario->pointers[i], 8);
		elf_put(writer, image->exits + 16 * i, scenario->exits[i][0], 8);
		elf_put(writer, image->exits + 16 * i + 8, scenario->exits[i][1], 8);
		put_symbol(writer, image->symbols + symbol * i, &scenario->symbols[i]);
		elf_put(writer, image->extended + 4 * i, scenario->extended[i], 4);
		elf_put(writer, image->dynamic + word * i, scenario->dynamic[i], word);
	}
	for (size_t i = 0; i < 32; i++)
		elf_put(writer, image->reloc + word * i, scenario->reloc[i], word);
}

static void add_tables(struct scenario *scenario, const struct image *image,
		       struct elf_writer *writer)
{
	const uint64_t data = SHF_ALLOC | SHF_WRITE;

	if (scenario->descriptors_size)
		scenario->data_index =
			elf_add(writer, "__rseq_cs", SHT_PROGBITS, data, scenario->data_address,
				image->descriptors, scenario->descriptors_size);
	if (scenario->pointers_size)
		elf_add(writer, "__rseq_cs_ptr_array", SHT_PROGBITS, data, POINTERS,
			image->pointers, scenario->pointers_size);
	if (scenario->exits_size)
		elf_add(writer, "__rseq_exit_point_array", SHT_PROGBITS, data, EXITS, image->exits,
			scenario->exits_size);
}

static void add_relocations(struct scenario *scenario, const struct image *image,
			    struct elf_writer *writer)
{
	bool is_object = scenario->type == ET_REL;

	scenario->reloc_index =
		elf_add(writer, ".rel.test", scenario->reloc_type, is_object ? 0 : SHF_ALLOC,
			is_object ? 0 : 0x400000, image->reloc, scenario->reloc_size);
	if (is_object)
		writer->sections[scenario->reloc_index - 1].info =
			scenario->reloc_is_for_code ? 1 : scenario->data_index;
}

static void add_symbols(struct scenario *scenario, const struct image *image,
			struct elf_writer *writer)
{
	size_t size = scenario->symbols_size;
	uint32_t index;

	if (writer->is_32_bit)
		size = size / sizeof(Elf64_Sym) * sizeof(Elf32_Sym);
	index = elf_add(writer, ".symtab", SHT_SYMTAB, 0, 0, image->symbols, size);
	writer->sections[index - 1].link = index + 1;
	elf_add(writer, ".strtab", SHT_STRTAB, 0, 0, names, sizeof(names));
	if (scenario->reloc_index)
		writer->sections[scenario->reloc_index - 1].link = index;
	if (!scenario->extended_size)
		return;
	elf_add(writer, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0, 0, image->extended,
		scenario->extended_size);
	writer->sections[writer->n - 1].link = index;
}

void scenario_write(struct scenario *scenario)
{
	struct elf_writer writer = {
		.type = scenario->type,
		.machine = scenario->machine,
		.is_32_bit = scenario->is_32_bit,
		.is_big_endian = scenario->is_big_endian,
		.flags = scenario->flags,
	};
	struct image image;

	make_image(scenario, &writer, &image);
	elf_add(&writer, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, TEXT, code,
		sizeof(code));
	add_tables(scenario, &image, &writer);
	if (scenario->reloc_size)
		add_relocations(scenario, &image, &writer);
	if (scenario->dynamic_size)
		elf_add(&writer, ".dynamic", SHT_DYNAMIC, SHF_ALLOC, 0x408000, image.dynamic,
			scenario->dynamic_size);
	if (scenario->symbols_size)
		add_symbols(scenario, &image, &writer);
	if (scenario->extra_size)
		elf_add(&writer, scenario->extra_name, SHT_PROGBITS, 0, 0, scenario->extra,
			scenario->extra_size);
	scenario->bytes = elf_write(&writer, &scenario->size);
	scenario->text_offset = writer.sections[0].offset;
	if (scenario->data_index)
		scenario->data_offset = writer.sections[scenario->data_index - 1].offset;
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
