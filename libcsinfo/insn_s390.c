// SPDX-License-Identifier: MIT
/*
 * Instructions of s390 and s390x, told apart by their bytes as in "z/Architecture
 * Principles of Operation", appendix B.
 */
#include <elf.h>
#include <string.h>

#include "arch.h"

#define LINK 14u
#define ALWAYS 15u /* the mask of a branch on any condition */

/* The first two bytes; what follows an opcode of 12 bits is in the 4 between. */
#define OPCODE(half) bits_of(half, 8, 8)
#define OPCODE_12(half) (bits_of(half, 8, 8) << 4 | bits_of(half, 0, 4))
#define R1(half) bits_of(half, 4, 4)
#define R2(half) bits_of(half, 0, 4)

/* An instruction as numbers. */
struct fields {
	uint32_t half; /* the first 2 bytes */
	uint32_t low;  /* the 4 behind them, where there are so many, else 2 */
	uint32_t tail; /* the last byte of 6, which is part of the opcode */
};

static struct fields fields_of(const struct decoder *decoder)
{
	const cs_insn *raw = decoder->scratch;
	struct fields fields = {raw->bytes[0] << 8u | raw->bytes[1], 0, 0};

	if (raw->size == 4)
		fields.low = raw->bytes[2] << 8u | raw->bytes[3];
	if (raw->size == 6) {
		fields.low = decoder_word(decoder, 2, true);
		fields.tail = raw->bytes[5];
	}
	return fields;
}

/* Where a branch relative to its own address goes: OFFSET counts halfwords. */
static uint64_t relative(const struct insn *out, uint32_t offset, unsigned int bits)
{
	return out->address + 2 * sign_extend(offset, bits);
}

static void set_target(struct insn *out, int kind, uint64_t target)
{
	out->kind = (uint8_t)kind;
	out->target = target;
}

/* A jump to what register REG holds, on the conditions of MASK. */
static void describe_register_branch(uint32_t mask, uint32_t reg, struct insn *out)
{
	if (!mask)
		return;
	out->kind = reg == LINK ? CSINFO_INSN_RETURN : CSINFO_INSN_INDIRECT_JUMP;
	out->conditional = mask != ALWAYS;
}

/* A relative jump on the conditions of MASK.  One into its own middle traps. */
static void describe_relative_branch(uint32_t mask, uint64_t target, struct insn *out)
{
	if (!mask)
		return;
	if (mask == ALWAYS && target == out->address + 2)
		out->kind = CSINFO_INSN_TRAP;
	else
		set_target(out, mask == ALWAYS ? CSINFO_INSN_JUMP : CSINFO_INSN_BRANCH, target);
}

/* A call, which puts the next address into R1; to no register it only does that. */
static void describe_link(uint32_t r1, uint32_t r2, struct insn *out)
{
	if (r2)
		out->kind = CSINFO_INSN_CALL;
	else
		insn_sets(out, (uint8_t)r1, INSN_NO_REG, out->address + out->length);
}

/* Instructions of 2 bytes, and those of 4 with an opcode of 8 bits. */
static void describe_short_control(const struct fields *fields, struct insn *out)
{
	uint32_t half = fields->half;

	switch (OPCODE(half)) {
	case 0x05: /* balr */
	case 0x0c: /* bassm */
	case 0x0d: /* basr */
		describe_link(R1(half), R2(half), out);
		break;
	case 0x06: /* bctr */
		if (R2(half))
			describe_register_branch(ALWAYS - 1, R2(half), out);
		break;
	case 0x07: /* bcr */
		if (R2(half))
			describe_register_branch(R1(half), R2(half), out);
		break;
	case 0x0a: /* svc */
		out->kind = CSINFO_INSN_SYSCALL;
		break;
	case 0x0b: /* bsm */
		if (R2(half))
			describe_register_branch(ALWAYS, R2(half), out);
		break;
	case 0x45: /* bal */
	case 0x4d: /* bas */
		out->kind = CSINFO_INSN_CALL;
		break;
	case 0x46: /* bct */
	case 0x86: /* bxh */
	case 0x87: /* bxle */
		describe_register_branch(ALWAYS - 1, 0, out);
		break;
	case 0x47: /* bc */
		describe_register_branch(R1(half), 0, out);
		break;
	case 0x82: /* lpsw */
		describe_register_branch(ALWAYS, 0, out);
		break;
	case 0x84: /* brxh */
	case 0x85: /* brxle */
		set_target(out, CSINFO_INSN_BRANCH, relative(out, fields->low, 16));
		break;
	default:
		if (half == 0x01ff || half == 0xb2ff) /* trap2, trap4 */
			out->kind = CSINFO_INSN_TRAP;
		if (half == 0xb2b2) /* lpswe */
			describe_register_branch(ALWAYS, 0, out);
		break;
	}
}

/* Instructions with an opcode of 12 bits. */
static void describe_relative_control(const struct fields *fields, struct insn *out)
{
	uint64_t near = relative(out, fields->low, 16);
	uint64_t far = relative(out, fields->low, 32);
	uint32_t r1 = R1(fields->half);

	switch (OPCODE_12(fields->half)) {
	case 0xa74: /* brc */
		describe_relative_branch(r1, near, out);
		break;
	case 0xa75: /* bras: also jumps over data, of which it keeps the address */
		set_target(out, r1 == LINK ? CSINFO_INSN_CALL : CSINFO_INSN_JUMP, near);
		if (r1 != LINK)
			insn_sets(out, (uint8_t)r1, INSN_NO_REG, out->address + out->length);
		break;
	case 0xa76: /* brct */
	case 0xa77: /* brctg */
		set_target(out, CSINFO_INSN_BRANCH, near);
		break;
	case 0xc04: /* brcl */
		describe_relative_branch(r1, far, out);
		break;
	case 0xc05: /* brasl */
		set_target(out, CSINFO_INSN_CALL, far);
		break;
	case 0xcc6: /* brcth */
		set_target(out, CSINFO_INSN_BRANCH, far);
		break;
	default:
		break;
	}
}

/* Instructions whose last byte is part of the opcode. */
static void describe_tail_control(const struct fields *fields, struct insn *out)
{
	switch (OPCODE(fields->half) << 8 | fields->tail) {
	case 0xec44: /* brxhg */
	case 0xec45: /* brxlg */
	case 0xec64: /* cgrj */
	case 0xec65: /* clgrj */
	case 0xec76: /* crj */
	case 0xec77: /* clrj */
	case 0xec7c: /* cgij */
	case 0xec7d: /* clgij */
	case 0xec7e: /* cij */
	case 0xec7f: /* clij */
		set_target(out, CSINFO_INSN_BRANCH,
			   relative(out, bits_of(fields->low, 16, 16), 16));
		break;
	case 0xece4: /* cgrb */
	case 0xece5: /* clgrb */
	case 0xecf6: /* crb */
	case 0xecf7: /* clrb */
	case 0xecfc: /* cgib */
	case 0xecfd: /* clgib */
	case 0xecfe: /* cib */
	case 0xecff: /* clib */
		describe_register_branch(ALWAYS - 1, bits_of(fields->low, 28, 4), out);
		break;
	case 0xe346: /* bctg */
	case 0xeb44: /* bxhg */
	case 0xeb45: /* bxleg */
		describe_register_branch(ALWAYS - 1, 0, out);
		break;
	case 0xe347: /* bic */
		describe_register_branch(R1(fields->half), 0, out);
		break;
	default:
		break;
	}
}

/* As the base of an address, register 0 stands for no register. */
static uint8_t base_register(uint32_t number)
{
	return number ? (uint8_t)number : INSN_NO_REG;
}

/* The address of an operand of 4 bytes of code: a register, another, 12 bits. */
static void set_address(const struct fields *fields, struct insn *out)
{
	out->expression = expression_of(base_register(bits_of(fields->low, 12, 4)),
					bits_of(fields->low, 0, 12));
	out->expression.index = base_register(R2(fields->half));
}

/* The same with 20 bits, the upper 8 of which follow and have a sign. */
static void set_long_address(const struct fields *fields, struct insn *out)
{
	uint32_t number = bits_of(fields->low, 8, 8) << 12 | bits_of(fields->low, 16, 12);

	out->expression =
		expression_of(base_register(bits_of(fields->low, 28, 4)), sign_extend(number, 20));
	out->expression.index = base_register(R2(fields->half));
}

static void describe_short_value(const struct fields *fields, struct insn *out)
{
	uint8_t r1 = (uint8_t)R1(fields->half);

	switch (OPCODE(fields->half)) {
	case 0x18: /* lr */
		insn_sets(out, r1, (uint8_t)R2(fields->half), 0);
		break;
	case 0x41: /* la */
		insn_sets(out, r1, INSN_NO_REG, 0);
		set_address(fields, out);
		break;
	case 0x50: /* st */
		insn_stores(out, 4, r1);
		break;
	case 0x58: /* l */
		insn_loads(out, 4, r1, INSN_NO_REG, 0);
		set_address(fields, out);
		break;
	default:
		break;
	}
}

static void describe_relative_value(const struct fields *fields, struct insn *out)
{
	uint64_t address = relative(out, fields->low, 32);
	uint64_t near = sign_extend(fields->low, 16);
	uint64_t far = sign_extend(fields->low, 32);
	uint8_t r1 = (uint8_t)R1(fields->half);

	switch (OPCODE_12(fields->half)) {
	case 0xa78: /* lhi */
	case 0xa79: /* lghi */
		insn_sets(out, r1, INSN_NO_REG, near);
		break;
	case 0xa7a: /* ahi */
	case 0xa7b: /* aghi */
		insn_sets(out, r1, r1, near);
		break;
	case 0xc00: /* larl */
		insn_sets(out, r1, INSN_NO_REG, address);
		break;
	case 0xc01: /* lgfi */
		insn_sets(out, r1, INSN_NO_REG, far);
		break;
	case 0xc0f: /* llilf */
		insn_sets(out, r1, INSN_NO_REG, fields->low);
		break;
	case 0xc28: /* agfi */
	case 0xc29: /* afi */
		insn_sets(out, r1, r1, far);
		break;
	case 0xc48: /* lgrl */
		insn_loads(out, 8, r1, INSN_NO_REG, address);
		break;
	case 0xc4d: /* lrl */
		insn_loads(out, 4, r1, INSN_NO_REG, address);
		break;
	case 0xc4b: /* stgrl */
		insn_stores(out, 8, r1);
		break;
	case 0xc4f: /* strl */
		insn_stores(out, 4, r1);
		break;
	default:
		break;
	}
}

static void describe_tail_value(const struct fields *fields, struct insn *out)
{
	uint8_t r1 = (uint8_t)R1(fields->half);

	switch (OPCODE(fields->half) << 8 | fields->tail) {
	case 0xe304: /* lg */
		insn_loads(out, 8, r1, INSN_NO_REG, 0);
		set_long_address(fields, out);
		break;
	case 0xe358: /* ly */
		insn_loads(out, 4, r1, INSN_NO_REG, 0);
		set_long_address(fields, out);
		break;
	case 0xe371: /* lay */
		insn_sets(out, r1, INSN_NO_REG, 0);
		set_long_address(fields, out);
		break;
	case 0xe324: /* stg */
		insn_stores(out, 8, r1);
		break;
	case 0xe350: /* sty */
		insn_stores(out, 4, r1);
		break;
	default:
		break;
	}
}

/* Instructions on two registers, which are in the last byte. */
static void describe_register_value(const struct fields *fields, struct insn *out)
{
	uint8_t r1 = (uint8_t)bits_of(fields->low, 4, 4);
	uint8_t r2 = (uint8_t)bits_of(fields->low, 0, 4);

	out->writes = UINT32_C(3) << (r1 & ~1u);
	if (fields->half == 0xb904) /* lgr */
		insn_sets(out, r1, r2, 0);
	if (fields->half == 0xb908) { /* agr */
		insn_sets(out, r1, r1, 0);
		out->expression.index = r2;
	}
}

/* Whether an instruction only stores its first register. */
static bool only_stores(const struct insn *out)
{
	return out->effect == INSN_STORES || out->kind == CSINFO_INSN_RETURN ||
	       out->kind == CSINFO_INSN_INDIRECT_JUMP;
}

/* The registers from R1 on, up to R3, as load multiple has them. */
static uint32_t register_range(uint32_t half)
{
	uint32_t registers = 0;

	for (uint32_t reg = R1(half);; reg = (reg + 1) % 16) {
		registers |= 1u << reg;
		if (reg == R2(half))
			return registers;
	}
}

/* The registers that an instruction changes, or more: many change a pair. */
static uint32_t written_by(const struct fields *fields, const struct insn *out)
{
	uint32_t opcode = OPCODE(fields->half);

	if (opcode == 0x0a) /* svc has its result in 2 */
		return 1u << 2;
	if (opcode == 0x98 || opcode == 0x9a || opcode == 0xeb)
		return register_range(fields->half);
	if (opcode == 0x0e || opcode == 0x0f || opcode == 0xa8 || opcode == 0xa9) /* mvcl ... */
		return UINT16_MAX;
	return only_stores(out) ? 0 : UINT32_C(3) << (R1(fields->half) & ~1u);
}

static bool describe(struct decoder *decoder, const struct code *code, struct insn *out)
{
	struct fields fields = fields_of(decoder);
	uint32_t opcode = OPCODE(fields.half);

	(void)code;
	describe_short_control(&fields, out);
	describe_relative_control(&fields, out);
	if (out->length == 6)
		describe_tail_control(&fields, out);
	describe_short_value(&fields, out);
	describe_relative_value(&fields, out);
	if (out->length == 6)
		describe_tail_value(&fields, out);
	out->writes = written_by(&fields, out);
	if (opcode == 0xb2 || opcode == 0xb3 || opcode == 0xb9)
		describe_register_value(&fields, out);
	return true;
}

/*
 * Capstone 4 lacks svc, most branches without a relative target, transactions, vectors and
 * single instructions of many families.  The first bits tell the length, of all of them.
 */
static unsigned int known_length(const struct decoder *decoder, const uint8_t *bytes, size_t left)
{
	static const uint8_t families[] = {
		0x01, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x44, 0x45, 0x46, 0x47,
		0x4d, 0x84, 0x85, 0x86, 0x87, 0x98, 0x9a, 0x9b, 0xa8, 0xa9, 0xb2, 0xb3, 0xb9, 0xba,
		0xbb, 0xbd, 0xbe, 0xbf, 0xc0, 0xc2, 0xc4, 0xc6, 0xc8, 0xcc, 0xd1, 0xd2, 0xd3, 0xd4,
		0xd5, 0xd6, 0xd7, 0xdc, 0xdd, 0xde, 0xdf, 0xe3, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
		0xeb, 0xec, 0xed, 0xf0, 0xf1, 0xf2, 0xf3, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
	static const unsigned int lengths[] = {2, 4, 4, 6};
	unsigned int length = lengths[bytes[0] >> 6];

	(void)decoder;
	return length <= left && memchr(families, bytes[0], sizeof(families)) ? length : 0;
}

static bool mode(const struct target *target, cs_mode *out)
{
	*out = CS_MODE_BIG_ENDIAN;
	return target->machine == EM_S390 && target->byte_order == ELFDATA2MSB;
}

const struct arch arch_s390 = {
	.capstone = CS_ARCH_SYSZ,
	.mode = mode,
	.known_length = known_length,
	.describe = describe,
	.alignment = 2,
};
