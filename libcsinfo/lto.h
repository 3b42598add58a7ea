/* SPDX-License-Identifier: MIT */
/* Objects made for the link-time optimizer. */
#ifndef CSINFO_LTO_H
#define CSINFO_LTO_H

#include "table.h"

/*
 * Refuse IMAGE when it has nothing but what the optimizer makes code from.
 * Errors: CSINFO_E_UNSUPPORTED.
 */
int lto_check(const struct elf_image *image, struct csinfo_err *err);

/* Remark that the linker may use other code than IMAGE's, where that is so. */
void lto_remark(struct table *table, const struct elf_image *image);

#endif /* CSINFO_LTO_H */
