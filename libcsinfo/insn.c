// SPDX-License-Identifier: MIT
/* One machine instruction, as far as the flow of control and STORE need it. */
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"
#include "elf_image.h"
#include "patch.h"

#define IMMEDIATE_LENGTH 4u /* of an immediate that a store has, at most */

static const struct arch *const archs[] = {
#ifdef CSINFO_HAVE_RISCV
	&arch_riscv,
#endif
	&arch_aarch64, &arch_arm, &arch_mips, &arch_ppc, &arch_s390, &arch_thumb, &arch_x86,
};

unsigned int target_pointer_size(const struct target *target)
{
	return target->elf_class == ELFCLASS64 ? 8 : 4;
}

bool code_read(const struct code *code, uint64_t address, void *buffer, size_t size)
{
	const unsigned char *bytes = reader_bytes(&code->reader, address - code->address, size);

	if (bytes) {
		memcpy(buffer, bytes, size);
		return true;
	}
	if (!code->image || !elf_image_read(code->image, address, buffer, size))
		return false;
	patches_apply(code->patches, address, buffer, size);
	return patches_know(code->patches, address, size);
}

void code_patch(struct code *code)
{
	patches_apply(code->patches, code->address, (unsigned char *)(uintptr_t)code->reader.bytes,
		      code->reader.size);
}

static const struct arch *find_arch(const struct target *target, cs_mode *mode)
{
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++)
		if (archs[i]->mode(target, mode) && cs_support(archs[i]->capstone))
			return archs[i];
	return NULL;
}

int decoder_open(struct decoder *decoder, const struct target *target)
{
	cs_mode mode;

	decoder->target = *target;
	decoder->arch = find_arch(target, &mode);
	if (!decoder->arch)
		return CSINFO_E_UNSUPPORTED;
	if (cs_open(decoder->arch->capstone, mode, &decoder->capstone) != CS_ERR_OK)
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

struct expression expression_of(uint8_t source, uint64_t number)
{
	return (struct expression){number, UINT64_MAX, source, INSN_NO_REG, 0};
}

void insn_sets(struct insn *out, uint8_t dest, uint8_t source, uint64_t number)
{
	out->effect = INSN_SETS;
	out->dest = dest;
	out->expression = expression_of(source, number);
}

void insn_loads(struct insn *out, unsigned int width, uint8_t dest, uint8_t source, uint64_t number)
{
	insn_sets(out, dest, source, number);
	out->effect = INSN_LOADS;
	out->width = (uint8_t)width;
}

void insn_stores(struct insn *out, unsigned int width, uint8_t source)
{
	out->effect = INSN_STORES;
	out->width = (uint8_t)width;
	out->expression = expression_of(source, 0);
}

uint64_t sign_extend(uint64_t number, unsigned int bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);

	number &= 2 * sign - 1;
	return (number ^ sign) - sign;
}

uint32_t bits_of(uint32_t word, unsigned int bit, unsigned int count)
{
	return word >> bit & ((UINT32_C(1) << count) - 1);
}

uint32_t decoder_word(const struct decoder *decoder, unsigned int offset, bool big_endian)
{
	const uint8_t *bytes = decoder->scratch->bytes + offset;
	uint32_t word = 0;

	for (unsigned int i = 0; i < 4; i++)
		word = word << 8 | bytes[big_endian ? i : 3 - i];
	return word;
}

uint32_t decoder_written(struct decoder *decoder, uint8_t (*number)(unsigned int reg))
{
	cs_regs read;
	cs_regs written;
	uint8_t n_read;
	uint8_t n_written;
	uint32_t bits = 0;

	if (cs_regs_access(decoder->capstone, decoder->scratch, read, &n_read, written,
			   &n_written) != CS_ERR_OK)
		return UINT32_MAX;
	for (unsigned int i = 0; i < n_written; i++) {
		uint8_t reg = number(written[i]);

		if (reg != INSN_NO_REG)
			bits |= UINT32_C(1) << reg;
	}
	return bits;
}

/* Make an instruction that Capstone does not know of LENGTH bytes at BYTES. */
static void make_unknown(cs_insn *raw, uint64_t address, const uint8_t *bytes, unsigned int length)
{
	size_t at = 2;

	raw->id = 0;
	raw->address = address;
	raw->size = (uint16_t)length;
	memcpy(raw->bytes, bytes, length);
	memset(raw->detail, 0, sizeof(*raw->detail));
	strcpy(raw->mnemonic, ".insn");
	strcpy(raw->op_str, "0x");
	for (unsigned int i = 0; i < length; i++)
		at += (size_t)snprintf(raw->op_str + at, sizeof(raw->op_str) - at, "%02x",
				       bytes[i]);
}

bool decoder_disassemble(struct decoder *decoder, const struct code *code, uint64_t address)
{
	const struct arch *arch = decoder->arch;
	uint64_t offset = address - code->address;
	unsigned int length;
	const uint8_t *begin;
	const uint8_t *bytes;
	uint64_t next = address;
	size_t left;

	if (offset >= code->reader.size || address % arch->alignment)
		return false;
	if (arch->prepare)
		arch->prepare(decoder, code, address);
	left = code->reader.size - offset;
	if (left > INSN_MAX_LENGTH)
		left = INSN_MAX_LENGTH;
	begin = reader_bytes(&code->reader, offset, left);
	bytes = begin;
	length = arch->known_length ? arch->known_length(decoder, begin, left) : 0;
	if (cs_disasm_iter(decoder->capstone, &bytes, &left, &next, decoder->scratch))
		return true;
	if (length)
		make_unknown(decoder->scratch, address, begin, length);
	return length;
}

/* Whether what INSN does, as far as it is described, is certain before it is linked. */
static bool is_known(const struct code *code, const struct insn *insn)
{
	uint64_t end = insn->address + insn->length;

	if (insn->effect != INSN_STORES)
		return patches_know(code->patches, insn->address, insn->length);
	/* Nobody asks where to; an immediate comes last. */
	return insn->expression.source != INSN_NO_REG || insn->length < IMMEDIATE_LENGTH ||
	       patches_know(code->patches, end - IMMEDIATE_LENGTH, IMMEDIATE_LENGTH);
}

/* Forget what the linker will change in INSN: where it goes, what it computes. */
static void forget_unknown(const struct code *code, struct insn *insn)
{
	if (is_known(code, insn))
		return;
	insn->effect = INSN_OPAQUE;
	insn->target = CSINFO_NO_ADDRESS;
	insn->unlinked = insn_jumps_directly(insn);
	if (!insn->unlinked)
		return;
	insn->conditional = insn->kind == CSINFO_INSN_BRANCH;
	insn->kind = CSINFO_INSN_INDIRECT_JUMP;
}

bool decoder_decode(struct decoder *decoder, const struct code *code, uint64_t address,
		    struct insn *out)
{
	if (!decoder_disassemble(decoder, code, address))
		return false;
	*out = (struct insn){
		.address = address,
		.target = CSINFO_NO_ADDRESS,
		.expression = expression_of(INSN_NO_REG, 0),
		.length = (uint8_t)decoder->scratch->size,
		.memory = (uint8_t)memory_written(decoder->arch->capstone, decoder->scratch),
		.dest = INSN_NO_REG,
	};
	if (!decoder->arch->describe(decoder, code, out))
		return false;
	if (out->target != CSINFO_NO_ADDRESS && decoder->target.elf_class == ELFCLASS32)
		out->target = (uint32_t)out->target;
	if (code->patches)
		forget_unknown(code, out);
	return true;
}

bool decoder_print(struct decoder *decoder, const struct code *code, uint64_t address, char *text,
		   size_t size)
{
	const cs_insn *raw = decoder->scratch;

	if (!decoder_disassemble(decoder, code, address))
		return false;
	snprintf(text, size, "%s%s%s", raw->mnemonic, *raw->op_str ? " " : "", raw->op_str);
	return true;
}

bool decoder_is_fixed_width(const struct decoder *decoder)
{
	return decoder->arch->fixed_width;
}

unsigned int decoder_alignment(const struct decoder *decoder)
{
	return decoder->arch->alignment;
}

/* What Capstone leaves out, with a blank behind each; "" when nothing. */
static const char *left_out(const struct decoder *decoder)
{
	if (decoder->arch->capstone != CS_ARCH_X86)
		return "";
	switch (decoder->scratch->id) {
	case X86_INS_CMPXCHG:
		return "rax rflags ";
	case X86_INS_SYSCALL:
		return "rax rcx r11 ";
	case X86_INS_XLATB:
		return "al ";
	case X86_INS_ENTER:
		return "rbp rsp ";
	default:
		return "";
	}
}

/* Append WORD and END to the string TEXT, which has room for SIZE bytes. */
static bool append(char *text, size_t size, const char *word, const char *end)
{
	size_t used = strlen(text);
	int length = snprintf(text + used, size - used, "%s%s", word, end);

	return length >= 0 && (size_t)length < size - used;
}

bool decoder_changes(struct decoder *decoder, const struct code *code, uint64_t address, char *text,
		     size_t size)
{
	cs_regs read;
	cs_regs written;
	uint8_t n_read;
	uint8_t n_written;
	bool fits;

	*text = '\0';
	if (!decoder_disassemble(decoder, code, address) ||
	    cs_regs_access(decoder->capstone, decoder->scratch, read, &n_read, written,
			   &n_written) != CS_ERR_OK)
		return false;
	fits = append(text, size, left_out(decoder), "");
	for (unsigned int i = 0; i < n_written; i++)
		fits &= append(text, size, cs_reg_name(decoder->capstone, written[i]), " ");
	if (memory_written(decoder->arch->capstone, decoder->scratch) == MEMORY_DATA)
		fits &= append(text, size, "memory", " ");
	return fits;
}

bool insn_falls_through(const struct insn *insn)
{
	return insn->conditional || insn->kind == CSINFO_INSN_PLAIN ||
	       insn->kind == CSINFO_INSN_BRANCH || insn->kind == CSINFO_INSN_CALL ||
	       insn->kind == CSINFO_INSN_SYSCALL;
}

bool insn_jumps_directly(const struct insn *insn)
{
	return insn->kind == CSINFO_INSN_JUMP || insn->kind == CSINFO_INSN_BRANCH;
}
