/* SPDX-License-Identifier: MIT */
/* The function symbols around critical sections. */
#ifndef CSINFO_SYMBOLS_H
#define CSINFO_SYMBOLS_H

#include "table.h"

/*
 * Fill func_start, func_size and func_name of the entries of TABLE, which owns the
 * names, from the symbol table of IMAGE (.symtab, else .dynsym); entries in no
 * function have zeroes.  AREAS has the function descriptors, where the machine has
 * such.  Errors: CSINFO_E_NOMEM, _IO.
 */
int symbols_assign(struct table *table, const struct areas *areas, const struct elf_image *image,
		   struct csinfo_err *err);

#endif /* CSINFO_SYMBOLS_H */
