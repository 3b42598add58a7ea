// SPDX-License-Identifier: MIT
/* The symbols of one symbol table. */
#include "symtab.h"

/* SHT_SYMTAB_SHNDX of the symbol table with that INDEX. */
static struct reader extended_indices(const struct elf_image *image, size_t index)
{
	struct reader reader = {0};

	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].type == SHT_SYMTAB_SHNDX && image->sections[i].link == index)
			elf_image_section_reader(image, &image->sections[i], &reader, NULL);
	return reader;
}

void symtab_open(struct symtab *symtab, const struct elf_image *image,
		 const struct image_section *section)
{
	const struct image_section *names = elf_image_section(image, section->link);

	*symtab = (struct symtab){.image = image};
	if ((section->type != SHT_SYMTAB && section->type != SHT_DYNSYM) ||
	    elf_image_section_reader(image, section, &symtab->entries, NULL) != 0)
		return;
	symtab->n =
		symtab->entries.size / (image->word == 8 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
	symtab->extended = extended_indices(image, section->index);
	if (names && names->type == SHT_STRTAB)
		elf_image_section_reader(image, names, &symtab->names, NULL);
}

/* Turn the value of symbol NUMBER, in section INDEX of a relocatable file, into an address. */
static void place_symbol(const struct symtab *symtab, size_t number, uint32_t index,
			 struct symbol *symbol)
{
	const struct image_section *section;

	if (index == SHN_XINDEX)
		reader_u32(&symtab->extended, number * sizeof(uint32_t), &index);
	else if (index >= SHN_LORESERVE)
		index = SHN_UNDEF;
	section = elf_image_section(symtab->image, index);
	symbol->defined = section && section->flags & SHF_ALLOC && section->type != SHT_NOBITS;
	if (symbol->defined)
		symbol->value += section->offset;
}

static void read64(const struct reader *reader, uint64_t at, struct symbol *out, uint8_t *info,
		   uint16_t *index)
{
	reader_word(reader, at + offsetof(Elf64_Sym, st_name), 4, &out->name);
	reader_word(reader, at + offsetof(Elf64_Sym, st_value), 8, &out->value);
	reader_word(reader, at + offsetof(Elf64_Sym, st_size), 8, &out->size);
	reader_u8(reader, at + offsetof(Elf64_Sym, st_info), info);
	reader_u8(reader, at + offsetof(Elf64_Sym, st_other), &out->other);
	reader_u16(reader, at + offsetof(Elf64_Sym, st_shndx), index);
}

static void read32(const struct reader *reader, uint64_t at, struct symbol *out, uint8_t *info,
		   uint16_t *index)
{
	reader_word(reader, at + offsetof(Elf32_Sym, st_name), 4, &out->name);
	reader_word(reader, at + offsetof(Elf32_Sym, st_value), 4, &out->value);
	reader_word(reader, at + offsetof(Elf32_Sym, st_size), 4, &out->size);
	reader_u8(reader, at + offsetof(Elf32_Sym, st_info), info);
	reader_u8(reader, at + offsetof(Elf32_Sym, st_other), &out->other);
	reader_u16(reader, at + offsetof(Elf32_Sym, st_shndx), index);
}

bool symtab_get(const struct symtab *symtab, size_t number, struct symbol *out)
{
	uint16_t index = SHN_UNDEF;
	uint8_t info = 0;

	if (number >= symtab->n)
		return false;
	*out = (struct symbol){0};
	if (symtab->image->word == 8)
		read64(&symtab->entries, number * sizeof(Elf64_Sym), out, &info, &index);
	else
		read32(&symtab->entries, number * sizeof(Elf32_Sym), out, &info, &index);
	out->type = ELF64_ST_TYPE(info);
	out->binding = ELF64_ST_BIND(info);
	out->defined = index != SHN_UNDEF && index != SHN_COMMON;
	if (symtab->image->type == ET_REL && index != SHN_ABS)
		place_symbol(symtab, number, index, out);
	return true;
}
