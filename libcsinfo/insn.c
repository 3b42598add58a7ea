// SPDX-License-Identifier: MIT
/* One machine instruction, as far as the flow of control and STORE need it. */
#include <gelf.h>

#include "insn.h"

int decoder_open(struct decoder *decoder, int machine)
{
	if (machine != EM_X86_64)
		return CSINFO_E_UNSUPPORTED;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->capstone) != CS_ERR_OK)
		return CSINFO_E_NOMEM;
	cs_option(decoder->capstone, CS_OPT_DETAIL, CS_OPT_ON);
	decoder->scratch = cs_malloc(decoder->capstone);
	if (decoder->scratch)
		return 0;
	cs_close(&decoder->capstone);
	return CSINFO_E_NOMEM;
}

void decoder_close(struct decoder *decoder)
{
	cs_free(decoder->scratch, 1);
	cs_close(&decoder->capstone);
}

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

static uint16_t written_registers(struct decoder *decoder)
{
	cs_regs read;
	cs_regs written;
	uint8_t n_read;
	uint8_t n_written;
	uint16_t bits = 0;

	if (cs_regs_access(decoder->capstone, decoder->scratch, read, &n_read, written,
			   &n_written) != CS_ERR_OK)
		return UINT16_MAX;
	for (unsigned int i = 0; i < n_written; i++) {
		uint8_t reg = general_register(written[i]);

		if (reg != INSN_NO_REG)
			bits |= (uint16_t)(1u << reg);
	}
	return bits;
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
	case X86_INS_UD2B:
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

/* The address of a memory operand that no register takes part in, but rip. */
static bool constant_address(const cs_insn *raw, const cs_x86_op *operand, uint64_t *out)
{
	const x86_op_mem *mem = &operand->mem;

	if (operand->type != X86_OP_MEM || mem->index != X86_REG_INVALID ||
	    mem->segment == X86_REG_FS || mem->segment == X86_REG_GS)
		return false;
	if (mem->base == X86_REG_RIP)
		*out = raw->address + raw->size + (uint64_t)mem->disp;
	else if (mem->base == X86_REG_INVALID)
		*out = (uint64_t)mem->disp;
	else
		return false;
	return true;
}

/* mov REG, source */
static void describe_register_move(const cs_insn *raw, const cs_x86_op *to, const cs_x86_op *from,
				   struct insn *out)
{
	if (from->type == X86_OP_IMM && to->size >= 4) {
		out->load = INSN_LOAD_CONSTANT;
		out->value = (uint64_t)from->imm;
		if (to->size == 4) /* the upper half is cleared */
			out->value = (uint32_t)from->imm;
	} else if (from->type == X86_OP_REG && to->size == 8) {
		out->source = general_register(from->reg);
		out->load = out->source == INSN_NO_REG ? INSN_LOAD_NONE : INSN_LOAD_COPY;
	} else if (to->size == 8 && constant_address(raw, from, &out->value)) {
		out->load = INSN_LOAD_SLOT;
	}
}

/* mov MEMORY, source */
static void describe_memory_move(const cs_x86_op *to, const cs_x86_op *from, struct insn *out)
{
	if (to->size != 8)
		return;
	out->to_stack = to->mem.base == X86_REG_RSP || to->mem.base == X86_REG_RBP;
	if (from->type == X86_OP_IMM) {
		out->store = INSN_STORE_CONSTANT;
		out->value = (uint64_t)from->imm;
	} else if (from->type == X86_OP_REG) {
		out->source = general_register(from->reg);
		out->store = out->source == INSN_NO_REG ? INSN_STORE_NONE : INSN_STORE_REGISTER;
	}
}

static bool same_register(const cs_x86_op *a, const cs_x86_op *b)
{
	return a->type == X86_OP_REG && b->type == X86_OP_REG && a->reg == b->reg && a->size >= 4;
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
		out->dest = general_register(to->reg);
	switch (raw->id) {
	case X86_INS_MOV:
	case X86_INS_MOVABS:
		if (to->type == X86_OP_REG)
			describe_register_move(raw, to, from, out);
		else if (to->type == X86_OP_MEM)
			describe_memory_move(to, from, out);
		break;
	case X86_INS_LEA:
		if (constant_address(raw, from, &out->value))
			out->load = INSN_LOAD_CONSTANT;
		if (to->size == 4)
			out->value = (uint32_t)out->value;
		break;
	case X86_INS_XOR:
	case X86_INS_SUB:
		if (same_register(to, from))
			out->load = INSN_LOAD_CONSTANT; /* 0 */
		break;
	default:
		break;
	}
}

/*
 * A 16-bit branch displacement: processors disagree on what a 0x66 in front of a
 * near branch means, and Capstone follows those that no Linux program is built for.
 */
static bool is_ambiguous(const cs_insn *raw, int kind)
{
	const cs_x86 *x86 = &raw->detail->x86;

	return (kind == CSINFO_INSN_JUMP || kind == CSINFO_INSN_BRANCH ||
		kind == CSINFO_INSN_CALL) &&
	       is_direct(x86) && x86->operands[0].size == 2;
}

bool decoder_decode(struct decoder *decoder, const struct code *code, uint64_t address,
		    struct insn *out)
{
	uint64_t offset = address - code->address;
	const cs_insn *raw = decoder->scratch;
	const uint8_t *bytes;
	uint64_t next = address;
	size_t left;

	if (offset >= code->reader.size)
		return false;
	left = code->reader.size - offset;
	if (left > INSN_MAX_LENGTH)
		left = INSN_MAX_LENGTH;
	bytes = reader_bytes(&code->reader, offset, left);
	if (!cs_disasm_iter(decoder->capstone, &bytes, &left, &next, decoder->scratch))
		return false;
	*out = (struct insn){
		.address = address,
		.target = CSINFO_NO_ADDRESS,
		.length = (uint8_t)raw->size,
		.kind = (uint8_t)insn_kind(decoder),
		.writes = written_registers(decoder),
		.memory = (uint8_t)memory_written(CS_ARCH_X86, raw),
		.dest = INSN_NO_REG,
		.source = INSN_NO_REG,
	};
	if (is_ambiguous(raw, out->kind))
		return false;
	if (insn_jumps_directly(out) ||
	    (out->kind == CSINFO_INSN_CALL && is_direct(&raw->detail->x86)))
		out->target = (uint64_t)raw->detail->x86.operands[0].imm;
	describe_move(raw, out);
	return true;
}

bool insn_falls_through(const struct insn *insn)
{
	return insn->kind == CSINFO_INSN_PLAIN || insn->kind == CSINFO_INSN_BRANCH ||
	       insn->kind == CSINFO_INSN_CALL || insn->kind == CSINFO_INSN_SYSCALL;
}

bool insn_jumps_directly(const struct insn *insn)
{
	return insn->kind == CSINFO_INSN_JUMP || insn->kind == CSINFO_INSN_BRANCH;
}
