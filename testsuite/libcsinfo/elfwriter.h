/* SPDX-License-Identifier: MIT */
/* Writes small ELF files, right or wrong, for tests. */
#ifndef ELFWRITER_H
#define ELFWRITER_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELFWRITER_SECTIONS 24

struct elf_section {
	const char *name;
	uint32_t type;
	uint64_t flags;
	uint64_t address;
	const void *data;
	size_t size;
	uint32_t link;
	uint32_t info;
	uint64_t offset; /* set by elf_write() */
};

struct elf_writer {
	uint16_t type;	  /* ET_EXEC, ... */
	uint16_t machine; /* 0: x86-64 */
	bool is_32_bit;
	bool is_big_endian;
	uint32_t flags; /* e_flags */
	struct elf_section sections[ELFWRITER_SECTIONS];
	size_t n;
};

/* Add a section; returns its index in the file. */
uint32_t elf_add(struct elf_writer *writer, const char *name, uint32_t type, uint64_t flags,
		 uint64_t address, const void *data, size_t size);

/* Write the low WIDTH bytes of VALUE to AT as the file has them. */
void elf_put(const struct elf_writer *writer, void *at, uint64_t value, unsigned int width);

/* Bytes of an address. */
unsigned int elf_word(const struct elf_writer *writer);

/*
 * Lay the file out: header, one PT_LOAD for each loaded section (but for ET_REL), contents at
 * multiples of 32, names, section headers.  Returns malloc'd bytes, their number in *SIZE.
 */
unsigned char *elf_write(struct elf_writer *writer, size_t *size);

/* The headers in the bytes of a 64-bit little-endian file. */
Elf64_Ehdr *elf_header(unsigned char *bytes);
Elf64_Shdr *elf_section_header(unsigned char *bytes, uint32_t index);

#endif /* ELFWRITER_H */
