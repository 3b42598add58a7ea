// SPDX-License-Identifier: MIT
/* Instructions of x86-64, x32 and i386. */
#include <elf.h>
#include <string.h>

#include "arch.h"

#if CS_API_MAJOR >= 5
#define UD1 X86_INS_UD1
#else
#define UD1 X86_INS_UD2B
#endif

#define OPERAND_SIZE 0x66 /* a prefix byte */
#define REX_W 0x08	  /* overrides it */
#define CALL_LENGTH 5u	  /* of a call with a displacement of 32 bits */

/* The general register that REG is, or is a part of. */
static uint8_t general_register(unsigned int reg)
{
	static const uint16_t names[][5] = {
		{X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
		{X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
		{X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
		{X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
		{X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_SPL},
		{X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_BPL},
		{X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_SIL},
		{X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_DIL},
		{X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_R8B},
		{X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_R9B},
		{X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_R10B},
		{X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_R11B},
		{X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_R12B},
		{X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_R13B},
		{X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_R14B},
		{X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_R15B},
	};

	for (uint8_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (unsigned int j = 0; j < 5; j++)
			if (names[i][j] == reg)
				return i;
	return INSN_NO_REG;
}

/* The kind of those instructions that have to be known by name. */
static int kind_by_name(unsigned int id)
{
	switch (id) {
	case X86_INS_RET:
	case X86_INS_RETF:
	case X86_INS_RETFQ:
	case X86_INS_IRET:
	case X86_INS_IRETD:
	case X86_INS_IRETQ:
		return CSINFO_INSN_RETURN;
	case X86_INS_UD0:
	case X86_INS_UD2:
	case UD1:
	case X86_INS_HLT:
	case X86_INS_INT1:
	case X86_INS_INT3:
		return CSINFO_INSN_TRAP;
	case X86_INS_SYSCALL:
	case X86_INS_SYSENTER:
	case X86_INS_INT:
		return CSINFO_INSN_SYSCALL;
	default:
		return CSINFO_INSN_PLAIN;
	}
}

static bool is_direct(const cs_x86 *x86)
{
	return x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
}

static int jump_kind(const cs_insn *raw)
{
	if (!is_direct(&raw->detail->x86))
		return CSINFO_INSN_INDIRECT_JUMP;
	return raw->id == X86_INS_JMP ? CSINFO_INSN_JUMP : CSINFO_INSN_BRANCH;
}

static int insn_kind(struct decoder *decoder)
{
	const cs_insn *raw = decoder->scratch;
	int kind = kind_by_name(raw->id);

	if (kind != CSINFO_INSN_PLAIN)
		return kind;
	if (raw->id == X86_INS_CALL || raw->id == X86_INS_LCALL)
		return CSINFO_INSN_CALL;
	/* Capstone has loop and xbegin in the second group only. */
	if (cs_insn_group(decoder->capstone, raw, CS_GRP_JUMP) ||
	    cs_insn_group(decoder->capstone, raw, CS_GRP_BRANCH_RELATIVE))
		return jump_kind(raw);
	return CSINFO_INSN_PLAIN;
}

/* What a memory operand addresses; false when a segment or scale takes part. */
static bool address_of(const cs_insn *raw, const cs_x86_op *operand, struct expression *out)
{
	const x86_op_mem *mem = &operand->mem;

	if (operand->type != X86_OP_MEM || mem->segment == X86_REG_FS || mem->segment == X86_REG_GS)
		return false;
	*out = expression_of(INSN_NO_REG, (uint64_t)mem->disp);
	if (mem->base == X86_REG_RIP) {
		out->number += raw->address + raw->size;
	} else if (mem->base != X86_REG_INVALID) {
		out->source = general_register(mem->base);
		if (out->source == INSN_NO_REG)
			return false;
	}
	if (mem->index != X86_REG_INVALID) {
		out->index = general_register(mem->index);
		if (out->index == INSN_NO_REG || mem->scale != 1)
			return false;
	}
	return true;
}

/* The value of a register of 4 or 8 bytes, or of an immediate. */
static bool value_of(const cs_x86_op *operand, struct expression *out)
{
	if (operand->type == X86_OP_IMM) {
		*out = expression_of(INSN_NO_REG, (uint64_t)operand->imm);
		return true;
	}
	if (operand->type != X86_OP_REG || operand->size < 4)
		return false;
	*out = expression_of(general_register(operand->reg), 0);
	return out->source != INSN_NO_REG;
}

static bool same_register(const cs_x86_op *a, const cs_x86_op *b)
{
	return a->type == X86_OP_REG && b->type == X86_OP_REG && a->reg == b->reg;
}

/* TO plus or minus FROM. */
static bool sum_of(const cs_x86_op *to, const cs_x86_op *from, bool negative,
		   struct expression *out)
{
	if (negative && same_register(to, from)) {
		*out = expression_of(INSN_NO_REG, 0);
		return true;
	}
	if (!value_of(from, out) || (negative && from->type != X86_OP_IMM))
		return false;
	if (negative)
		out->number = -out->number;
	out->index = general_register(to->reg);
	return true;
}

/* REG = something: what an instruction with two operands puts into the first one. */
static void describe_register(const cs_insn *raw, const cs_x86_op *to, const cs_x86_op *from,
			      struct insn *out)
{
	struct expression *expression = &out->expression;
	bool known = false;

	out->dest = general_register(to->reg);
	if (to->size < 4 || out->dest == INSN_NO_REG)
		return;
	switch (raw->id) {
	case X86_INS_MOV:
	case X86_INS_MOVABS:
		if (from->type == X86_OP_MEM && from->size == to->size &&
		    address_of(raw, from, expression)) {
			out->effect = INSN_LOADS;
			out->width = from->size;
		}
		known = value_of(from, expression);
		break;
	case X86_INS_LEA:
		known = address_of(raw, from, expression);
		break;
	case X86_INS_ADD:
		known = sum_of(to, from, false, expression);
		break;
	case X86_INS_SUB:
		known = sum_of(to, from, true, expression);
		break;
	case X86_INS_XOR:
		known = same_register(to, from); /* 0 */
		break;
	default:
		break;
	}
	if (known)
		out->effect = INSN_SETS;
	if (to->size == 4)
		out->extension = INSN_ZERO_EXTENDED;
}

/* mov MEMORY, source */
static void describe_store(const cs_x86_op *to, const cs_x86_op *from, struct insn *out)
{
	if (!value_of(from, &out->expression))
		return;
	out->effect = INSN_STORES;
	out->width = to->size;
}

/* call 1f; 1: pop REG: position-independent code of 32 bits asks where it is. */
static void describe_pop(const cs_insn *raw, const struct code *code, struct insn *out)
{
	static const unsigned char call[CALL_LENGTH] = {0xe8};
	const cs_x86_op *to = &raw->detail->x86.operands[0];
	unsigned char before[CALL_LENGTH];

	if (to->type != X86_OP_REG ||
	    !code_read(code, raw->address - CALL_LENGTH, before, CALL_LENGTH) ||
	    memcmp(before, call, CALL_LENGTH))
		return;
	out->dest = general_register(to->reg);
	out->effect = INSN_SETS;
	out->expression.number = raw->address;
}

/* call __x86.get_pc_thunk.REG, which is mov (%esp), REG; ret: the same, out of line. */
static void describe_call(const cs_insn *raw, const struct code *code, struct insn *out)
{
	unsigned char thunk[4];

	if (out->target == CSINFO_NO_ADDRESS ||
	    !code_read(code, out->target, thunk, sizeof(thunk)) || thunk[0] != 0x8b ||
	    (thunk[1] & 0xc7) != 0x04 || thunk[2] != 0x24 || thunk[3] != 0xc3)
		return;
	out->dest = thunk[1] >> 3;
	out->effect = INSN_SETS;
	out->expression.number = raw->address + raw->size;
}

static bool is_pc_relative(const cs_x86 *x86)
{
	for (uint8_t i = 0; i < x86->op_count; i++)
		if (x86->operands[i].type == X86_OP_MEM &&
		    (x86->operands[i].mem.base == X86_REG_RIP ||
		     x86->operands[i].mem.base == X86_REG_EIP))
			return true;
	return false;
}

/* What the instruction moves from where to where, if that matters. */
static void describe_move(const cs_insn *raw, struct insn *out)
{
	const cs_x86 *x86 = &raw->detail->x86;
	const cs_x86_op *to = &x86->operands[0];
	const cs_x86_op *from = &x86->operands[1];

	if (x86->op_count != 2)
		return;
	if (to->type == X86_OP_REG)
		describe_register(raw, to, from, out);
	else if (to->type == X86_OP_MEM && raw->id == X86_INS_MOV)
		describe_store(to, from, out);
}

/*
 * Processors disagree on what a 0x66 in front of a near branch means, and so do the
 * versions of Capstone; no program for Linux has one.
 */
static bool is_ambiguous(const cs_insn *raw, int kind)
{
	const cs_x86 *x86 = &raw->detail->x86;

	return (kind == CSINFO_INSN_JUMP || kind == CSINFO_INSN_BRANCH ||
		kind == CSINFO_INSN_CALL) &&
	       is_direct(x86) && x86->prefix[2] == OPERAND_SIZE && !(x86->rex & REX_W);
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	const cs_insn *raw = decoder->scratch;
	bool is_32_bit = decoder->target.machine == EM_386;

	out->kind = (uint8_t)insn_kind(decoder);
	out->writes = decoder_written(decoder, general_register);
	out->pc_relative = is_pc_relative(&raw->detail->x86);
	if (is_ambiguous(raw, out->kind))
		return false;
	if (insn_jumps_directly(out) ||
	    (out->kind == CSINFO_INSN_CALL && is_direct(&raw->detail->x86)))
		out->target = (uint64_t)raw->detail->x86.operands[0].imm;
	describe_move(raw, out);
	if (is_32_bit && raw->id == X86_INS_POP)
		describe_pop(raw, code, out);
	if (is_32_bit && out->kind == CSINFO_INSN_CALL)
		describe_call(raw, code, out);
	return true;
}

static bool mode(const struct target *target, cs_mode *out)
{
	*out = target->machine == EM_386 ? CS_MODE_32 : CS_MODE_64;
	if (target->byte_order != ELFDATA2LSB)
		return false;
	return target->machine == EM_X86_64 ||
	       (target->machine == EM_386 && target->elf_class == ELFCLASS32);
}

const struct arch arch_x86 = {
	.capstone = CS_ARCH_X86,
	.mode = mode,
	.describe = describe,
	.alignment = 1,
};
