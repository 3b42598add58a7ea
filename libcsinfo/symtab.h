/* SPDX-License-Identifier: MIT */
/* The symbols of one symbol table. */
#ifndef CSINFO_SYMTAB_H
#define CSINFO_SYMTAB_H

#include "elf_image.h"

struct symtab {
	const struct elf_image *image;
	const struct image_section *entries;
	const struct image_section *names;    /* NULL without */
	const struct image_section *extended; /* section indices too large for an entry; or NULL */
	size_t n;
	struct window entry_window;
	struct window extended_window;
};

struct symbol {
	uint64_t name;	/* offset in symtab.names */
	uint64_t value; /* address (in ET_REL: file offset) */
	uint64_t size;
	uint8_t type;	 /* STT_* */
	uint8_t binding; /* STB_* */
	uint8_t other;
	bool defined; /* in this file, and where VALUE says */
};

/* Read SECTION of IMAGE.  A table that the file does not hold has no symbols. */
void symtab_open(struct symtab *symtab, const struct elf_image *image,
		 const struct image_section *section);

/* Symbol NUMBER.  False past the end, and when it can't be read. */
bool symtab_get(struct symtab *symtab, size_t number, struct symbol *out);

/* The value of the first symbol NAME of the file's symbol tables, or CSINFO_NO_ADDRESS. */
uint64_t symtab_value(const struct elf_image *image, const char *name);

#endif /* CSINFO_SYMTAB_H */
