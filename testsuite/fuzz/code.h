/* SPDX-License-Identifier: MIT */
/* Code of any processor as the input of a fuzz target: this head, and the instructions. */
#ifndef CODE_H
#define CODE_H

#include <elf.h>
#include <stdint.h>

/* Bits of code_head.bits. */
#define CODE_32_BIT 1u
#define CODE_BIG_ENDIAN 2u
#define CODE_IN_FUNCTION 4u /* a symbol covers all of it */
#define CODE_THUMB 8u

/* In the host's byte order.  Addresses count from the first instruction. */
struct code_head {
	uint8_t machine; /* number of it in code_machines */
	uint8_t bits;
	uint16_t start;
	uint16_t length;
	uint16_t abort;
	uint16_t exits[2]; /* 0: none */
	uint32_t elf_flags;
	int32_t descriptor;
};

static const uint16_t code_machines[] = {EM_X86_64, EM_386,  EM_AARCH64, EM_ARM,   EM_PPC,
					 EM_PPC64,  EM_S390, EM_MIPS,	 EM_RISCV, EM_LOONGARCH};

#define N_CODE_MACHINES (sizeof(code_machines) / sizeof(*code_machines))

#endif /* CODE_H */
