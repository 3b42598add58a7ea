// SPDX-License-Identifier: MIT
/* One machine instruction, as far as the flow of control and STORE need it. */
#include <gelf.h>
#include <stdio.h>

#include "arch.h"

static const struct arch *const archs[] = {
	&arch_x86,
};

unsigned int target_pointer_size(const struct target *target)
{
	return target->elf_class == ELFCLASS64 ? 8 : 4;
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

/* Decode the bytes at ADDRESS to decoder->scratch. */
static bool disassemble(struct decoder *decoder, const struct code *code, uint64_t address)
{
	uint64_t offset = address - code->address;
	const uint8_t *bytes;
	uint64_t next = address;
	size_t left;

	if (offset >= code->reader.size)
		return false;
	left = code->reader.size - offset;
	if (left > INSN_MAX_LENGTH)
		left = INSN_MAX_LENGTH;
	bytes = reader_bytes(&code->reader, offset, left);
	return cs_disasm_iter(decoder->capstone, &bytes, &left, &next, decoder->scratch);
}

bool decoder_decode(struct decoder *decoder, const struct code *code, uint64_t address,
		    struct insn *out)
{
	if (!disassemble(decoder, code, address))
		return false;
	*out = (struct insn){
		.address = address,
		.target = CSINFO_NO_ADDRESS,
		.expression = expression_of(INSN_NO_REG, 0),
		.length = (uint8_t)decoder->scratch->size,
		.memory = (uint8_t)memory_written(decoder->arch->capstone, decoder->scratch),
		.dest = INSN_NO_REG,
	};
	return decoder->arch->describe(decoder, code, out);
}

bool decoder_print(struct decoder *decoder, const struct code *code, uint64_t address, char *text,
		   size_t size)
{
	const cs_insn *raw = decoder->scratch;

	if (!disassemble(decoder, code, address))
		return false;
	snprintf(text, size, "%s%s%s", raw->mnemonic, *raw->op_str ? " " : "", raw->op_str);
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
