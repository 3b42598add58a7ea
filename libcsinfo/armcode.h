/* SPDX-License-Identifier: MIT */
/* Which of the two instruction sets of arm code is of. */
#ifndef CSINFO_ARMCODE_H
#define CSINFO_ARMCODE_H

#include "table.h"

/*
 * Fill arm_code of the entries of TABLE from the symbols of IMAGE: mapping symbols ($a, $t
 * and $d of "ELF for the Arm Architecture", 5.5.5), and where there are none the functions,
 * whose addresses are odd for Thumb.  Nothing for other machines.  Errors: CSINFO_E_NOMEM.
 */
int armcode_assign(struct table *table, const struct elf_image *image, struct csinfo_err *err);

#endif /* CSINFO_ARMCODE_H */
