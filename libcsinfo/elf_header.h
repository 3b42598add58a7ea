/* SPDX-License-Identifier: MIT */
/*
 * The headers of an ELF file of either class and byte order, as libelf makes them this
 * machine's.  They are read here: libelf itself reads whole files only, no part of one.
 */
#ifndef CSINFO_ELF_HEADER_H
#define CSINFO_ELF_HEADER_H

#include <gelf.h>

#include "file.h"

/* The header of the file that WINDOW is on.  False when it can't be read. */
bool elf_header_read(struct window *window, GElf_Ehdr *out);

/* So many section headers can be read at once. */
#define ELF_HEADER_BATCH 32u

/*
 * The COUNT section headers, at most ELF_HEADER_BATCH, at OFFSET of the file, whose own header
 * is FILE.  False: out of bounds.
 */
bool elf_header_sections(struct window *window, const GElf_Ehdr *file, uint64_t offset,
			 size_t count, GElf_Shdr *out);

/* The program header at OFFSET.  False: out of bounds. */
bool elf_header_segment(struct window *window, const GElf_Ehdr *file, uint64_t offset,
			GElf_Phdr *out);

/* Bytes of a section header, and of a program header, in the file. */
size_t elf_header_section_size(const GElf_Ehdr *file);
size_t elf_header_segment_size(const GElf_Ehdr *file);

#endif /* CSINFO_ELF_HEADER_H */
