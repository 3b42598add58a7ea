/* SPDX-License-Identifier: MIT */
/* One machine instruction, as far as the flow of control and STORE need it. */
#ifndef CSINFO_INSN_H
#define CSINFO_INSN_H

#include <capstone/capstone.h>

#include "csinfo.h"
#include "memory.h"
#include "reader.h"

#define INSN_MAX_LENGTH 15u

/* A general register of any width: 0 .. 31, or INSN_NO_REG, which counts as 0. */
#define INSN_NO_REG 0xffu

/*
 * A number made of what registers hold before the instruction runs:
 * ((source << shift) & keep) + index + number.
 */
struct expression {
	uint64_t number;
	uint64_t keep;
	uint8_t source;
	uint8_t index;
	uint8_t shift;
};

/* What an instruction does with a value; of anything else only `writes` is known. */
enum insn_effect {
	INSN_OPAQUE = 0,
	INSN_SETS,   /* register dest to the expression */
	INSN_LOADS,  /* register dest from the `width` bytes at the expression */
	INSN_STORES, /* the expression to `width` bytes of memory */
};

/* What a register of 64 bits gets from a result of 32. */
enum insn_extension {
	INSN_WHOLE = 0,
	INSN_ZERO_EXTENDED,
	INSN_SIGN_EXTENDED,
};

struct insn {
	uint64_t address;
	uint64_t target; /* of a direct jump, branch or call; else CSINFO_NO_ADDRESS */
	struct expression expression;
	uint32_t writes; /* bit N: general register N is changed */
	uint8_t length;	 /* bytes, those of the delay slot among them */
	uint8_t delay;	 /* bytes of the delay slot, which runs before a branch leaves */
	uint8_t kind;	 /* enum csinfo_insn_kind */
	uint8_t effect;	 /* enum insn_effect */
	uint8_t width;
	uint8_t dest;
	uint8_t extension; /* enum insn_extension */
	uint8_t memory;	   /* enum memory_write */
	bool pc_relative;  /* of x86-64: it addresses memory relative to the pc */
	bool conditional;  /* a return or indirect jump that may also go on */
	bool unlinked;	   /* a direct jump, but taken for an indirect one: see forget_unknown() */
};

struct elf_image;
struct patches;

/* Bytes that stand at an address. */
struct code {
	uint64_t address;
	struct reader reader;
	const struct elf_image *image; /* what else the file has; NULL without */
	/* Of a relocatable file: those of all its code, applied to READER.  Else NULL. */
	const struct patches *patches;
};

/* Read the SIZE bytes at ADDRESS, in CODE or its file.  False when they are not there. */
bool code_read(const struct code *code, uint64_t address, void *buffer, size_t size);

/* Apply code->patches to the bytes of CODE, which are its own. */
void code_patch(struct code *code);

/* What code is for: the ELF header's fields, and what a file of arm has both of. */
struct target {
	int machine;	/* e_machine */
	int elf_class;	/* ELFCLASS32, ELFCLASS64 */
	int byte_order; /* ELFDATA2LSB, ELFDATA2MSB */
	uint32_t elf_flags;
	bool thumb;
};

/* Bytes of a pointer. */
unsigned int target_pointer_size(const struct target *target);

struct arch;

struct decoder {
	struct target target;
	const struct arch *arch;
	csh capstone;
	cs_insn *scratch;
};

/*
 * decoder_close() frees DECODER after success only.
 * Errors: CSINFO_E_UNSUPPORTED (TARGET has no decoder), _NOMEM.
 */
int decoder_open(struct decoder *decoder, const struct target *target);
void decoder_close(struct decoder *decoder);

/* Decode the instruction at ADDRESS of CODE.  False when there is none. */
bool decoder_decode(struct decoder *decoder, const struct code *code, uint64_t address,
		    struct insn *out);

/*
 * The same instruction as text, in Capstone's syntax, in SIZE bytes at TEXT (cut off
 * where they are too few).  False when there is none.
 */
bool decoder_print(struct decoder *decoder, const struct code *code, uint64_t address, char *text,
		   size_t size);

/* Whether every instruction has the same length. */
bool decoder_is_fixed_width(const struct decoder *decoder);

/* What all addresses of instructions are a multiple of. */
unsigned int decoder_alignment(const struct decoder *decoder);

/*
 * The names of the registers that the same instruction changes, see csinfo_written(), in
 * SIZE bytes at TEXT.  False when there is none, they are not known, or SIZE is too small.
 */
bool decoder_changes(struct decoder *decoder, const struct code *code, uint64_t address, char *text,
		     size_t size);

/* Whether the next instruction in memory may follow INSN. */
bool insn_falls_through(const struct insn *insn);

/* Whether INSN goes to insn->target without coming back: a jump or a branch. */
bool insn_jumps_directly(const struct insn *insn);

#endif /* CSINFO_INSN_H */
