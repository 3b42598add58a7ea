// SPDX-License-Identifier: MIT
/* Instructions of arm: A32 and Thumb (T32), as Capstone tells them. */
#include <elf.h>

#include "arch.h"

#define STACK_POINTER 13u
#define LINK 14u
#define PC 15u

#define THUMB_MAX_LENGTH 4u
/* Instructions that one `it' makes conditional, at most. */
#define IT_MAX_BLOCK 4u

static uint8_t general_register(unsigned int reg)
{
	if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12)
		return (uint8_t)(reg - ARM_REG_R0);
	switch (reg) {
	case ARM_REG_SP:
		return STACK_POINTER;
	case ARM_REG_LR:
		return LINK;
	case ARM_REG_PC:
		return PC;
	default:
		return INSN_NO_REG;
	}
}

static bool is_conditional(const cs_arm *arm)
{
	return arm->cc != ARM_CC_AL && arm->cc != ARM_CC_INVALID;
}

/* The kind of an instruction that has the pc as one of its results. */
static int kind_of_pc_write(const cs_insn *raw)
{
	const cs_arm *arm = &raw->detail->arm;

	switch (raw->id) {
	case ARM_INS_POP:
		return CSINFO_INSN_RETURN;
	case ARM_INS_LDM:
	case ARM_INS_LDMDA:
	case ARM_INS_LDMDB:
	case ARM_INS_LDMIB: /* from the stack, by either of its pointers */
		return arm->operands[0].reg == ARM_REG_SP || arm->operands[0].reg == ARM_REG_R11
			       ? CSINFO_INSN_RETURN
			       : CSINFO_INSN_INDIRECT_JUMP;
	case ARM_INS_MOV:
	case ARM_INS_SUB: /* subs pc, lr, #n: from an exception */
		return arm->operands[1].type == ARM_OP_REG && arm->operands[1].reg == ARM_REG_LR
			       ? CSINFO_INSN_RETURN
			       : CSINFO_INSN_INDIRECT_JUMP;
	default:
		return CSINFO_INSN_INDIRECT_JUMP;
	}
}

static int kind_of(const cs_insn *raw, uint32_t writes)
{
	const cs_arm *arm = &raw->detail->arm;

	switch (raw->id) {
	case ARM_INS_B:
		return is_conditional(arm) ? CSINFO_INSN_BRANCH : CSINFO_INSN_JUMP;
	case ARM_INS_CBZ:
	case ARM_INS_CBNZ:
		return CSINFO_INSN_BRANCH;
	case ARM_INS_BL:
	case ARM_INS_BLX:
		return CSINFO_INSN_CALL;
	case ARM_INS_BX:
	case ARM_INS_BXJ:
		return arm->operands[0].reg == ARM_REG_LR ? CSINFO_INSN_RETURN
							  : CSINFO_INSN_INDIRECT_JUMP;
	case ARM_INS_TBB:
	case ARM_INS_TBH:
		return CSINFO_INSN_INDIRECT_JUMP;
	case ARM_INS_RFEDA:
	case ARM_INS_RFEDB:
	case ARM_INS_RFEIA:
	case ARM_INS_RFEIB:
		return CSINFO_INSN_RETURN;
	case ARM_INS_SVC:
		return CSINFO_INSN_SYSCALL;
	case ARM_INS_UDF:
	case ARM_INS_BKPT:
	case ARM_INS_HLT:
		return is_conditional(arm) ? CSINFO_INSN_PLAIN : CSINFO_INSN_TRAP;
	default:
		return writes & 1u << PC ? kind_of_pc_write(raw) : CSINFO_INSN_PLAIN;
	}
}

/* The pc as an instruction reads it; ALIGNED where it is the base of an address. */
static uint64_t pc_of(const struct decoder *decoder, const struct insn *insn, bool aligned)
{
	uint64_t pc = insn->address + (decoder->target.thumb ? 4 : 8);

	return aligned ? pc & ~UINT64_C(3) : pc;
}

/* Add register REG to *SUM, which has no index yet. */
static void add_register(const struct decoder *decoder, unsigned int reg, bool aligned,
			 struct insn *out)
{
	if (reg == ARM_REG_PC)
		out->expression.number += pc_of(decoder, out, aligned);
	else if (out->expression.source == INSN_NO_REG)
		out->expression.source = general_register(reg);
	else
		out->expression.index = general_register(reg);
}

/* add, sub: of two operands, the first of which is the result, or three */
static void describe_sum(const struct decoder *decoder, bool negative, struct insn *out)
{
	const cs_arm *arm = &decoder->scratch->detail->arm;
	const cs_arm_op *left = &arm->operands[arm->op_count - 2];
	const cs_arm_op *right = &arm->operands[arm->op_count - 1];
	bool is_number = right->type == ARM_OP_IMM;

	if (arm->op_count < 2 || left->type != ARM_OP_REG || right->shift.type != ARM_SFT_INVALID ||
	    (!is_number && (right->type != ARM_OP_REG || negative)))
		return;
	insn_sets(out, general_register(arm->operands[0].reg), INSN_NO_REG,
		  is_number ? (uint64_t)(int64_t)right->imm : 0);
	if (negative)
		out->expression.number = -out->expression.number;
	add_register(decoder, left->reg, is_number, out);
	if (!is_number)
		add_register(decoder, right->reg, false, out);
}

/* mov, mvn, movw, movt */
static void describe_move(const cs_insn *raw, struct insn *out)
{
	const cs_arm_op *from = &raw->detail->arm.operands[1];
	uint8_t dest = general_register(raw->detail->arm.operands[0].reg);

	if (raw->detail->arm.op_count != 2 || from->shift.type != ARM_SFT_INVALID)
		return;
	if (raw->id == ARM_INS_MOVT) {
		insn_sets(out, dest, dest, (uint64_t)from->imm << 16);
		out->expression.keep = 0xffff;
	} else if (raw->id == ARM_INS_MVN) {
		if (from->type == ARM_OP_IMM)
			insn_sets(out, dest, INSN_NO_REG, ~(uint64_t)from->imm);
	} else if (from->type == ARM_OP_IMM) {
		insn_sets(out, dest, INSN_NO_REG, (uint64_t)from->imm);
	} else if (from->type == ARM_OP_REG && from->reg != ARM_REG_PC) {
		insn_sets(out, dest, general_register(from->reg), 0);
	}
}

static void describe_load(const struct decoder *decoder, struct insn *out)
{
	const cs_arm *arm = &decoder->scratch->detail->arm;
	const cs_arm_op *from = &arm->operands[1];

	if (arm->op_count != 2 || arm->writeback || from->type != ARM_OP_MEM || from->subtracted ||
	    from->mem.scale != 1 || from->shift.type != ARM_SFT_INVALID)
		return;
	insn_loads(out, 4, general_register(arm->operands[0].reg), INSN_NO_REG,
		   (uint64_t)(int64_t)from->mem.disp);
	add_register(decoder, from->mem.base, true, out);
	if (from->mem.index != ARM_REG_INVALID)
		add_register(decoder, from->mem.index, false, out);
}

/* strd: the word of the lower address comes first. */
static void describe_double_store(const struct decoder *decoder, struct insn *out)
{
	const cs_arm *arm = &decoder->scratch->detail->arm;
	bool is_little = decoder->target.byte_order == ELFDATA2LSB;

	insn_stores(out, 8, general_register(arm->operands[is_little ? 0 : 1].reg));
}

static void describe_value(const struct decoder *decoder, struct insn *out)
{
	const cs_insn *raw = decoder->scratch;
	const cs_arm *arm = &raw->detail->arm;

	switch (raw->id) {
	case ARM_INS_ADD:
	case ARM_INS_ADDW:
	case ARM_INS_SUB:
	case ARM_INS_SUBW:
		describe_sum(decoder, raw->id == ARM_INS_SUB || raw->id == ARM_INS_SUBW, out);
		break;
	case ARM_INS_ADR:
		insn_sets(out, general_register(arm->operands[0].reg), INSN_NO_REG,
			  pc_of(decoder, out, true) + (uint64_t)(int64_t)arm->operands[1].imm);
		break;
	case ARM_INS_MOV:
	case ARM_INS_MVN:
	case ARM_INS_MOVW:
	case ARM_INS_MOVT:
		describe_move(raw, out);
		break;
	case ARM_INS_LDR:
		describe_load(decoder, out);
		break;
	case ARM_INS_STR:
	case ARM_INS_STL:
		insn_stores(out, 4, general_register(arm->operands[0].reg));
		break;
	case ARM_INS_STRD:
		describe_double_store(decoder, out);
		break;
	default:
		break;
	}
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	const cs_insn *raw = decoder->scratch;
	const cs_arm *arm = &raw->detail->arm;
	const cs_arm_op *last = &arm->operands[arm->op_count ? arm->op_count - 1 : 0];

	(void)code;
	out->writes = decoder_written(decoder, general_register);
	out->kind = (uint8_t)kind_of(raw, out->writes);
	out->conditional = is_conditional(arm) && (out->kind == CSINFO_INSN_RETURN ||
						   out->kind == CSINFO_INSN_INDIRECT_JUMP);
	if ((insn_jumps_directly(out) || out->kind == CSINFO_INSN_CALL) && last->type == ARM_OP_IMM)
		out->target = (uint32_t)last->imm;
	if (!is_conditional(arm))
		describe_value(decoder, out);
	return true;
}

/* ---- `it', which makes the instructions behind it conditional ---- */

static bool halfword_at(const struct code *code, uint64_t address, uint16_t *out)
{
	const unsigned char *bytes = reader_bytes(&code->reader, address - code->address, 2);

	if (bytes)
		*out = (uint16_t)(bytes[1] << 8 | bytes[0]);
	return bytes != NULL;
}

/* Bytes of the instruction that begins with HALFWORD. */
static unsigned int thumb_length(uint16_t halfword)
{
	return halfword >= 0xe800 ? 4 : 2;
}

/* Instructions that HALFWORD makes conditional: none when it is no `it'. */
static unsigned int block_size(uint16_t halfword)
{
	unsigned int n = IT_MAX_BLOCK;

	if ((halfword & 0xff00) != 0xbf00 || !(halfword & 0xf))
		return 0;
	for (; !(halfword & 1); halfword >>= 1)
		n--;
	return n;
}

/* Whether the instruction at ADDRESS is in the block of what may be an `it' at START. */
static bool is_in_block(const struct code *code, uint64_t start, uint64_t address)
{
	unsigned int left;
	uint16_t halfword;

	if (!halfword_at(code, start, &halfword))
		return false;
	for (left = block_size(halfword); left && start < address; left--) {
		start += thumb_length(halfword);
		if (start == address)
			return true;
		if (!halfword_at(code, start, &halfword))
			return false;
	}
	return false;
}

/*
 * Capstone keeps what is left of a block from one call to the next, whatever the
 * addresses: let it see those before ADDRESS in the block, or none.
 */
static void prepare(struct decoder *decoder, const struct code *code, uint64_t address)
{
	static const uint8_t nops[2 * IT_MAX_BLOCK] = {0x00, 0xbf, 0x00, 0xbf,
						       0x00, 0xbf, 0x00, 0xbf};
	const uint8_t *bytes = nops;
	size_t left = sizeof(nops);
	uint64_t at = 0;

	while (left)
		if (!cs_disasm_iter(decoder->capstone, &bytes, &left, &at, decoder->scratch))
			break;
	for (at = address - IT_MAX_BLOCK * THUMB_MAX_LENGTH; at != address; at += 2)
		if (is_in_block(code, at, address))
			break;
	while (at != address) {
		uint64_t offset = at - code->address;

		left = address - at;
		bytes = reader_bytes(&code->reader, offset, left);
		if (!bytes ||
		    !cs_disasm_iter(decoder->capstone, &bytes, &left, &at, decoder->scratch))
			break;
	}
}

/* Big-endian programs since ARMv6 (BE8) have little-endian code. */
static cs_mode byte_order(const struct target *target)
{
	return target->byte_order == ELFDATA2MSB && !(target->elf_flags & EF_ARM_BE8)
		       ? CS_MODE_BIG_ENDIAN
		       : CS_MODE_LITTLE_ENDIAN;
}

static bool arm_mode(const struct target *target, cs_mode *out)
{
	*out = (cs_mode)(CS_MODE_ARM | CS_MODE_V8 | byte_order(target));
	return target->machine == EM_ARM && target->elf_class == ELFCLASS32 && !target->thumb;
}

static bool thumb_mode(const struct target *target, cs_mode *out)
{
	*out = (cs_mode)(CS_MODE_THUMB | CS_MODE_V8);
	return target->machine == EM_ARM && target->elf_class == ELFCLASS32 && target->thumb &&
	       byte_order(target) == CS_MODE_LITTLE_ENDIAN;
}

const struct arch arch_arm = {
	.capstone = CS_ARCH_ARM,
	.mode = arm_mode,
	.describe = describe,
	.alignment = 4,
	.fixed_width = true,
};

const struct arch arch_thumb = {
	.capstone = CS_ARCH_ARM,
	.mode = thumb_mode,
	.prepare = prepare,
	.describe = describe,
	.alignment = 2,
};
