/* SPDX-License-Identifier: MIT */
/* What the dynamic loader would make of the rseq sections: relative relocations. */
#ifndef CSINFO_RELOC_H
#define CSINFO_RELOC_H

#include "elf_image.h"

enum area_kind {
	AREA_DESCRIPTORS, /* __rseq_cs, and __rseq_table of older code */
	AREA_POINTERS,	  /* __rseq_cs_ptr_array */
	AREA_EXITS,	  /* __rseq_exit_point_array */
};

/* Bits of area.state, one byte for each byte of the section. */
#define AREA_RELOCATED 0x1 /* a relocation that was applied starts here */
#define AREA_UNKNOWN 0x2   /* one that is not understood, or may be preempted, does */
#define AREA_USED 0x4	   /* part of a descriptor that a pointer leads to */

/* A copy of one rseq section with its relocations applied. */
struct area {
	enum area_kind kind;
	const char *name;
	uint64_t address;
	uint64_t offset; /* in the file */
	unsigned char *bytes;
	unsigned char *state;
	struct reader reader; /* over bytes */
};

/* A word outside the rseq sections (a GOT slot) that holds a descriptor's address. */
struct slot {
	uint64_t address;
	uint64_t value;
};

struct areas {
	struct area *list; /* in order of address, disjoint */
	size_t n;
	struct slot *slots; /* in order of address */
	size_t n_slots;
};

/*
 * Copy the rseq sections of IMAGE and apply RELA, REL and RELR relocations to
 * them.  areas_close() frees AREAS after success and failure alike.
 * Errors: CSINFO_E_MALFORMED, _NOMEM.
 */
int areas_open(struct areas *areas, const struct elf_image *image, struct csinfo_err *err);
void areas_close(struct areas *areas);

/* Free the copies of the sections; the slots remain. */
void areas_close_list(struct areas *areas);

/* Whether a section of that name is one of the rseq sections. */
bool areas_want(const char *name);

/* The area of KIND that holds ADDRESS, or NULL. */
struct area *areas_find(const struct areas *areas, enum area_kind kind, uint64_t address);

/* Look ADDRESS up among the slots. */
bool areas_slot(const struct areas *areas, uint64_t address, uint64_t *value);

#endif /* CSINFO_RELOC_H */
