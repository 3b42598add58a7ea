/* SPDX-License-Identifier: MIT */
/*
 * One ELF file: its sections and loadable segments, and bytes of them.
 *
 * A relocatable file (ET_REL) has no addresses and no segments.  Here the address of a byte
 * in it is its offset in the file, and each loaded section is a segment.
 */
#ifndef CSINFO_ELF_IMAGE_H
#define CSINFO_ELF_IMAGE_H

#include "csinfo.h"
#include "elf_header.h"
#include "machine.h"
#include "reader.h"

struct image_section {
	const char *name; /* "" when it has none; points into image.names */
	size_t index;
	uint32_t name_offset; /* in image.names */
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

struct loaded_section {
	uint64_t address;
	const struct image_section *section;
};

struct elf_image {
	struct file file;    /* owned */
	struct reader names; /* of sections; owned */
	int machine;
	int type;
	int elf_class;
	int byte_order;
	bool big_endian;
	uint32_t flags;		    /* e_flags */
	unsigned int word;	    /* bytes of an address: 4 or 8 */
	const struct machine *arch; /* static */
	struct image_section *sections;
	size_t n_sections;
	struct loaded_section *loaded; /* those with addresses, in order of them */
	size_t n_loaded;
	struct image_segment *segments; /* in order of address */
	size_t n_segments;
};

/*
 * Take over FILE and read its headers.  On failure IMAGE owns it all the same: call
 * elf_image_close().  Errors: CSINFO_E_IO, _NOMEM, _NOT_ELF, _UNSUPPORTED, _MALFORMED.
 */
int elf_image_open(struct elf_image *image, const struct file *file, struct csinfo_err *err);
void elf_image_close(struct elf_image *image);

/* The section with that INDEX in the file, or NULL. */
const struct image_section *elf_image_section(const struct elf_image *image, size_t index);

/* The loaded section that holds ADDRESS, or NULL. */
const struct image_section *elf_image_section_at(const struct elf_image *image, uint64_t address);

/* The segment whose file bytes hold ADDRESS, or NULL. */
const struct image_segment *elf_image_segment(const struct elf_image *image, uint64_t address);

/* Whether that is SEGMENT, which it is not where the next one overlaps it. */
static inline bool elf_image_is_in(const struct elf_image *image,
				   const struct image_segment *segment, uint64_t address)
{
	return address - segment->address < segment->file_size &&
	       (segment + 1 == image->segments + image->n_segments || address < segment[1].address);
}

/* Whether [ADDRESS, ADDRESS + LENGTH) is inside one segment's memory. */
bool elf_image_is_mapped(const struct elf_image *image, uint64_t address, uint64_t length);

/* Read the SIZE bytes at ADDRESS to BUFFER.  False when one segment does not hold them. */
bool elf_image_read(const struct elf_image *image, uint64_t address, void *buffer, size_t size);

/* Errors: CSINFO_E_MALFORMED when the file does not hold all bytes of SECTION. */
int elf_image_check(const struct elf_image *image, const struct image_section *section,
		    struct csinfo_err *err);

/*
 * Read the bytes of SECTION (not SHT_NOBITS) to memory that reader_free() frees.
 * Errors: CSINFO_E_MALFORMED, _NOMEM, _IO.
 */
int elf_image_load(const struct elf_image *image, const struct image_section *section,
		   struct reader *out, struct csinfo_err *err);

/* CSINFO_E_IO: bytes of SECTION that the file had when it was opened can't be read. */
int elf_image_lost(const struct image_section *section, struct csinfo_err *err);

#endif /* CSINFO_ELF_IMAGE_H */
