// SPDX-License-Identifier: MIT
/* Whether an instruction writes memory, of any width. */
#include <stdbool.h>
#include <string.h>

#include "memory.h"

/* How the text of an instruction tells that it writes, and where: words with spaces between. */
struct spelling {
	cs_arch arch;
	const char *prefixes; /* of mnemonics that write */
	const char *words;    /* whole ones */
	const char *stack;    /* parts of operands relative to the stack or frame pointer */
};

static const struct spelling spellings[] = {
	{CS_ARCH_ARM64, "st cas swp ldadd ldclr ldeor ldset ldsmax ldsmin ldumax ldumin", "",
	 "[sp [x29"},
	{CS_ARCH_ARM, "st vst swp", "", "[sp sp! [fp [r11 [r7"},
	{CS_ARCH_PPC, "st dcbz", "", "(r1) (r31)"},
	{CS_ARCH_MIPS, "", "sb sh sw sd sc scd swl swr sdl sdr swc1 sdc1 swxc1 sdxc1",
	 "($sp) ($fp)"},
	{CS_ARCH_SYSZ, "st mv",
	 "asi agsi alsi algsi cs csy csg cds cdsy cdsg laa laag laal laalg lan lang lao laog lax "
	 "laxg ni niy nc oi oiy oc xi xiy xc",
	 "%r15) %r11)"},
#if CS_API_MAJOR >= 5
	{CS_ARCH_RISCV, "sc. amo",
	 "sb sh sw sd fsw fsd c.sw c.sd c.swsp c.sdsp c.fsw c.fsd c.fswsp c.fsdsp", "(sp) (s0)"},
#endif
};

enum match {
	MATCH_PREFIX,
	MATCH_WHOLE,
	MATCH_PART,
};

/* Whether one of WORDS is a prefix of TEXT, all of it, or a part. */
static bool matches(const char *text, const char *words, enum match match)
{
	while (*words) {
		size_t length = strcspn(words, " ");
		const char *at = text;

		while (match == MATCH_PART && *at && strncmp(at, words, length))
			at++;
		if (!strncmp(at, words, length) && (match != MATCH_WHOLE || !at[length]))
			return true;
		words += length;
		words += strspn(words, " ");
	}
	return false;
}

static enum memory_write written_by_name(const struct spelling *spelling, const cs_insn *raw)
{
	if (!matches(raw->mnemonic, spelling->prefixes, MATCH_PREFIX) &&
	    !matches(raw->mnemonic, spelling->words, MATCH_WHOLE))
		return MEMORY_NONE;
	return matches(raw->op_str, spelling->stack, MATCH_PART) ? MEMORY_STACK : MEMORY_DATA;
}

/* Instructions that only read their first operand, though others follow. */
static bool x86_compares(unsigned int id)
{
	switch (id) {
	case X86_INS_BT:
	case X86_INS_CMP:
	case X86_INS_CMPSB:
	case X86_INS_CMPSW:
	case X86_INS_CMPSD:
	case X86_INS_CMPSQ:
	case X86_INS_NOP:
	case X86_INS_TEST:
		return true;
	default:
		return false;
	}
}

/* Capstone takes many stores with one operand, and most of SSE, for reads. */
static bool x86_writes_first_operand(const cs_insn *raw)
{
	const cs_x86 *x86 = &raw->detail->x86;

	if (x86->op_count > 1)
		return !x86_compares(raw->id);
	return x86->operands[0].access & CS_AC_WRITE ||
	       matches(raw->mnemonic,
		       "fst fist fnst fbstp fxsave xsave stmxcsr vstmxcsr cmpxchg lock",
		       MATCH_PREFIX);
}

static enum memory_write x86_written(const cs_insn *raw)
{
	const cs_x86 *x86 = &raw->detail->x86;

	if (raw->id == X86_INS_MASKMOVDQU || raw->id == X86_INS_VMASKMOVDQU)
		return MEMORY_DATA;
	if (!x86->op_count || x86->operands[0].type != X86_OP_MEM || !x86_writes_first_operand(raw))
		return MEMORY_NONE;
	switch (x86->operands[0].mem.base) {
	case X86_REG_RSP:
	case X86_REG_RBP:
	case X86_REG_ESP:
	case X86_REG_EBP:
		return MEMORY_STACK;
	default:
		return MEMORY_DATA;
	}
}

enum memory_write memory_written(cs_arch arch, const cs_insn *raw)
{
	if (!raw->id)
		return MEMORY_UNKNOWN;
	if (arch == CS_ARCH_X86)
		return x86_written(raw);
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		if (spellings[i].arch == arch)
			return written_by_name(&spellings[i], raw);
	return MEMORY_NONE;
}
