// SPDX-License-Identifier: MIT
/*
 * Instructions of mips before release 6, told apart by their bits as in "MIPS
 * Architecture For Programmers", volume II.
 *
 * A branch and the instruction in its delay slot are taken as one: the processor reports
 * an exception in the slot at the branch, and so does the kernel when it looks whether a
 * thread is inside a critical section.
 */
#include <elf.h>

#include "arch.h"

#define SLOT 4u /* bytes of a delay slot */
#define LINK 31u
#define BPOSGE32 0x1cu

#define OPCODE(word) bits_of(word, 26, 6)
#define RS(word) bits_of(word, 21, 5)
#define RT(word) bits_of(word, 16, 5)
#define RD(word) bits_of(word, 11, 5)
#define SHIFT(word) bits_of(word, 6, 5)
#define FUNCTION(word) bits_of(word, 0, 6)

enum opcode {
	SPECIAL = 0x00,
	REGIMM = 0x01,
	J = 0x02,
	JAL = 0x03,
	BEQ = 0x04,
	BGTZ = 0x07,
	ADDIU = 0x09,
	ORI = 0x0d,
	LUI = 0x0f,
	COP0 = 0x10,
	COP1 = 0x11,
	COP2 = 0x12,
	BEQL = 0x14,
	BGTZL = 0x17,
	DADDIU = 0x19,
	JALX = 0x1d,
	LW = 0x23,
	LWU = 0x27,
	SB = 0x28,
	SW = 0x2b,
	SWR = 0x2e,
	LD = 0x37,
	SD = 0x3f,
};

enum special {
	SLL = 0x00,
	JR = 0x08,
	JALR = 0x09,
	SYSCALL = 0x0c,
	BREAK = 0x0d,
	ADDU = 0x21,
	OR = 0x25,
	DADDU = 0x2d,
	DSLL = 0x38,
	DSLL32 = 0x3c,
};

/* What a word does to the flow of control. */
struct control {
	int kind;
	bool has_slot;
	bool slot_is_skipped; /* unless the branch is taken */
	uint64_t target;
};

static uint8_t register_or_zero(uint32_t number)
{
	return number ? (uint8_t)number : INSN_NO_REG;
}

static uint64_t immediate(uint32_t word)
{
	return sign_extend(word, 16);
}

static struct control control_of_special(uint32_t word)
{
	switch (FUNCTION(word)) {
	case JR:
		return (struct control){RS(word) == LINK ? CSINFO_INSN_RETURN
							 : CSINFO_INSN_INDIRECT_JUMP,
					true, false, CSINFO_NO_ADDRESS};
	case JALR:
		return (struct control){RD(word) ? CSINFO_INSN_CALL : CSINFO_INSN_INDIRECT_JUMP,
					true, false, CSINFO_NO_ADDRESS};
	case SYSCALL:
		return (struct control){CSINFO_INSN_SYSCALL, false, false, CSINFO_NO_ADDRESS};
	case BREAK:
		return (struct control){CSINFO_INSN_TRAP, false, false, CSINFO_NO_ADDRESS};
	default:
		return (struct control){CSINFO_INSN_PLAIN, false, false, CSINFO_NO_ADDRESS};
	}
}

/* bltz, bgez, and their kin that link or skip the slot; the rest are traps. */
static struct control control_of_regimm(uint32_t word, uint64_t target)
{
	bool links = bits_of(word, 20, 1);

	if (RT(word) == BPOSGE32)
		return (struct control){CSINFO_INSN_BRANCH, true, false, target};
	if (bits_of(word, 18, 2))
		return (struct control){CSINFO_INSN_PLAIN, false, false, CSINFO_NO_ADDRESS};
	if (!links && RS(word) == 0 && RT(word) == 1) /* bgez $zero */
		return (struct control){CSINFO_INSN_JUMP, true, false, target};
	return (struct control){links ? CSINFO_INSN_CALL : CSINFO_INSN_BRANCH, true,
				bits_of(word, 17, 1), target};
}

/* Branches by a bit of a coprocessor, or by a vector register. */
static bool is_coprocessor_branch(uint32_t word)
{
	uint32_t rs = RS(word);

	if (OPCODE(word) == COP1)
		return (rs >= 0x08 && rs <= 0x0b) || rs == 0x0f || rs >= 0x18;
	return OPCODE(word) == COP2 && rs == 0x08;
}

static struct control control_of(uint64_t address, uint32_t word)
{
	uint64_t region = (address + SLOT) & ~UINT64_C(0xfffffff);
	uint64_t near = address + SLOT + (immediate(word) << 2);
	uint32_t opcode = OPCODE(word);

	if (opcode == SPECIAL)
		return control_of_special(word);
	if (opcode == REGIMM)
		return control_of_regimm(word, near);
	if (opcode == J || opcode == JAL || opcode == JALX)
		return (struct control){opcode == J ? CSINFO_INSN_JUMP : CSINFO_INSN_CALL, true,
					false, region | (uint64_t)bits_of(word, 0, 26) << 2};
	if (opcode == BEQ && RS(word) == RT(word))
		return (struct control){CSINFO_INSN_JUMP, true, false, near};
	if ((opcode >= BEQ && opcode <= BGTZ) || (opcode >= BEQL && opcode <= BGTZL))
		return (struct control){CSINFO_INSN_BRANCH, true, opcode >= BEQL, near};
	if (is_coprocessor_branch(word))
		return (struct control){CSINFO_INSN_BRANCH, true,
					RS(word) == 0x08 && bits_of(word, 17, 1), near};
	if (opcode == COP0 && RS(word) == 0x10 && FUNCTION(word) == 0x18) /* eret */
		return (struct control){CSINFO_INSN_RETURN, false, false, CSINFO_NO_ADDRESS};
	return (struct control){CSINFO_INSN_PLAIN, false, false, CSINFO_NO_ADDRESS};
}

static uint32_t bit(uint32_t reg)
{
	return reg ? UINT32_C(1) << reg : 0;
}

/* The registers that a word changes, or more. */
static uint32_t written_by(uint32_t word)
{
	uint32_t opcode = OPCODE(word);

	if (opcode == SPECIAL)
		return bit(RD(word));
	if (opcode == JAL || opcode == JALX || (opcode == REGIMM && bits_of(word, 20, 1)))
		return bit(LINK);
	if (opcode <= BGTZ || (opcode >= BEQL && opcode <= BGTZL) ||
	    (opcode >= SB && opcode <= SWR) || opcode == SD)
		return 0;
	if ((opcode >= ADDIU - 1 && opcode <= LUI) || (opcode >= LW - 3 && opcode <= LWU))
		return bit(RT(word));
	return bit(RT(word)) | bit(RD(word));
}

static void describe_special(uint32_t word, struct insn *out)
{
	uint8_t dest = register_or_zero(RD(word));
	uint8_t source = register_or_zero(RS(word));
	uint8_t other = register_or_zero(RT(word));

	switch (FUNCTION(word)) {
	case SLL:
		insn_sets(out, dest, other, 0);
		out->expression.shift = (uint8_t)SHIFT(word);
		out->extension = INSN_SIGN_EXTENDED;
		break;
	case DSLL:
	case DSLL32:
		insn_sets(out, dest, other, 0);
		out->expression.shift =
			(uint8_t)(SHIFT(word) + (FUNCTION(word) == DSLL32 ? 32 : 0));
		break;
	case OR: /* with $zero it is a move */
		if (source != INSN_NO_REG && other != INSN_NO_REG)
			break;
		/* fallthrough */
	case ADDU:
	case DADDU:
		insn_sets(out, dest, source, 0);
		out->expression.index = other;
		if (FUNCTION(word) == ADDU)
			out->extension = INSN_SIGN_EXTENDED;
		break;
	default:
		break;
	}
}

static void describe_value(uint32_t word, struct insn *out)
{
	uint8_t base = register_or_zero(RS(word));
	uint8_t reg = register_or_zero(RT(word));

	switch (OPCODE(word)) {
	case SPECIAL:
		describe_special(word, out);
		break;
	case LUI:
		insn_sets(out, reg, INSN_NO_REG, sign_extend((uint64_t)word << 16, 32));
		break;
	case ADDIU:
		out->extension = INSN_SIGN_EXTENDED;
		/* fallthrough */
	case DADDIU:
		insn_sets(out, reg, base, immediate(word));
		break;
	case ORI:
		insn_sets(out, reg, base, bits_of(word, 0, 16));
		out->expression.keep = ~UINT64_C(0xffff) | ~word;
		break;
	case LW:
	case LWU:
		insn_loads(out, 4, reg, base, immediate(word));
		out->extension = OPCODE(word) == LW ? INSN_SIGN_EXTENDED : INSN_ZERO_EXTENDED;
		break;
	case LD:
		insn_loads(out, 8, reg, base, immediate(word));
		break;
	case SW:
		insn_stores(out, 4, reg);
		break;
	case SD:
		insn_stores(out, 8, reg);
		break;
	default:
		break;
	}
}

static bool is_big_endian(const struct decoder *decoder)
{
	return decoder->target.byte_order == ELFDATA2MSB;
}

/* The instruction in the delay slot runs with the branch. */
static bool describe_slot(struct decoder *decoder, const struct code *code,
			  const struct control *control, struct insn *out)
{
	uint32_t word;

	if (!decoder_disassemble(decoder, code, out->address + SLOT))
		return false;
	word = decoder_word(decoder, 0, is_big_endian(decoder));
	if (control_of(out->address + SLOT, word).has_slot)
		return false;
	out->length += SLOT;
	out->delay = SLOT;
	out->memory = (uint8_t)memory_written(CS_ARCH_MIPS, decoder->scratch);
	if (!control->slot_is_skipped)
		describe_value(word, out);
	out->writes |= written_by(word);
	return true;
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	uint32_t word = decoder_word(decoder, 0, is_big_endian(decoder));
	struct control control = control_of(out->address, word);

	out->kind = (uint8_t)control.kind;
	out->target = control.target;
	out->writes = written_by(word);
	if (control.has_slot)
		return describe_slot(decoder, code, &control, out);
	describe_value(word, out);
	return true;
}

/* Capstone 4 lacks comparisons to condition codes other than the first. */
static unsigned int known_length(const struct decoder *decoder, const uint8_t *bytes, size_t left)
{
	return left >= 4 && bytes[is_big_endian(decoder) ? 0 : 3] >> 2 == COP1 ? 4 : 0;
}

static bool mode(const struct target *target, cs_mode *out)
{
	uint32_t release = target->elf_flags & EF_MIPS_ARCH;

	*out = (cs_mode)(CS_MODE_MIPS64 |
			 (target->byte_order == ELFDATA2MSB ? CS_MODE_BIG_ENDIAN
							    : CS_MODE_LITTLE_ENDIAN));
	return target->machine == EM_MIPS && release <= EF_MIPS_ARCH_64R2;
}

const struct arch arch_mips = {
	.capstone = CS_ARCH_MIPS,
	.mode = mode,
	.known_length = known_length,
	.describe = describe,
	.alignment = 4,
	.fixed_width = true,
};
