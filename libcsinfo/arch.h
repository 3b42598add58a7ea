/* SPDX-License-Identifier: MIT */
/* What insn.c needs to know of each processor architecture. */
#ifndef CSINFO_ARCH_H
#define CSINFO_ARCH_H

#include "insn.h"

struct arch {
	cs_arch capstone;
	/* The CS_MODE_* for TARGET.  False when it is another architecture's. */
	bool (*mode)(const struct target *target, cs_mode *out);
	/*
	 * Fill *OUT, which has address and length, from decoder->scratch, which was decoded
	 * in CODE.  False when it can't be told what the instruction does.
	 */
	bool (*describe)(struct decoder *decoder, const struct code *code, struct insn *out);
};

extern const struct arch arch_x86;

/* A number, a register, the sum of both. */
struct expression expression_of(uint8_t source, uint64_t number);

#endif /* CSINFO_ARCH_H */
