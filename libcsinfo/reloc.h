/* SPDX-License-Identifier: MIT */
/* What the dynamic loader, or the linker, would make of the rseq sections. */
#ifndef CSINFO_RELOC_H
#define CSINFO_RELOC_H

#include "area.h"
#include "patch.h"

/*
 * Apply RELA, REL and RELR relocations to AREAS, and collect the slots.  In a relocatable
 * file they are those of the linker, against symbols.
 * Errors: CSINFO_E_MALFORMED, _NOMEM, _IO.
 */
int reloc_apply(struct areas *areas, const struct elf_image *image, struct csinfo_err *err);

/*
 * The relocations of the code of IMAGE, a relocatable file; none in any other.  patches_free()
 * frees PATCHES after success and failure alike.  Errors: CSINFO_E_MALFORMED, _NOMEM, _IO.
 */
int reloc_collect(struct patches *patches, const struct elf_image *image, struct csinfo_err *err);

#endif /* CSINFO_RELOC_H */
