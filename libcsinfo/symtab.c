// SPDX-License-Identifier: MIT
/* The symbols of one symbol table. */
#include <string.h>

#include "symtab.h"

/* SECTION, when it is of TYPE and the file holds it; else NULL. */
static const struct image_section *usable(const struct elf_image *image,
					  const struct image_section *section, uint32_t type)
{
	bool is_usable = section && section->type == type && !elf_image_check(image, section, NULL);

	return is_usable ? section : NULL;
}

/* SHT_SYMTAB_SHNDX of the symbol table with that INDEX, or NULL. */
static const struct image_section *extended_indices(const struct elf_image *image, size_t index)
{
	const struct image_section *found = NULL;

	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].type == SHT_SYMTAB_SHNDX && image->sections[i].link == index)
			found = &image->sections[i];
	return usable(image, found, SHT_SYMTAB_SHNDX);
}

static size_t entry_size(const struct elf_image *image)
{
	return image->word == 8 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

void symtab_open(struct symtab *symtab, const struct elf_image *image,
		 const struct image_section *section)
{
	*symtab = (struct symtab){
		.image = image,
		.entry_window = {.file = &image->file},
		.extended_window = {.file = &image->file},
	};
	if ((section->type != SHT_SYMTAB && section->type != SHT_DYNSYM) ||
	    elf_image_check(image, section, NULL))
		return;
	symtab->entries = section;
	symtab->n = section->size / entry_size(image);
	symtab->names = usable(image, elf_image_section(image, section->link), SHT_STRTAB);
	if (image->type == ET_REL)
		symtab->extended = extended_indices(image, section->index);
}

/* The LENGTH bytes at OFFSET of SECTION; no bytes where that does not have them. */
static struct reader part(const struct symtab *symtab, const struct image_section *section,
			  struct window *window, uint64_t offset, size_t length)
{
	struct reader reader = {.big_endian = symtab->image->big_endian};

	if (section && range_within(offset, length, section->size))
		reader.bytes = window_get(window, section->offset + offset, length);
	reader.size = reader.bytes ? length : 0;
	return reader;
}

/* Turn the value of symbol NUMBER, in section INDEX of a relocatable file, into an address. */
static void place_symbol(struct symtab *symtab, size_t number, uint32_t index,
			 struct symbol *symbol)
{
	const struct image_section *section;
	struct reader extended;

	if (index == SHN_XINDEX) {
		extended = part(symtab, symtab->extended, &symtab->extended_window,
				number * sizeof(index), sizeof(index));
		reader_u32(&extended, 0, &index);
	} else if (index >= SHN_LORESERVE) {
		index = SHN_UNDEF;
	}
	section = elf_image_section(symtab->image, index);
	symbol->defined = section && section->flags & SHF_ALLOC && section->type != SHT_NOBITS;
	if (symbol->defined)
		symbol->value += section->offset;
}

static void read64(const struct reader *reader, struct symbol *out, uint8_t *info, uint16_t *index)
{
	reader_word(reader, offsetof(Elf64_Sym, st_name), 4, &out->name);
	reader_word(reader, offsetof(Elf64_Sym, st_value), 8, &out->value);
	reader_word(reader, offsetof(Elf64_Sym, st_size), 8, &out->size);
	reader_u8(reader, offsetof(Elf64_Sym, st_info), info);
	reader_u8(reader, offsetof(Elf64_Sym, st_other), &out->other);
	reader_u16(reader, offsetof(Elf64_Sym, st_shndx), index);
}

static void read32(const struct reader *reader, struct symbol *out, uint8_t *info, uint16_t *index)
{
	reader_word(reader, offsetof(Elf32_Sym, st_name), 4, &out->name);
	reader_word(reader, offsetof(Elf32_Sym, st_value), 4, &out->value);
	reader_word(reader, offsetof(Elf32_Sym, st_size), 4, &out->size);
	reader_u8(reader, offsetof(Elf32_Sym, st_info), info);
	reader_u8(reader, offsetof(Elf32_Sym, st_other), &out->other);
	reader_u16(reader, offsetof(Elf32_Sym, st_shndx), index);
}

bool symtab_get(struct symtab *symtab, size_t number, struct symbol *out)
{
	struct reader entry;
	uint16_t index = SHN_UNDEF;
	uint8_t info = 0;
	size_t size;

	if (number >= symtab->n)
		return false;
	size = entry_size(symtab->image);
	entry = part(symtab, symtab->entries, &symtab->entry_window, number * size, size);
	if (!entry.bytes)
		return false;
	*out = (struct symbol){0};
	if (symtab->image->word == 8)
		read64(&entry, out, &info, &index);
	else
		read32(&entry, out, &info, &index);
	out->type = ELF64_ST_TYPE(info);
	out->binding = ELF64_ST_BIND(info);
	out->defined = index != SHN_UNDEF;
	if (symtab->image->type == ET_REL && index != SHN_ABS)
		place_symbol(symtab, number, index, out);
	return true;
}

/* Whether SYMBOL's name is the SIZE bytes at NAME. */
static bool has_name(const struct symtab *symtab, const struct symbol *symbol, const char *name,
		     size_t size, struct window *window)
{
	const struct image_section *names = symtab->names;
	const unsigned char *text;

	if (!symbol->defined || !names || !range_within(symbol->name, size, names->size))
		return false;
	text = window_get(window, names->offset + symbol->name, size);
	return text && !memcmp(text, name, size);
}

uint64_t symtab_value(const struct elf_image *image, const char *name)
{
	struct window window = {.file = &image->file};
	struct symtab symtab;
	struct symbol symbol;

	for (size_t i = 0; i < image->n_sections; i++) {
		if (image->sections[i].type != SHT_SYMTAB && image->sections[i].type != SHT_DYNSYM)
			continue;
		symtab_open(&symtab, image, &image->sections[i]);
		for (size_t j = 0; j < symtab.n; j++)
			if (symtab_get(&symtab, j, &symbol) &&
			    has_name(&symtab, &symbol, name, strlen(name) + 1, &window))
				return symbol.value;
	}
	return CSINFO_NO_ADDRESS;
}
