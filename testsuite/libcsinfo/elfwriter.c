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

void elf_put(const struct elf_writer *writer, void *at, uint64_t value, unsigned int width)
{
	unsigned char *bytes = at;

	for (unsigned int i = 0; i < width; i++, value >>= 8)
		bytes[writer->is_big_endian ? width - 1 - i : i] = (unsigned char)value;
}

unsigned int elf_word(const struct elf_writer *writer)
{
	return writer->is_32_bit ? 4 : 8;
}

/* Write VALUE to a field of a header, which the two classes have in different places. */
#define PUT(writer, bytes, kind, field, value)                                                     \
	((writer)->is_32_bit ? elf_put(writer, (bytes) + offsetof(Elf32_##kind, field), value,     \
				       sizeof(((Elf32_##kind *)0)->field))                         \
			     : elf_put(writer, (bytes) + offsetof(Elf64_##kind, field), value,     \
				       sizeof(((Elf64_##kind *)0)->field)))
#define SIZE(writer, kind) ((writer)->is_32_bit ? sizeof(Elf32_##kind) : sizeof(Elf64_##kind))

static size_t align(size_t offset)
{
	return (offset + 31) & ~(size_t)31;
}

static bool has_segment(const struct elf_writer *writer, const struct elf_section *section)
{
	return writer->type != ET_REL && section->flags & SHF_ALLOC;
}

/* Returns the number of segments. */
static size_t write_segments(const struct elf_writer *writer, unsigned char *bytes)
{
	unsigned char *at = bytes + SIZE(writer, Ehdr);
	size_t n = 0;

	for (size_t i = 0; i < writer->n; i++) {
		const struct elf_section *section = &writer->sections[i];

		if (!has_segment(writer, section))
			continue;
		PUT(writer, at, Phdr, p_type, PT_LOAD);
		PUT(writer, at, Phdr, p_flags,
		    PF_R | (section->flags & SHF_EXECINSTR ? PF_X : PF_W));
		PUT(writer, at, Phdr, p_offset, section->offset);
		PUT(writer, at, Phdr, p_vaddr, section->address);
		PUT(writer, at, Phdr, p_filesz, section->size);
		PUT(writer, at, Phdr, p_memsz, section->size);
		at += SIZE(writer, Phdr);
		n++;
	}
	return n;
}

static void write_section(const struct elf_writer *writer, unsigned char *at,
			  const struct elf_section *section, size_t name)
{
	PUT(writer, at, Shdr, sh_name, name);
	PUT(writer, at, Shdr, sh_type, section->type);
	PUT(writer, at, Shdr, sh_flags, section->flags);
	PUT(writer, at, Shdr, sh_addr, section->address);
	PUT(writer, at, Shdr, sh_offset, section->offset);
	PUT(writer, at, Shdr, sh_size, section->size);
	PUT(writer, at, Shdr, sh_link, section->link);
	PUT(writer, at, Shdr, sh_info, section->info);
	PUT(writer, at, Shdr, sh_addralign, 32);
}

/* The names at NAMES, and behind them the headers. */
static void write_sections(const struct elf_writer *writer, unsigned char *bytes, size_t names)
{
	struct elf_section table = {.type = SHT_STRTAB, .offset = names, .size = NAMES_SIZE};
	unsigned char *at = bytes + names + NAMES_SIZE + SIZE(writer, Shdr);
	size_t name = 1;

	for (size_t i = 0; i < writer->n; i++, at += SIZE(writer, Shdr)) {
		const struct elf_section *section = &writer->sections[i];

		write_section(writer, at, section, name);
		strcpy((char *)bytes + names + name, section->name);
		name += strlen(section->name) + 1;
	}
	write_section(writer, at, &table, 0);
}

static void write_header(const struct elf_writer *writer, unsigned char *bytes, size_t names)
{
	memcpy(bytes, ELFMAG, SELFMAG);
	bytes[EI_CLASS] = writer->is_32_bit ? ELFCLASS32 : ELFCLASS64;
	bytes[EI_DATA] = writer->is_big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	bytes[EI_VERSION] = EV_CURRENT;
	PUT(writer, bytes, Ehdr, e_type, writer->type);
	PUT(writer, bytes, Ehdr, e_machine, writer->machine ? writer->machine : EM_X86_64);
	PUT(writer, bytes, Ehdr, e_version, EV_CURRENT);
	PUT(writer, bytes, Ehdr, e_phoff, SIZE(writer, Ehdr));
	PUT(writer, bytes, Ehdr, e_shoff, names + NAMES_SIZE);
	PUT(writer, bytes, Ehdr, e_flags, writer->flags);
	PUT(writer, bytes, Ehdr, e_ehsize, SIZE(writer, Ehdr));
	PUT(writer, bytes, Ehdr, e_phentsize, SIZE(writer, Phdr));
	PUT(writer, bytes, Ehdr, e_phnum, write_segments(writer, bytes));
	PUT(writer, bytes, Ehdr, e_shentsize, SIZE(writer, Shdr));
	PUT(writer, bytes, Ehdr, e_shnum, writer->n + 2);
	PUT(writer, bytes, Ehdr, e_shstrndx, writer->n + 1);
}

unsigned char *elf_write(struct elf_writer *writer, size_t *size)
{
	size_t names = align(SIZE(writer, Ehdr) + writer->n * SIZE(writer, Phdr));
	unsigned char *bytes;

	for (size_t i = 0; i < writer->n; i++) {
		writer->sections[i].offset = names;
		names = align(names + writer->sections[i].size);
	}
	*size = names + NAMES_SIZE + (writer->n + 2) * SIZE(writer, Shdr);
	bytes = calloc(1, *size);
	for (size_t i = 0; i < writer->n; i++)
		if (writer->sections[i].size)
			memcpy(bytes + writer->sections[i].offset, writer->sections[i].data,
			       writer->sections[i].size);
	write_header(writer, bytes, names);
	write_sections(writer, bytes, names);
	return bytes;
}
