// SPDX-License-Identifier: MIT
/* Objects made for the link-time optimizer. */
#include <string.h>

#include "error.h"
#include "lto.h"

/* GCC 10 and later; behind the dot stands a number that differs from file to file. */
#define GCC_SECTION ".gnu.lto_.lto."
/* LLVM's -ffat-lto-objects. */
#define LLVM_SECTION ".llvm.lto"

/* Byte of GCC_SECTION (struct lto_section of GCC): not 0 without machine code. */
#define GCC_SLIM 4u

/* Whether the ELF section NAME is one for the optimizer. */
static bool is_name(const char *name)
{
	/* A large object has thousands of others, and these letters begin few names. */
	if (name[0] != '.' || (name[1] != GCC_SECTION[1] && name[1] != LLVM_SECTION[1]))
		return false;
	return !strncmp(name, GCC_SECTION, strlen(GCC_SECTION)) || !strcmp(name, LLVM_SECTION);
}

/* The section of IMAGE for the optimizer, or NULL. */
static const struct image_section *find_section(const struct elf_image *image)
{
	for (size_t i = 0; image->type == ET_REL && i < image->n_sections; i++)
		if (is_name(image->sections[i].name))
			return &image->sections[i];
	return NULL;
}

int lto_check(const struct elf_image *image, struct csinfo_err *err)
{
	const struct image_section *section = find_section(image);
	uint8_t slim = 0;

	if (!section || !strcmp(section->name, LLVM_SECTION))
		return 0;
	if (section->size <= GCC_SLIM ||
	    !file_read(&image->file, section->offset + GCC_SLIM, &slim, 1) || !slim)
		return 0;
	return csinfo_fail(err, CSINFO_E_UNSUPPORTED, section->name, section->offset,
			   "an object for link-time optimization: it has no machine code before "
			   "it is linked");
}

void lto_remark(struct table *table, const struct elf_image *image)
{
	const struct image_section *section = table->n ? find_section(image) : NULL;

	if (section)
		table_remark(table, section->name, section->offset,
			     (struct stray){.kind = STRAY_NOTE},
			     "the link-time optimizer may make other code than this object's");
}
