// SPDX-License-Identifier: MIT
/*
 * Instructions of riscv, told apart by their bits as in "The RISC-V Instruction Set
 * Manual", volume I.
 */
#include <elf.h>

#include "arch.h"

#ifdef CSINFO_HAVE_RISCV

#define LINK 1u
#define STACK_POINTER 2u
#define ALTERNATE_LINK 5u

#define OPCODE(word) bits_of(word, 0, 7)
#define RD(word) bits_of(word, 7, 5)
#define FUNCTION(word) bits_of(word, 12, 3)
#define RS1(word) bits_of(word, 15, 5)
#define RS2(word) bits_of(word, 20, 5)

/* In an instruction of 2 bytes: quadrant and function, and registers x8 .. x15. */
#define SHORT_OPCODE(half) (bits_of(half, 0, 2) << 4 | bits_of(half, 13, 3))
#define SHORT_RS2(half) bits_of(half, 2, 5)
#define FEW_RD(half) (8 + bits_of(half, 2, 3))
#define FEW_RS1(half) (8 + bits_of(half, 7, 3))

enum opcode {
	LOAD = 0x03,
	OP_IMM = 0x13,
	AUIPC = 0x17,
	OP_IMM_32 = 0x1b,
	STORE = 0x23,
	OP = 0x33,
	LUI = 0x37,
	BRANCH = 0x63,
	JALR = 0x67,
	JAL = 0x6f,
	SYSTEM = 0x73,
};

enum short_opcode {
	C_LW = 0x02,
	C_LD = 0x03,
	C_SW = 0x06,
	C_SD = 0x07,
	C_ADDI = 0x10,
	C_JAL = 0x11, /* addiw in 64 bits */
	C_LI = 0x12,
	C_LUI = 0x13,
	C_ALU = 0x14,
	C_J = 0x15,
	C_BEQZ = 0x16,
	C_BNEZ = 0x17,
	C_SLLI = 0x20,
	C_LWSP = 0x22,
	C_LDSP = 0x23,
	C_REGISTER = 0x24,
	C_SWSP = 0x26,
	C_SDSP = 0x27,
};

static uint8_t register_or_zero(uint32_t number)
{
	return number ? (uint8_t)number : INSN_NO_REG;
}

static uint32_t bit(uint32_t reg)
{
	return reg ? UINT32_C(1) << reg : 0;
}

/* A jump to what register RS1 holds, which leaves the address behind it in RD. */
static int kind_of_register_jump(uint32_t rd, uint32_t rs1)
{
	if (rd)
		return CSINFO_INSN_CALL;
	return rs1 == LINK || rs1 == ALTERNATE_LINK ? CSINFO_INSN_RETURN
						    : CSINFO_INSN_INDIRECT_JUMP;
}

static void set_target(struct insn *out, int kind, uint64_t offset, unsigned int bits)
{
	out->kind = (uint8_t)kind;
	out->target = out->address + sign_extend(offset, bits);
}

/* The offset of jal: bits 20, 10 to 1, 11, 19 to 12. */
static uint32_t jump_offset(uint32_t word)
{
	return bits_of(word, 31, 1) << 20 | bits_of(word, 21, 10) << 1 |
	       bits_of(word, 20, 1) << 11 | bits_of(word, 12, 8) << 12;
}

/* The offset of a branch: bits 12, 10 to 5, and 4 to 1, 11. */
static uint32_t branch_offset(uint32_t word)
{
	return bits_of(word, 31, 1) << 12 | bits_of(word, 25, 6) << 5 | bits_of(word, 8, 4) << 1 |
	       bits_of(word, 7, 1) << 11;
}

static void describe_control(uint32_t word, struct insn *out)
{
	switch (OPCODE(word)) {
	case BRANCH:
		set_target(out, CSINFO_INSN_BRANCH, branch_offset(word), 13);
		break;
	case JAL:
		set_target(out, RD(word) ? CSINFO_INSN_CALL : CSINFO_INSN_JUMP, jump_offset(word),
			   21);
		break;
	case JALR:
		out->kind = (uint8_t)kind_of_register_jump(RD(word), RS1(word));
		break;
	case SYSTEM:
		if (word == 0x00000073) /* ecall */
			out->kind = CSINFO_INSN_SYSCALL;
		else if (word == 0x00100073 || word == 0xc0001073) /* ebreak, unimp */
			out->kind = CSINFO_INSN_TRAP;
		else if (word == 0x10200073 || word == 0x30200073) /* sret, mret */
			out->kind = CSINFO_INSN_RETURN;
		break;
	default:
		break;
	}
}

/* addi, slli; those of 32 bits have a sign to extend */
static void describe_immediate(uint32_t word, struct insn *out)
{
	if (FUNCTION(word) == 0) {
		insn_sets(out, register_or_zero(RD(word)), register_or_zero(RS1(word)),
			  sign_extend(bits_of(word, 20, 12), 12));
	} else if (FUNCTION(word) == 1 && OPCODE(word) == OP_IMM && !bits_of(word, 26, 6)) {
		insn_sets(out, register_or_zero(RD(word)), register_or_zero(RS1(word)), 0);
		out->expression.shift = (uint8_t)bits_of(word, 20, 6);
	}
	if (OPCODE(word) == OP_IMM_32)
		out->extension = INSN_SIGN_EXTENDED;
}

static void describe_value(uint32_t word, struct insn *out)
{
	uint64_t upper = sign_extend(word & 0xfffff000, 32);
	uint8_t rd = register_or_zero(RD(word));

	out->writes = bit(RD(word));
	switch (OPCODE(word)) {
	case AUIPC:
		insn_sets(out, rd, INSN_NO_REG, out->address + upper);
		break;
	case LUI:
		insn_sets(out, rd, INSN_NO_REG, upper);
		break;
	case OP_IMM:
	case OP_IMM_32:
		describe_immediate(word, out);
		break;
	case OP:
		if (FUNCTION(word) || bits_of(word, 25, 7)) /* not add */
			break;
		insn_sets(out, rd, register_or_zero(RS1(word)), 0);
		out->expression.index = register_or_zero(RS2(word));
		break;
	case LOAD:
		if (FUNCTION(word) == 2 || FUNCTION(word) == 3) /* lw, ld */
			insn_loads(out, 1u << FUNCTION(word), rd, register_or_zero(RS1(word)),
				   sign_extend(bits_of(word, 20, 12), 12));
		break;
	case STORE:
		out->writes = 0;
		if (FUNCTION(word) == 2 || FUNCTION(word) == 3) /* sw, sd */
			insn_stores(out, 1u << FUNCTION(word), register_or_zero(RS2(word)));
		break;
	case BRANCH:
		out->writes = 0;
		break;
	default:
		break;
	}
}

/* The offset of c.j and c.jal: bits 11, 4, 9 to 8, 10, 6, 7, 3 to 1, 5. */
static uint32_t short_jump_offset(uint32_t half)
{
	return bits_of(half, 12, 1) << 11 | bits_of(half, 11, 1) << 4 | bits_of(half, 9, 2) << 8 |
	       bits_of(half, 8, 1) << 10 | bits_of(half, 7, 1) << 6 | bits_of(half, 6, 1) << 7 |
	       bits_of(half, 3, 3) << 1 | bits_of(half, 2, 1) << 5;
}

/* The offset of c.beqz and c.bnez: bits 8, 4 to 3, and 7 to 6, 2 to 1, 5. */
static uint32_t short_branch_offset(uint32_t half)
{
	return bits_of(half, 12, 1) << 8 | bits_of(half, 10, 2) << 3 | bits_of(half, 5, 2) << 6 |
	       bits_of(half, 3, 2) << 1 | bits_of(half, 2, 1) << 5;
}

/* c.jr, c.mv, c.ebreak, c.jalr, c.add */
static void describe_short_register(uint32_t half, struct insn *out)
{
	uint32_t rd = RD(half);
	uint32_t rs2 = SHORT_RS2(half);
	bool adds = bits_of(half, 12, 1);

	if (rs2) {
		out->writes = bit(rd);
		insn_sets(out, register_or_zero(rd), (uint8_t)rs2, 0);
		if (adds)
			out->expression.index = (uint8_t)rd;
	} else if (rd) {
		out->kind = (uint8_t)kind_of_register_jump(adds ? LINK : 0, rd);
	} else {
		out->kind = CSINFO_INSN_TRAP;
	}
}

static void describe_short_control(uint32_t half, bool is_64_bit, struct insn *out)
{
	if (!half) /* c.unimp */
		out->kind = CSINFO_INSN_TRAP;
	switch (SHORT_OPCODE(half)) {
	case C_J:
		set_target(out, CSINFO_INSN_JUMP, short_jump_offset(half), 12);
		break;
	case C_JAL:
		if (!is_64_bit)
			set_target(out, CSINFO_INSN_CALL, short_jump_offset(half), 12);
		break;
	case C_BEQZ:
	case C_BNEZ:
		set_target(out, CSINFO_INSN_BRANCH, short_branch_offset(half), 9);
		break;
	default:
		break;
	}
}

/* The 6 bits of a number, the uppermost of which is apart. */
static uint64_t short_number(uint32_t half)
{
	return sign_extend(bits_of(half, 12, 1) << 5 | bits_of(half, 2, 5), 6);
}

/* Offsets from a register, and from the stack pointer, of words of 8 and 4 bytes. */
static uint32_t offset_of_8(uint32_t half)
{
	return bits_of(half, 10, 3) << 3 | bits_of(half, 5, 2) << 6;
}

static uint32_t offset_of_4(uint32_t half)
{
	return bits_of(half, 10, 3) << 3 | bits_of(half, 6, 1) << 2 | bits_of(half, 5, 1) << 6;
}

static uint32_t stack_offset_of_8(uint32_t half)
{
	return bits_of(half, 12, 1) << 5 | bits_of(half, 5, 2) << 3 | bits_of(half, 2, 3) << 6;
}

static uint32_t stack_offset_of_4(uint32_t half)
{
	return bits_of(half, 12, 1) << 5 | bits_of(half, 4, 3) << 2 | bits_of(half, 2, 2) << 6;
}

/* Loads and stores; of 8 bytes in 64 bits only, where others have floating-point ones. */
static void describe_short_memory(uint32_t half, bool is_64_bit, struct insn *out)
{
	switch (SHORT_OPCODE(half)) {
	case C_LW:
		insn_loads(out, 4, (uint8_t)FEW_RD(half), (uint8_t)FEW_RS1(half),
			   offset_of_4(half));
		break;
	case C_LD:
		if (is_64_bit)
			insn_loads(out, 8, (uint8_t)FEW_RD(half), (uint8_t)FEW_RS1(half),
				   offset_of_8(half));
		break;
	case C_SW:
		insn_stores(out, 4, (uint8_t)FEW_RD(half));
		break;
	case C_SD:
		if (is_64_bit)
			insn_stores(out, 8, (uint8_t)FEW_RD(half));
		break;
	case C_LWSP:
		insn_loads(out, 4, register_or_zero(RD(half)), STACK_POINTER,
			   stack_offset_of_4(half));
		break;
	case C_LDSP:
		if (is_64_bit)
			insn_loads(out, 8, register_or_zero(RD(half)), STACK_POINTER,
				   stack_offset_of_8(half));
		break;
	case C_SWSP:
		insn_stores(out, 4, register_or_zero(SHORT_RS2(half)));
		break;
	case C_SDSP:
		if (is_64_bit)
			insn_stores(out, 8, register_or_zero(SHORT_RS2(half)));
		break;
	default:
		break;
	}
}

static void describe_short_value(uint32_t half, bool is_64_bit, struct insn *out)
{
	uint8_t rd = register_or_zero(RD(half));

	switch (SHORT_OPCODE(half)) {
	case C_JAL: /* c.addiw */
		if (is_64_bit)
			insn_sets(out, rd, rd, short_number(half));
		out->extension = INSN_SIGN_EXTENDED;
		break;
	case C_ADDI:
		insn_sets(out, rd, rd, short_number(half));
		break;
	case C_LI:
		insn_sets(out, rd, INSN_NO_REG, short_number(half));
		break;
	case C_LUI: /* of the stack pointer it is c.addi16sp */
		if (rd != STACK_POINTER)
			insn_sets(out, rd, INSN_NO_REG, short_number(half) << 12);
		break;
	case C_SLLI:
		insn_sets(out, rd, rd, 0);
		out->expression.shift = (uint8_t)(short_number(half) & 63);
		break;
	case C_REGISTER:
		describe_short_register(half, out);
		break;
	default:
		break;
	}
}

/* The registers that an instruction of 2 bytes changes, or more. */
static uint32_t written_by_short(uint32_t half, const struct insn *out)
{
	if (out->effect == INSN_STORES || out->kind != CSINFO_INSN_PLAIN)
		return 0;
	if (out->effect)
		return out->dest == INSN_NO_REG ? 0 : bit(out->dest);
	return bit(RD(half)) | bit(FEW_RD(half)) | bit(FEW_RS1(half));
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	bool is_64_bit = decoder->target.elf_class == ELFCLASS64;
	const uint8_t *bytes = decoder->scratch->bytes;
	uint32_t half = bytes[1] << 8u | bytes[0];

	(void)code;
	if (out->length == 2) {
		describe_short_control(half, is_64_bit, out);
		describe_short_memory(half, is_64_bit, out);
		describe_short_value(half, is_64_bit, out);
		out->writes = written_by_short(half, out);
	} else {
		describe_control(decoder_word(decoder, 0, false), out);
		describe_value(decoder_word(decoder, 0, false), out);
	}
	return true;
}

static bool mode(const struct target *target, cs_mode *out)
{
	*out = (cs_mode)(CS_MODE_RISCVC |
			 (target->elf_class == ELFCLASS64 ? CS_MODE_RISCV64 : CS_MODE_RISCV32));
	return target->machine == EM_RISCV && target->byte_order == ELFDATA2LSB;
}

const struct arch arch_riscv = {
	.capstone = CS_ARCH_RISCV,
	.mode = mode,
	.describe = describe,
	.alignment = 2,
};

#endif
