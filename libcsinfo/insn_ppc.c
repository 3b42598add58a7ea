// SPDX-License-Identifier: MIT
/*
 * Instructions of ppc, ppc64 and ppc64le, told apart by their bits as in "Power ISA",
 * book I.
 */
#include <elf.h>

#include "arch.h"

#define OPCODE(word) bits_of(word, 26, 6)
#define RT(word) bits_of(word, 21, 5) /* also RS, BO and TO */
#define RA(word) bits_of(word, 16, 5)
#define RB(word) bits_of(word, 11, 5)
#define EXTENDED(word) bits_of(word, 1, 10)
#define LINKS(word) bits_of(word, 0, 1)

/* Bits of BO: no condition and no count is tested. */
#define BRANCH_ALWAYS 0x14u
/* bcl 20,31,.+4: not a call, it asks for its own address. */
#define WHERE_AM_I 0x429f0005u

enum opcode {
	TDI = 2,
	TWI = 3,
	CMPLI = 10,
	CMPI = 11,
	ADDI = 14,
	ADDIS = 15,
	BC = 16,
	SC = 17,
	B = 18,
	OPCODE_19 = 19,
	ORI = 24,
	ORIS = 25,
	OPCODE_30 = 30,
	OPCODE_31 = 31,
	LWZ = 32,
	STW = 36,
	STWU = 37,
	STH = 44,
	LMW = 46,
	LD = 58,
	STD = 62,
};

enum extended_19 {
	BCLR = 16,
	RFID = 18,
	RFI = 50,
	BCCTR = 528,
	BCTAR = 560,
};

enum extended_31 {
	TW = 4,
	LDX = 21,
	LWZX = 23,
	TD = 68,
	STDX = 149,
	STWX = 151,
	ADD = 266,
	MFSPR = 339,
	OR = 444,
};

static void describe_branch(uint32_t word, unsigned int bits, int kind, struct insn *out)
{
	uint64_t offset = sign_extend(word & ((1u << bits) - 4), bits);

	out->kind = LINKS(word) ? CSINFO_INSN_CALL : (uint8_t)kind;
	out->target = bits_of(word, 1, 1) ? offset : out->address + offset;
}

static bool branches_always(uint32_t word)
{
	return (RT(word) & BRANCH_ALWAYS) == BRANCH_ALWAYS;
}

/* Branches to the link, count and target registers. */
static void describe_register_branch(uint32_t word, struct insn *out)
{
	switch (EXTENDED(word)) {
	case BCLR:
		out->kind = CSINFO_INSN_RETURN;
		break;
	case BCCTR:
	case BCTAR:
		out->kind = CSINFO_INSN_INDIRECT_JUMP;
		break;
	case RFI:
	case RFID:
		out->kind = CSINFO_INSN_RETURN;
		return;
	default:
		return;
	}
	out->conditional = !branches_always(word);
	if (LINKS(word)) {
		out->kind = CSINFO_INSN_CALL;
		out->conditional = false;
	}
}

static bool is_trap(uint32_t word)
{
	uint32_t opcode = OPCODE(word);

	return RT(word) == 31 &&
	       (opcode == TDI || opcode == TWI ||
		(opcode == OPCODE_31 && (EXTENDED(word) == TW || EXTENDED(word) == TD)));
}

static void describe_control(uint32_t word, struct insn *out)
{
	switch (OPCODE(word)) {
	case B:
		describe_branch(word, 26, CSINFO_INSN_JUMP, out);
		break;
	case BC:
		if (word != WHERE_AM_I)
			describe_branch(
				word, 16,
				branches_always(word) ? CSINFO_INSN_JUMP : CSINFO_INSN_BRANCH, out);
		break;
	case OPCODE_19:
		describe_register_branch(word, out);
		break;
	case SC:
		out->kind = CSINFO_INSN_SYSCALL;
		break;
	default:
		if (is_trap(word))
			out->kind = CSINFO_INSN_TRAP;
		break;
	}
}

/* The registers that a word changes, or more. */
static uint32_t written_by(uint32_t word)
{
	uint32_t target = UINT32_C(1) << RT(word);
	uint32_t base = UINT32_C(1) << RA(word);
	uint32_t opcode = OPCODE(word);

	if (opcode == LMW)
		return UINT32_MAX << RT(word);
	/* Branches and compares; floating-point and vector instructions. */
	if (opcode == TDI || opcode == TWI || opcode == CMPLI || opcode == CMPI ||
	    (opcode >= BC && opcode <= OPCODE_19) || opcode == 59 || opcode == 60 || opcode == 63)
		return 0;
	if ((opcode & ~3u) == STW || (opcode & ~1u) == STH) /* those with update are odd */
		return opcode & 1 ? base : 0;
	if (opcode == STD)
		return bits_of(word, 0, 1) ? base : 0;
	return target | base;
}

/* mflr behind WHERE_AM_I */
static void describe_own_address(const struct decoder *decoder, const struct code *code,
				 uint32_t word, struct insn *out)
{
	struct reader reader = code->reader;
	uint32_t before;

	reader.big_endian = decoder->target.byte_order == ELFDATA2MSB;
	if ((word & 0xfc1fffff) == 0x7c0802a6 &&
	    reader_u32(&reader, out->address - 4 - code->address, &before) && before == WHERE_AM_I)
		insn_sets(out, (uint8_t)RT(word), INSN_NO_REG, out->address);
}

/* The base of an address: register 0 stands for no register. */
static uint8_t base_of(uint32_t word)
{
	return RA(word) ? (uint8_t)RA(word) : INSN_NO_REG;
}

static void describe_extended_31(uint32_t word, struct insn *out)
{
	uint8_t target = (uint8_t)RT(word);

	switch (EXTENDED(word)) {
	case ADD:
		insn_sets(out, target, (uint8_t)RA(word), 0);
		out->expression.index = (uint8_t)RB(word);
		break;
	case OR: /* of one register is mr */
		if (RT(word) == RB(word))
			insn_sets(out, (uint8_t)RA(word), target, 0);
		break;
	case LDX:
	case LWZX:
		insn_loads(out, EXTENDED(word) == LDX ? 8 : 4, target, base_of(word), 0);
		out->expression.index = (uint8_t)RB(word);
		break;
	case STDX:
	case STWX:
		insn_stores(out, EXTENDED(word) == STDX ? 8 : 4, target);
		break;
	default:
		break;
	}
}

/* rldicr ra,rs,n,63-n: sldi */
static void describe_shift(uint32_t word, struct insn *out)
{
	unsigned int shift = RB(word) | bits_of(word, 1, 1) << 5;
	unsigned int end = bits_of(word, 6, 5) | bits_of(word, 5, 1) << 5;

	if (bits_of(word, 2, 3) != 1 || end != 63 - shift)
		return;
	insn_sets(out, (uint8_t)RA(word), (uint8_t)RT(word), 0);
	out->expression.shift = (uint8_t)shift;
}

static void describe_value(uint32_t word, struct insn *out)
{
	uint64_t number = sign_extend(word, 16);
	uint64_t unsigned_number = bits_of(word, 0, 16);
	uint8_t target = (uint8_t)RT(word);

	switch (OPCODE(word)) {
	case ADDI:
		insn_sets(out, target, base_of(word), number);
		break;
	case ADDIS:
		insn_sets(out, target, base_of(word), number << 16);
		break;
	case ORIS:
		unsigned_number <<= 16;
		/* fallthrough */
	case ORI:
		insn_sets(out, (uint8_t)RA(word), target, unsigned_number);
		out->expression.keep = ~unsigned_number;
		break;
	case OPCODE_30:
		describe_shift(word, out);
		break;
	case OPCODE_31:
		describe_extended_31(word, out);
		break;
	case LWZ:
		insn_loads(out, 4, target, base_of(word), number);
		break;
	case LD:
		if (!bits_of(word, 0, 2))
			insn_loads(out, 8, target, base_of(word), number & ~UINT64_C(3));
		break;
	case STW:
	case STWU:
		insn_stores(out, 4, target);
		break;
	case STD:
		if (!bits_of(word, 1, 1))
			insn_stores(out, 8, target);
		break;
	default:
		break;
	}
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	uint32_t word = decoder_word(decoder, 0, decoder->target.byte_order == ELFDATA2MSB);

	out->writes = written_by(word);
	describe_control(word, out);
	describe_value(word, out);
	describe_own_address(decoder, code, word, out);
	return true;
}

/* Capstone 4 lacks scv and much of the vectors since Power ISA 2.07. */
static unsigned int known_length(const struct decoder *decoder, const uint8_t *bytes, size_t left)
{
	bool big_endian = decoder->target.byte_order == ELFDATA2MSB;

	if (left < 4)
		return 0;
	switch (bytes[big_endian ? 0 : 3] >> 2) {
	case SC:
	case OPCODE_31:
	case 4:	 /* vectors */
	case 57: /* lxsd, lxssp */
	case 59: /* floating-point numbers */
	case 60: /* vectors and scalars */
	case 61: /* lxv, stxv, stxsd, stxssp */
	case 63: /* floating-point numbers */
		return 4;
	default:
		return 0;
	}
}

static bool mode(const struct target *target, cs_mode *out)
{
	*out = (cs_mode)((target->machine == EM_PPC64 ? CS_MODE_64 : CS_MODE_32) |
			 (target->byte_order == ELFDATA2MSB ? CS_MODE_BIG_ENDIAN
							    : CS_MODE_LITTLE_ENDIAN));
	return target->machine == EM_PPC64 || target->machine == EM_PPC;
}

const struct arch arch_ppc = {
	.capstone = CS_ARCH_PPC,
	.mode = mode,
	.known_length = known_length,
	.describe = describe,
	.alignment = 4,
	.fixed_width = true,
};
