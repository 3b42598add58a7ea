/* SPDX-License-Identifier: MIT */
/*
 * What the linker will write into the code of a relocatable file, where that is known before:
 * as if the file were loaded at 0 just as it is, so that addresses are offsets in it.
 */
#ifndef CSINFO_PATCH_H
#define CSINFO_PATCH_H

#include "elf_image.h"

/* One relocation of code. */
struct patch {
	uint64_t place;
	uint64_t value;		       /* symbol + addend */
	const struct patch_rule *rule; /* static; NULL: what it makes is not known */
	bool addend_in_place;	       /* VALUE is without it */
};

/* In order of place, each place once. */
struct patches {
	struct patch *list;
	size_t n;
	size_t room;
	bool big_endian; /* data of the file */
};

/*
 * Add what a relocation of TYPE does for MACHINE.  PATCH has all but the rule; IS_KNOWN
 * says whether its value is.  Errors: CSINFO_E_NOMEM.
 */
int patches_add(struct patches *patches, const struct machine *machine, uint32_t type,
		struct patch patch, bool is_known);

/* Put in order what was added: before the functions below are called. */
void patches_sort(struct patches *patches);

/* Patch the SIZE bytes of code at BYTES, which stand at ADDRESS.  PATCHES may be NULL. */
void patches_apply(const struct patches *patches, uint64_t address, unsigned char *bytes,
		   size_t size);

/* Whether no byte of the LENGTH at ADDRESS is unknown until it is linked. */
bool patches_know(const struct patches *patches, uint64_t address, uint64_t length);

/* PATCHES itself is freed, too.  NULL is allowed. */
void patches_free(struct patches *patches);

#endif /* CSINFO_PATCH_H */
