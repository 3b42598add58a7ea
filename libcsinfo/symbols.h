/* SPDX-License-Identifier: MIT */
/* The function symbols around critical sections. */
#ifndef CSINFO_SYMBOLS_H
#define CSINFO_SYMBOLS_H

#include "table.h"

/* Opaque: the function of each entry of a table. */
struct functions;

/*
 * Find the functions that the entries of TABLE are in, from the symbol table of IMAGE
 * (.symtab, else .dynsym).  AREAS has the function descriptors, where the machine has such.
 * Returns 0 and *OUT, which functions_free() frees.  Errors: CSINFO_E_NOMEM, _IO.
 */
int functions_open(struct functions **out, const struct table *table, const struct areas *areas,
		   const struct elf_image *image, struct csinfo_err *err);
void functions_free(struct functions *functions);

/* Set func_start, func_size and func_name of SECTION, which is entry INDEX. */
void functions_describe(const struct functions *functions, size_t index,
			struct csinfo_section *section);

#endif /* CSINFO_SYMBOLS_H */
