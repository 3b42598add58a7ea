/* SPDX-License-Identifier: MIT */
/*
 * One ELF file in memory: its bytes, sections and loadable segments.
 *
 * A relocatable file (ET_REL) has no addresses and no segments.  Here the address of a byte
 * in it is its offset in the file, and each loaded section is a segment.
 */
#ifndef CSINFO_ELF_IMAGE_H
#define CSINFO_ELF_IMAGE_H

#include <gelf.h>

#include "csinfo.h"
#include "machine.h"
#include "reader.h"

struct image_section {
	const char *name; /* "" when it has none; points into the file's bytes */
	size_t index;
	uint32_t type;
	uint32_t link;
	uint32_t info;
	uint64_t flags;
	uint64_t alignment;
	uint64_t address; /* in ET_REL, where it is loaded: the file offset */
	uint64_t offset;
	uint64_t size;
};

/* The part of a PT_LOAD segment (in ET_REL: a section) that the file has bytes for. */
struct image_segment {
	uint64_t address;
	uint64_t offset;
	uint64_t file_size;
	uint64_t memory_size;
	bool executable;
};

struct elf_image {
	unsigned char *bytes; /* owned */
	struct reader file;
	Elf *elf; /* only while the tables are read */
	int machine;
	int type;
	int elf_class;
	int byte_order;
	uint32_t flags;		    /* e_flags */
	unsigned int word;	    /* bytes of an address: 4 or 8 */
	const struct machine *arch; /* static */
	struct image_section *sections;
	size_t n_sections;
	struct image_segment *segments; /* in order of address */
	size_t n_segments;
};

/*
 * Take over BYTES, a malloc'd ELF file of SIZE bytes, and read its headers.
 * On failure IMAGE owns the bytes all the same: call elf_image_close().
 */
int elf_image_open(struct elf_image *image, unsigned char *bytes, size_t size,
		   struct csinfo_err *err);
void elf_image_close(struct elf_image *image);

/* The section with that INDEX in the file, or NULL. */
const struct image_section *elf_image_section(const struct elf_image *image, size_t index);

/* The loaded section that holds ADDRESS, or NULL. */
const struct image_section *elf_image_section_at(const struct elf_image *image, uint64_t address);

/*
 * Whether the file open at FD is of a kind that is handled and has no section that
 * WANTED accepts by name, seen from its headers alone.  False also when that can't be
 * told.  On success IMAGE has machine and type, and no bytes.
 */
bool elf_image_is_empty(struct elf_image *image, int fd, bool (*wanted)(const char *name));

/* Let go of libelf's own memory; sections, segments and bytes remain. */
void elf_image_end_headers(struct elf_image *image);

/* The segment whose file bytes hold ADDRESS, or NULL. */
const struct image_segment *elf_image_segment(const struct elf_image *image, uint64_t address);

/* Whether [ADDRESS, ADDRESS + LENGTH) is inside one segment's memory. */
bool elf_image_is_mapped(const struct elf_image *image, uint64_t address, uint64_t length);

/* A reader over the bytes of SEGMENT. */
struct reader elf_image_segment_reader(const struct elf_image *image,
				       const struct image_segment *segment);

/*
 * A reader over the bytes of SECTION (not SHT_NOBITS).
 * Errors: CSINFO_E_MALFORMED when the file does not hold them all.
 */
int elf_image_section_reader(const struct elf_image *image, const struct image_section *section,
			     struct reader *out, struct csinfo_err *err);

#endif /* CSINFO_ELF_IMAGE_H */
