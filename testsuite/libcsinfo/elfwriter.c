// SPDX-License-Identifier: MIT
/* Writes small ELF files, right or wrong, for tests. */
#include <stdlib.h>
#include <string.h>

#include "elfwriter.h"

#define NAMES_SIZE 1024

uint32_t elf_add(struct elf_writer *writer, const char *name, uint32_t type, uint64_t flags,
		 uint64_t address, const void *data, size_t size)
{
	if (writer->n == ELFWRITER_SECTIONS)
		abort();
	writer->sections[writer->n++] = (struct elf_section){
		.name = name,
		.type = type,
		.flags = flags,
		.address = address,
		.data = data,
		.size = size,
	};
	return (uint32_t)writer->n; /* section 0 is the null section */
}

Elf64_Ehdr *elf_header(unsigned char *bytes)
{
	return (Elf64_Ehdr *)bytes;
}

Elf64_Shdr *elf_section_header(unsigned char *bytes, uint32_t index)
{
	return (Elf64_Shdr *)(bytes + elf_header(bytes)->e_shoff) + index;
}

static size_t align(size_t offset)
{
	return (offset + 15) & ~(size_t)15;
}

static void write_segments(const struct elf_writer *writer, unsigned char *bytes)
{
	Elf64_Ehdr *header = elf_header(bytes);
	Elf64_Phdr *segment = (Elf64_Phdr *)(bytes + sizeof(*header));

	for (size_t i = 0; i < writer->n; i++) {
		const struct elf_section *section = &writer->sections[i];

		if (!(section->flags & SHF_ALLOC))
			continue;
		*segment++ = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | (section->flags & SHF_EXECINSTR ? PF_X : PF_W),
			.p_offset = section->offset,
			.p_vaddr = section->address,
			.p_filesz = section->size,
			.p_memsz = section->size,
		};
		header->e_phnum++;
	}
}

static void write_sections(const struct elf_writer *writer, unsigned char *bytes, size_t names)
{
	Elf64_Shdr *header = elf_section_header(bytes, 1);
	char *name = (char *)bytes + names + 1;

	for (size_t i = 0; i < writer->n; i++, header++) {
		const struct elf_section *section = &writer->sections[i];

		*header = (Elf64_Shdr){
			.sh_name = (Elf64_Word)(name - (char *)bytes - (ptrdiff_t)names),
			.sh_type = section->type,
			.sh_flags = section->flags,
			.sh_addr = section->address,
			.sh_offset = section->offset,
			.sh_size = section->size,
			.sh_link = section->link,
		};
		name = strcpy(name, section->name) + strlen(section->name) + 1;
	}
	*header = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = names, .sh_size = NAMES_SIZE};
}

unsigned char *elf_write(struct elf_writer *writer, size_t *size)
{
	size_t contents = align(sizeof(Elf64_Ehdr) + writer->n * sizeof(Elf64_Phdr));
	size_t names = contents;
	unsigned char *bytes;
	Elf64_Ehdr *header;

	for (size_t i = 0; i < writer->n; i++) {
		writer->sections[i].offset = names;
		names = align(names + writer->sections[i].size);
	}
	*size = names + NAMES_SIZE + (writer->n + 2) * sizeof(Elf64_Shdr);
	bytes = calloc(1, *size);
	header = elf_header(bytes);
	*header = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = writer->type,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(*header),
		.e_shoff = names + NAMES_SIZE,
		.e_ehsize = sizeof(*header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = (Elf64_Half)(writer->n + 2),
		.e_shstrndx = (Elf64_Half)(writer->n + 1),
	};
	for (size_t i = 0; i < writer->n; i++)
		if (writer->sections[i].size)
			memcpy(bytes + writer->sections[i].offset, writer->sections[i].data,
			       writer->sections[i].size);
	write_segments(writer, bytes);
	write_sections(writer, bytes, names);
	return bytes;
}
