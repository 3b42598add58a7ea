// SPDX-License-Identifier: MIT
/*
 * Instructions of aarch64, told apart by their bits as in "Arm Architecture Reference
 * Manual for A-profile", C4.  They are little endian whatever the data are.
 */
#include <elf.h>

#include "arch.h"

#define ZERO_REGISTER 31u /* where it is not the stack pointer */

static uint8_t general_register(unsigned int reg)
{
	if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28)
		return (uint8_t)(reg - ARM64_REG_X0);
	if (reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30)
		return (uint8_t)(reg - ARM64_REG_W0);
	switch (reg) {
	case ARM64_REG_X29:
		return 29;
	case ARM64_REG_X30:
		return 30;
	case ARM64_REG_SP:
	case ARM64_REG_WSP:
		return 31;
	default:
		return INSN_NO_REG;
	}
}

static uint8_t register_or_zero(uint32_t number)
{
	return number == ZERO_REGISTER ? INSN_NO_REG : (uint8_t)number;
}

/* A branch by COUNT bits of words. */
static void describe_branch(uint32_t word, unsigned int bit, unsigned int count, int kind,
			    struct insn *out)
{
	out->kind = (uint8_t)kind;
	out->target =
		out->address + sign_extend((uint64_t)bits_of(word, bit, count) << 2, count + 2);
}

/* br, blr, ret, eret, and their kin that check the pointer. */
static void describe_register_branch(uint32_t word, struct insn *out)
{
	switch (bits_of(word, 21, 3)) {
	case 0:
		out->kind = CSINFO_INSN_INDIRECT_JUMP;
		break;
	case 1:
		out->kind = CSINFO_INSN_CALL;
		break;
	default:
		out->kind = CSINFO_INSN_RETURN;
		break;
	}
}

static void describe_control(uint32_t word, struct insn *out)
{
	if ((word & 0xfc000000) == 0x14000000) /* b */
		describe_branch(word, 0, 26, CSINFO_INSN_JUMP, out);
	else if ((word & 0xfc000000) == 0x94000000) /* bl */
		describe_branch(word, 0, 26, CSINFO_INSN_CALL, out);
	else if ((word & 0xff00000e) == 0x5400000e) /* b.al, b.nv */
		describe_branch(word, 5, 19, CSINFO_INSN_JUMP, out);
	else if ((word & 0xff000000) == 0x54000000 || (word & 0x7e000000) == 0x34000000)
		describe_branch(word, 5, 19, CSINFO_INSN_BRANCH, out); /* b.cond, cbz, cbnz */
	else if ((word & 0x7e000000) == 0x36000000)		       /* tbz, tbnz */
		describe_branch(word, 5, 14, CSINFO_INSN_BRANCH, out);
	else if ((word & 0xfe000000) == 0xd6000000)
		describe_register_branch(word, out);
	else if ((word & 0xffe0001f) == 0xd4000001) /* svc */
		out->kind = CSINFO_INSN_SYSCALL;
	else if ((word & 0xff80001f) == 0xd4000000 || word >> 16 == 0) /* brk, hlt, udf */
		out->kind = CSINFO_INSN_TRAP;
}

/* add, sub with an immediate; register 31 is the stack pointer but for adds, subs. */
static void describe_add(uint32_t word, struct insn *out)
{
	uint64_t number = (uint64_t)bits_of(word, 10, 12) << (bits_of(word, 22, 1) ? 12 : 0);
	uint8_t dest = (uint8_t)bits_of(word, 0, 5);

	if (bits_of(word, 29, 1))
		dest = register_or_zero(dest);
	insn_sets(out, dest, (uint8_t)bits_of(word, 5, 5), bits_of(word, 30, 1) ? -number : number);
}

/* movn, movz, movk */
static void describe_wide_move(uint32_t word, struct insn *out)
{
	unsigned int shift = 16 * bits_of(word, 21, 2);
	uint64_t number = (uint64_t)bits_of(word, 5, 16) << shift;
	uint8_t dest = register_or_zero(bits_of(word, 0, 5));
	uint32_t operation = bits_of(word, 29, 2);

	if (operation == 3) {
		insn_sets(out, dest, dest, number);
		out->expression.keep = ~(UINT64_C(0xffff) << shift);
	} else {
		insn_sets(out, dest, INSN_NO_REG, operation ? number : ~number);
	}
}

/* adr, adrp */
static void describe_pc_relative(uint32_t word, struct insn *out)
{
	uint64_t number =
		sign_extend((uint64_t)bits_of(word, 5, 19) << 2 | bits_of(word, 29, 2), 21);
	uint64_t base = out->address;

	if (bits_of(word, 31, 1)) {
		number <<= 12;
		base &= ~UINT64_C(0xfff);
	}
	insn_sets(out, register_or_zero(bits_of(word, 0, 5)), INSN_NO_REG, base + number);
}

/* add with a register that may be shifted left; mov between registers, which is orr */
static void describe_register_sum(uint32_t word, struct insn *out)
{
	insn_sets(out, register_or_zero(bits_of(word, 0, 5)),
		  register_or_zero(bits_of(word, 16, 5)), 0);
	out->expression.index = register_or_zero(bits_of(word, 5, 5));
	out->expression.shift = (uint8_t)bits_of(word, 10, 6);
}

static void describe_value(uint32_t word, struct insn *out)
{
	bool is_64_bit = bits_of(word, 31, 1);

	if ((word & 0x1f000000) == 0x10000000) {
		describe_pc_relative(word, out);
		return;
	}
	if ((word & 0x1f800000) == 0x11000000)
		describe_add(word, out);
	else if ((word & 0x1f800000) == 0x12800000)
		describe_wide_move(word, out);
	else if ((word & 0x7fe00000) == 0x0b000000 || (word & 0x7fe0ffe0) == 0x2a0003e0)
		describe_register_sum(word, out);
	if (out->effect && !is_64_bit)
		out->extension = INSN_ZERO_EXTENDED;
}

/* Loads and stores of one general register of 4 or 8 bytes, without writing back. */
static void describe_memory(uint32_t word, struct insn *out)
{
	unsigned int width = bits_of(word, 30, 1) ? 8 : 4;
	uint8_t reg = register_or_zero(bits_of(word, 0, 5));
	uint8_t base = (uint8_t)bits_of(word, 5, 5);

	if ((word & 0xbf000000) == 0x18000000) /* ldr from near the code */
		insn_loads(out, width, reg, INSN_NO_REG,
			   out->address + sign_extend((uint64_t)bits_of(word, 5, 19) << 2, 21));
	else if ((word & 0xbfc00000) == 0xb9400000) /* ldr */
		insn_loads(out, width, reg, base, (uint64_t)bits_of(word, 10, 12) * width);
	else if ((word & 0xbfe00c00) == 0xb8400000) /* ldur */
		insn_loads(out, width, reg, base, sign_extend(bits_of(word, 12, 9), 9));
	else if ((word & 0xbfc00000) == 0xb9000000 || /* str */
		 (word & 0xbfe00400) == 0xb8000400 || /* str before or after adding */
		 (word & 0xbfe00c00) == 0xb8000000 || /* stur */
		 (word & 0xbfe00c00) == 0xb8200800 || /* str with two registers */
		 (word & 0xbfe08000) == 0x88808000 || /* stlr */
		 (word & 0xbfe00c00) == 0x99000000)   /* stlur */
		insn_stores(out, width, reg);
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	uint32_t word = decoder_word(decoder, 0, false);

	(void)code;
	out->writes = decoder_written(decoder, general_register);
	describe_control(word, out);
	describe_value(word, out);
	describe_memory(word, out);
	return true;
}

static bool mode(const struct target *target, cs_mode *out)
{
	*out = CS_MODE_LITTLE_ENDIAN;
	return target->machine == EM_AARCH64;
}

const struct arch arch_aarch64 = {
	.capstone = CS_ARCH_ARM64,
	.mode = mode,
	.describe = describe,
	.alignment = 4,
	.fixed_width = true,
};
