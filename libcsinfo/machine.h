/* SPDX-License-Identifier: MIT */
/* What differs from one processor architecture to the next in an ELF file. */
#ifndef CSINFO_MACHINE_H
#define CSINFO_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* What a relocation type does to the word it stands for. */
enum reloc_kind {
	RELOC_UNKNOWN = 0, /* what it does is of no use here, or not known */
	RELOC_NONE,	   /* nothing */
	RELOC_RELATIVE,	   /* load bias + addend */
	RELOC_ABSOLUTE,	   /* symbol + addend */
	RELOC_MIPS_REL32,  /* RELATIVE without a symbol, else ABSOLUTE */
	RELOC_ADD,	   /* word + symbol + addend: half of a difference of labels */
	RELOC_SUB,	   /* word - symbol - addend: the other half */
};

struct reloc_rule {
	uint32_t type;
	uint8_t kind;  /* enum reloc_kind */
	uint8_t width; /* bytes of the word */
};

#define MACHINE_RULES 10

/* One architecture in one ELF class. */
struct machine {
	uint16_t number; /* e_machine */
	uint8_t elf_class;
	bool may_be_little;
	bool may_be_big;
	struct reloc_rule rules[MACHINE_RULES]; /* up to the first of width 0 */
};

/* The entry for the ELF header's fields, or NULL when they are not handled. */
const struct machine *machine_find(int number, int elf_class, int byte_order);

/* What relocation TYPE does; RELOC_UNKNOWN for all that is not listed. */
struct reloc_rule machine_rule(const struct machine *machine, uint32_t type);

#endif /* CSINFO_MACHINE_H */
