/* SPDX-License-Identifier: MIT */
/* One machine instruction, as far as the flow of control and STORE need it. */
#ifndef CSINFO_INSN_H
#define CSINFO_INSN_H

#include <capstone/capstone.h>

#include "csinfo.h"
#include "memory.h"
#include "reader.h"

#define INSN_MAX_LENGTH 15u

/* A general register of any width: 0 .. 15, or INSN_NO_REG. */
#define INSN_NO_REG 0xffu

/* What an instruction puts into insn.dest. */
enum insn_load {
	INSN_LOAD_NONE = 0, /* nothing that is known: see insn.writes */
	INSN_LOAD_CONSTANT, /* insn.value */
	INSN_LOAD_SLOT,	    /* the 8 bytes at address insn.value */
	INSN_LOAD_COPY,	    /* the register insn.source */
};

/* What an instruction stores as 8 bytes of memory. */
enum insn_store {
	INSN_STORE_NONE = 0,
	INSN_STORE_CONSTANT, /* insn.value */
	INSN_STORE_REGISTER, /* insn.source */
};

struct insn {
	uint64_t address;
	uint64_t target; /* of a direct jump, branch or call; else CSINFO_NO_ADDRESS */
	uint64_t value;
	uint16_t writes; /* bit N: general register N is changed */
	uint8_t length;
	uint8_t kind;  /* enum csinfo_insn_kind */
	uint8_t load;  /* enum insn_load */
	uint8_t store; /* enum insn_store */
	uint8_t dest;
	uint8_t source;
	uint8_t memory; /* enum memory_write */
	bool to_stack;	/* the store is to the stack frame: based on rsp or rbp */
};

/* Bytes that stand at an address. */
struct code {
	uint64_t address;
	struct reader reader;
};

struct decoder {
	csh capstone;
	cs_insn *scratch;
};

/*
 * decoder_close() frees DECODER after success only.
 * Errors: CSINFO_E_UNSUPPORTED (MACHINE has no decoder), _NOMEM.
 */
int decoder_open(struct decoder *decoder, int machine);
void decoder_close(struct decoder *decoder);

/* Decode the instruction at ADDRESS of CODE.  False when there is none. */
bool decoder_decode(struct decoder *decoder, const struct code *code, uint64_t address,
		    struct insn *out);

/* Whether the next instruction in memory may follow INSN. */
bool insn_falls_through(const struct insn *insn);

/* Whether INSN goes to insn->target without coming back: a jump or a branch. */
bool insn_jumps_directly(const struct insn *insn);

#endif /* CSINFO_INSN_H */
