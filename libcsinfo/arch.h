/* SPDX-License-Identifier: MIT */
/* What insn.c needs to know of each processor architecture. */
#ifndef CSINFO_ARCH_H
#define CSINFO_ARCH_H

#include "insn.h"

/* Capstone knows riscv since 5.0. */
#if CS_API_MAJOR >= 5
#define CSINFO_HAVE_RISCV
#endif

struct arch {
	cs_arch capstone;
	/* The CS_MODE_* for TARGET.  False when it is another architecture's. */
	bool (*mode)(const struct target *target, cs_mode *out);
	/* Make Capstone forget what it decoded last; NULL where it remembers nothing. */
	void (*prepare)(struct decoder *decoder, const struct code *code, uint64_t address);
	/*
	 * Bytes of the instruction at BYTES, LEFT of which are there, when it is of a kind
	 * that Capstone has gaps in; else 0.  NULL where Capstone knows them all.
	 */
	unsigned int (*known_length)(const struct decoder *decoder, const uint8_t *bytes,
				     size_t left);
	/*
	 * Fill *OUT, which has address and length, from decoder->scratch, which was decoded
	 * in CODE.  False when it can't be told what the instruction does.
	 */
	bool (*describe)(struct decoder *decoder, const struct code *code, struct insn *out);
	uint8_t alignment; /* of every instruction */
	bool fixed_width;  /* every instruction has that length, too */
};

extern const struct arch arch_aarch64;
extern const struct arch arch_arm;
extern const struct arch arch_mips;
extern const struct arch arch_ppc;
extern const struct arch arch_riscv;
extern const struct arch arch_s390;
extern const struct arch arch_thumb;
extern const struct arch arch_x86;

/* The register SOURCE (may be INSN_NO_REG) plus NUMBER. */
struct expression expression_of(uint8_t source, uint64_t number);

/* *OUT sets register DEST to SOURCE plus NUMBER. */
void insn_sets(struct insn *out, uint8_t dest, uint8_t source, uint64_t number);

/* *OUT loads register DEST from WIDTH bytes at SOURCE plus NUMBER. */
void insn_loads(struct insn *out, unsigned int width, uint8_t dest, uint8_t source,
		uint64_t number);

/* *OUT stores register SOURCE to WIDTH bytes of memory. */
void insn_stores(struct insn *out, unsigned int width, uint8_t source);

/* The low BITS bits of NUMBER, as a two's complement. */
uint64_t sign_extend(uint64_t number, unsigned int bits);

/* WORD's bits from BIT on, COUNT of them. */
uint32_t bits_of(uint32_t word, unsigned int bit, unsigned int count);

/* The 4 bytes at OFFSET of the instruction in decoder->scratch, in either byte order. */
uint32_t decoder_word(const struct decoder *decoder, unsigned int offset, bool big_endian);

/*
 * The general registers that Capstone says are changed; NUMBER gives the number of one of
 * its registers.
 */
uint32_t decoder_written(struct decoder *decoder, uint8_t (*number)(unsigned int reg));

/* Decode the bytes at ADDRESS to decoder->scratch.  False when they are no instruction. */
bool decoder_disassemble(struct decoder *decoder, const struct code *code, uint64_t address);

#endif /* CSINFO_ARCH_H */
