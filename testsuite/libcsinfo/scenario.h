/* SPDX-License-Identifier: MIT */
/* A program with rseq tables, that tests change before and after it is written. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "csinfo.h"
#include "elfwriter.h"

#define TEXT 0x401000u
#define DATA 0x404000u	   /* the descriptors */
#define POINTERS 0x405000u /* the array of pointers */
#define EXITS 0x406000u

/* Layout of the code, TEXT_SIZE bytes: see scenario.c. */
#define TEXT_SIZE 64u
#define CODE_START (TEXT + 16)
#define CODE_COMMIT (TEXT + 19)
#define CODE_EXIT (TEXT + 20)
#define CODE_ABORT (TEXT + 32)

struct descriptor {
	uint32_t version;
	uint32_t flags;
	uint64_t start_ip;
	uint64_t post_commit_offset;
	uint64_t abort_ip;
};

struct scenario {
	uint16_t type;
	/* What the file is for, as in struct elf_writer: x86-64 unless set. */
	uint16_t machine;
	bool is_32_bit;
	bool is_big_endian;
	uint32_t flags;
	struct descriptor descriptors[8];
	uint64_t pointers[8];
	uint64_t exits[8][2];
	/* Bytes of each that are in the file: set them to cut or extend a table. */
	size_t descriptors_size;
	size_t pointers_size;
	size_t exits_size;
	uint64_t data_address;
	/*
	 * One relocation section, when it has a size: words of the file's class and byte
	 * order.  In a relocatable file it is for the descriptors, or the code.
	 */
	bool reloc_is_for_code;
	uint32_t reloc_type;
	uint64_t reloc[32];
	size_t reloc_size;
	/* A symbol table, when it has a size; its names are "\0one\0two". */
	Elf64_Sym symbols[8];
	size_t symbols_size;  /* of these structs, also for a 32-bit file */
	uint32_t extended[8]; /* section indices of the symbols, when it has a size */
	size_t extended_size;
	uint64_t dynamic[8]; /* words of .dynamic, when it has a size */
	size_t dynamic_size;
	/* One more section, which is not loaded, when it has a size. */
	const char *extra_name;
	unsigned char extra[32];
	size_t extra_size;
	/* Set by scenario_write(). */
	unsigned char *bytes;
	size_t size;
	uint32_t data_index;
	uint32_t reloc_index;
	uint64_t text_offset;
	uint64_t data_offset;
};

/* One good section, with pointer and one exit point, in an ET_EXEC file. */
struct scenario scenario_good(void);

/* Make .bytes; scenario_free() frees them. */
void scenario_write(struct scenario *scenario);
void scenario_free(struct scenario *scenario);

/*
 * Write, open and free.  Returns the library's status, with the handle in *HANDLE
 * (to be closed) or the error in *ERR (may be NULL).
 */
int scenario_open(struct scenario *scenario, struct csinfo **handle, struct csinfo_err *err);

/* The status of opening the file, and nothing else. */
int scenario_status(struct scenario *scenario);

#endif /* SCENARIO_H */
