// SPDX-License-Identifier: MIT
/*
 * Changes to an ELF file that leave most of it meaningful.  Bytes flipped at random stop a
 * reader at its first check; here a field of a header or a word of a table gets a value that
 * another one has, or one beside it.
 */
#include <elf.h>
#include <string.h>

#include "mutate.h"

/* One ELF file of either class and byte order. */
struct file {
	uint8_t *data;
	size_t size;
	int is_64;
	int is_big;
	uint64_t state; /* of the random numbers */
};

/* A field of a structure: where, and how many bytes, in ELF32 and in ELF64. */
struct field {
	uint8_t offset[2];
	uint8_t width[2];
};

#define FIELD(type, name)                                                                          \
	{                                                                                          \
		{offsetof(Elf32_##type, name), offsetof(Elf64_##type, name)},                      \
		{                                                                                  \
			sizeof(((Elf32_##type *)0)->name), sizeof(((Elf64_##type *)0)->name)       \
		}                                                                                  \
	}

static const struct field header_fields[] = {
	FIELD(Ehdr, e_type),	  FIELD(Ehdr, e_machine),  FIELD(Ehdr, e_entry),
	FIELD(Ehdr, e_phoff),	  FIELD(Ehdr, e_shoff),	   FIELD(Ehdr, e_flags),
	FIELD(Ehdr, e_phentsize), FIELD(Ehdr, e_phnum),	   FIELD(Ehdr, e_shentsize),
	FIELD(Ehdr, e_shnum),	  FIELD(Ehdr, e_shstrndx),
};

static const struct field section_fields[] = {
	FIELD(Shdr, sh_name), FIELD(Shdr, sh_type),	 FIELD(Shdr, sh_flags),
	FIELD(Shdr, sh_addr), FIELD(Shdr, sh_addr),	 FIELD(Shdr, sh_offset),
	FIELD(Shdr, sh_size), FIELD(Shdr, sh_size),	 FIELD(Shdr, sh_link),
	FIELD(Shdr, sh_info), FIELD(Shdr, sh_addralign), FIELD(Shdr, sh_entsize),
};

static const struct field segment_fields[] = {
	FIELD(Phdr, p_type),  FIELD(Phdr, p_flags),  FIELD(Phdr, p_offset),
	FIELD(Phdr, p_vaddr), FIELD(Phdr, p_filesz), FIELD(Phdr, p_memsz),
};

static const struct field shoff = FIELD(Ehdr, e_shoff);
static const struct field shnum = FIELD(Ehdr, e_shnum);
static const struct field phoff = FIELD(Ehdr, e_phoff);
static const struct field phnum = FIELD(Ehdr, e_phnum);
static const struct field sh_addr = FIELD(Shdr, sh_addr);
static const struct field sh_offset = FIELD(Shdr, sh_offset);
static const struct field sh_size = FIELD(Shdr, sh_size);

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* xorshift64, and a number below LIMIT, which is not 0. */
static uint64_t pick(struct file *file, uint64_t limit)
{
	file->state ^= file->state << 13;
	file->state ^= file->state >> 7;
	file->state ^= file->state << 17;
	return (file->state >> 11) % limit;
}

/* WIDTH bytes at OFFSET; 0 where the file has none. */
static uint64_t get(const struct file *file, uint64_t offset, unsigned int width)
{
	uint64_t value = 0;

	if (offset > file->size || width > file->size - offset)
		return 0;
	for (unsigned int i = 0; i < width; i++)
		value = value << 8 | file->data[offset + (file->is_big ? i : width - 1 - i)];
	return value;
}

static void put(struct file *file, uint64_t offset, unsigned int width, uint64_t value)
{
	if (offset > file->size || width > file->size - offset)
		return;
	for (unsigned int i = 0; i < width; i++, value >>= 8)
		file->data[offset + (file->is_big ? width - 1 - i : i)] = (uint8_t)value;
}

static uint64_t get_field(const struct file *file, uint64_t base, const struct field *field)
{
	return get(file, base + field->offset[file->is_64], field->width[file->is_64]);
}

static size_t header_size(const struct file *file)
{
	return file->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

/* Where the header of any section is, 0 when the file has no room for one. */
static uint64_t any_section(struct file *file)
{
	uint64_t base = get_field(file, 0, &shoff);
	uint64_t count = get_field(file, 0, &shnum);

	if (!count || base > file->size || count > (file->size - base) / header_size(file))
		return 0;
	return base + pick(file, count) * header_size(file);
}

static uint64_t any_segment(struct file *file)
{
	uint64_t base = get_field(file, 0, &phoff);
	uint64_t count = get_field(file, 0, &phnum);
	size_t size = file->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (!count || base > file->size || count > (file->size - base) / size)
		return 0;
	return base + pick(file, count) * size;
}

/* A value that means something: an address, an offset, a limit, or one beside it. */
static uint64_t any_value(struct file *file, uint64_t old)
{
	uint64_t section = any_section(file);
	uint64_t address = section ? get_field(file, section, &sh_addr) : 0;
	uint64_t size = section ? get_field(file, section, &sh_size) : 0;

	switch (pick(file, 10)) {
	case 0:
		return pick(file, 64);
	case 1:
		return UINT64_MAX - pick(file, 64);
	case 2:
		return (UINT64_MAX >> (1 + pick(file, 40))) + pick(file, 3);
	case 3:
		return file->size - pick(file, 64);
	case 4:
		return section ? get_field(file, section, &sh_offset) : 0;
	case 5:
		return address + pick(file, size < UINT32_MAX ? size + 9 : 9);
	case 6:
		return address + size - pick(file, 40);
	case 7:
		return old ^ 1ull << pick(file, 64);
	default:
		return old + pick(file, 33) - 16;
	}
}

static void change_field(struct file *file, uint64_t base, const struct field *fields, size_t n)
{
	const struct field *field = &fields[pick(file, n)];
	uint64_t old = get_field(file, base, field);

	put(file, base + field->offset[file->is_64], field->width[file->is_64],
	    any_value(file, old));
}

/* Give a field of a section the value that the same field of another one has. */
static void copy_field(struct file *file)
{
	const struct field *field = &section_fields[pick(file, COUNT(section_fields))];
	uint64_t from = any_section(file);
	uint64_t to = any_section(file);

	if (from && to)
		put(file, to + field->offset[file->is_64], field->width[file->is_64],
		    get_field(file, from, field));
}

/* A word of what a section holds. */
static void change_word(struct file *file)
{
	uint64_t section = any_section(file);
	uint64_t size = section ? get_field(file, section, &sh_size) : 0;
	unsigned int width = 4u << pick(file, 2);
	uint64_t at;

	if (size < width || size > file->size)
		return;
	at = get_field(file, section, &sh_offset) + pick(file, size / width) * width;
	put(file, at, width, any_value(file, get(file, at, width)));
}

/* Any change of the bytes of one section, or of all its header. */
static void change_bytes(struct file *file, mutator *any_bytes)
{
	uint64_t section = any_section(file);
	uint64_t size = section ? get_field(file, section, &sh_size) : 0;
	uint64_t offset = section ? get_field(file, section, &sh_offset) : 0;

	if (pick(file, 4) == 0) {
		offset = section;
		size = header_size(file);
	}
	if (size && offset <= file->size && size <= file->size - offset)
		any_bytes(file->data + offset, size, size);
}

static void change_once(struct file *file, mutator *any_bytes)
{
	uint64_t section = any_section(file);
	uint64_t segment = any_segment(file);

	switch (pick(file, 16)) {
	case 0:
		change_field(file, 0, header_fields, COUNT(header_fields));
		break;
	case 1:
	case 2:
		if (segment)
			change_field(file, segment, segment_fields, COUNT(segment_fields));
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		if (section)
			change_field(file, section, section_fields, COUNT(section_fields));
		break;
	case 7:
	case 8:
		copy_field(file);
		break;
	case 9:
	case 10:
	case 11:
		change_bytes(file, any_bytes);
		break;
	default:
		change_word(file);
		break;
	}
}

size_t mutate(uint8_t *data, size_t size, size_t max_size, unsigned int seed, mutator *any_bytes)
{
	struct file file = {.data = data, .size = size, .state = seed | 1ull << 32};
	uint64_t changes;

	if (size < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG) || pick(&file, 16) == 0)
		return any_bytes(data, size, max_size);
	file.is_64 = data[EI_CLASS] == ELFCLASS64;
	file.is_big = data[EI_DATA] == ELFDATA2MSB;
	for (changes = 1 + pick(&file, 4); changes; changes--)
		change_once(&file, any_bytes);
	return size;
}
