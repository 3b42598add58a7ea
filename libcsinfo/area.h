/* SPDX-License-Identifier: MIT */
/* Copies of the rseq sections, and what relocations have made of their fields. */
#ifndef CSINFO_AREA_H
#define CSINFO_AREA_H

#include "elf_image.h"

enum area_kind {
	AREA_DESCRIPTORS, /* __rseq_cs, and __rseq_table of older code */
	AREA_POINTERS,	  /* __rseq_cs_ptr_array */
	AREA_EXITS,	  /* __rseq_exit_point_array */
	AREA_FUNCTIONS,	  /* .opd of 64-bit PowerPC, ELF ABI version 1 */
};

/* Bits of area.cells. */
#define AREA_RELOCATED 0x01  /* a relocation that was applied starts here */
#define AREA_UNKNOWN 0x02    /* one that is not understood, or may be preempted, does */
#define AREA_USED 0x04	     /* part of a descriptor that a pointer leads to */
#define AREA_ADDED 0x08	     /* a relocation has added an address to the word here ... */
#define AREA_SUBTRACTED 0x10 /* ... or subtracted one */

/* Bytes of a section that have their marks in common. */
#define AREA_CELL 4u

/* A copy of one rseq section with its relocations applied. */
struct area {
	enum area_kind kind;
	const char *name;
	uint64_t address;
	uint64_t offset; /* in the file */
	/* In a relocatable file, alignment is that of a place in the section. */
	uint64_t anchor;       /* where alignment is counted from: 0, or the section */
	uint64_t alignment;    /* of anchor */
	unsigned int low_word; /* where in 8 bytes a pointer of the program is */
	unsigned char *bytes;  /* owned */
	unsigned char *cells;  /* marks, behind the bytes */
	unsigned int phase;    /* bytes of the first cell in front of the section */
	struct reader reader;  /* over bytes */
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
	size_t slots_room;
};

/*
 * Copy the rseq sections of IMAGE.  areas_close() frees AREAS after success and failure
 * alike.  Errors: CSINFO_E_MALFORMED, _NOMEM, _IO.
 */
int areas_open(struct areas *areas, const struct elf_image *image, struct csinfo_err *err);
void areas_close(struct areas *areas);

/* Free the copies of the sections but AREA_FUNCTIONS; the slots remain. */
void areas_trim(struct areas *areas);

/* Whether a section of that name is one of the rseq sections. */
bool areas_want(const char *name);

/* The enum area_kind of SECTION, or -1 when it is no rseq section that is loaded. */
int area_kind_of(const struct elf_image *image, const struct image_section *section);

/* The last area that starts at or before ADDRESS, or NULL. */
struct area *areas_before(const struct areas *areas, uint64_t address);

/* The area of KIND that holds ADDRESS, or NULL. */
struct area *areas_find(const struct areas *areas, enum area_kind kind, uint64_t address);

/* Look ADDRESS up among the slots. */
bool areas_slot(const struct areas *areas, uint64_t address, uint64_t *value);

/*
 * The functions below are called for every field and every relocation of a file: they are
 * inline.
 */

/* The cell of the byte at AT. */
static inline uint64_t area_cell(const struct area *area, uint64_t at)
{
	return (at + area->phase) / AREA_CELL;
}

/* Fields do begin a cell, but for those of a descriptor that is misaligned. */
static inline bool area_begins_cell(const struct area *area, uint64_t at)
{
	return (at + area->phase) % AREA_CELL == 0;
}

/* Add MARKS to the SIZE bytes at AT of AREA, which are all in it, and to what shares their cells. */
static inline void area_mark(struct area *area, uint64_t at, unsigned int size, unsigned int marks)
{
	for (uint64_t i = area_cell(area, at); i <= area_cell(area, at + size - 1); i++)
		area->cells[i] |= (unsigned char)marks;
}

/* Add MARKS for a relocation of the WIDTH bytes at AT. */
static inline void area_mark_relocation(struct area *area, uint64_t at, unsigned int width,
					unsigned int marks)
{
	if (area_begins_cell(area, at))
		area->cells[area_cell(area, at)] |= (unsigned char)marks;
	else
		area_mark(area, at, width, AREA_UNKNOWN);
}

/* All marks of the SIZE bytes at AT. */
static inline unsigned int area_marks(const struct area *area, uint64_t at, unsigned int size)
{
	unsigned int marks = 0;

	for (uint64_t i = area_cell(area, at); i <= area_cell(area, at + size - 1); i++)
		marks |= area->cells[i];
	return marks;
}

#define AREA_FIELD 8u

/* What relocations have made of the AREA_FIELD bytes at AT of an area. */
enum area_field {
	FIELD_PLAIN,   /* they are what the file says, or a difference of two labels */
	FIELD_ADDRESS, /* a relocated address */
	FIELD_UNKNOWN,
};

static inline enum area_field area_field(const struct area *area, uint64_t at)
{
	const unsigned char *cells = area->cells + area_cell(area, at);
	unsigned int low = cells[area->low_word / AREA_CELL];
	unsigned int elsewhere = cells[1 - area->low_word / AREA_CELL];

	if (!area_begins_cell(area, at))
		return area_marks(area, at, AREA_FIELD) & ~AREA_USED ? FIELD_UNKNOWN : FIELD_PLAIN;
	if (low & AREA_UNKNOWN || elsewhere & ~AREA_USED ||
	    !(low & AREA_ADDED) != !(low & AREA_SUBTRACTED))
		return FIELD_UNKNOWN;
	return low & AREA_RELOCATED ? FIELD_ADDRESS : FIELD_PLAIN;
}

#endif /* CSINFO_AREA_H */
