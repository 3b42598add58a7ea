// SPDX-License-Identifier: MIT
#include <elf.h>
#include <stdlib.h>

#include "arch.h"
#include "patch.h"
#include "sort.h"

/* How the number in the code is made of symbol + addend. */
enum base {
	FROM_ZERO,
	FROM_PLACE,
	FROM_PAGE,	    /* whole pages of 4 KiB, from that of the place */
	ROUNDED,	    /* from zero, for a lower half that is signed */
	ROUNDED_FROM_PLACE, /* the same, from the place */
	LOWER_OF_OTHER,	    /* the lower half of what is at the symbol, which is rounded */
	UPPER_HALF,	    /* the upper 16 of 32 bits; an addend in place is not shifted */
};

/* COUNT bits of the number from bit FROM on are those of the code from bit TO on. */
struct piece {
	uint8_t from;
	uint8_t count;
	uint8_t to;
};

#define MAX_PIECES 8

/* A relocation type of code: what it does to the WIDTH bytes at its place, if to any. */
struct patch_rule {
	uint16_t machine;
	uint16_t type;
	uint8_t base; /* enum base */
	uint8_t width;
	struct piece pieces[MAX_PIECES]; /* in order of FROM, up to the first of no bits */
};

/* clang-format off */
#define WORD(bits) {{0, bits, 0}}
#define ADR(from) {{from, 2, 29}, {(from) + 2, 19, 5}} /* adr: of bytes, adrp: of pages */
/* The two halves of a Thumb instruction are one little-endian word. */
#define THUMB_MOVW {{0, 8, 16}, {8, 3, 28}, {11, 1, 10}, {12, 4, 0}}
#define THUMB_JUMP24 {{1, 11, 16}, {12, 10, 0}, {22, 1, 27}, {23, 1, 29}, {24, 1, 10}}
#define THUMB_JUMP19 {{1, 11, 16}, {12, 6, 0}, {18, 1, 29}, {19, 1, 27}, {20, 1, 10}}
#define RISCV_BRANCH {{1, 4, 8}, {5, 6, 25}, {11, 1, 7}, {12, 1, 31}}
#define RISCV_JAL {{1, 10, 21}, {11, 1, 20}, {12, 8, 12}, {20, 1, 31}}
#define RISCV_RVC_BRANCH {{1, 2, 3}, {3, 2, 10}, {5, 1, 2}, {6, 2, 5}, {8, 1, 12}}
#define RISCV_RVC_JUMP {{1, 3, 3}, {4, 1, 11}, {5, 1, 2}, {6, 1, 7}, {7, 1, 6}, {8, 2, 9}, {10, 1, 8}, {11, 1, 12}}
/* clang-format on */

/* Bits of THUMB_JUMP24: a sign, and two that are stored inverted where it is 0. */
#define THUMB_SIGN (UINT64_C(1) << 10)
#define THUMB_INVERTED (UINT64_C(1) << 29 | UINT64_C(1) << 27)

/* The numbers are from each architecture's psABI, as in <elf.h>. */
static const struct patch_rule rules[] = {
	{EM_X86_64, R_X86_64_PC32, FROM_PLACE, 4, WORD(32)},
	{EM_X86_64, R_X86_64_PLT32, FROM_PLACE, 4, WORD(32)},
	{EM_X86_64, R_X86_64_PC8, FROM_PLACE, 1, WORD(8)},
	{EM_X86_64, R_X86_64_32, FROM_ZERO, 4, WORD(32)},
	{EM_X86_64, R_X86_64_32S, FROM_ZERO, 4, WORD(32)},
	{EM_X86_64, R_X86_64_64, FROM_ZERO, 8, WORD(64)},
	{EM_386, R_386_PC32, FROM_PLACE, 4, WORD(32)},
	{EM_386, R_386_PLT32, FROM_PLACE, 4, WORD(32)},
	{EM_386, R_386_32, FROM_ZERO, 4, WORD(32)},
	{EM_386, R_386_GOTOFF, FROM_ZERO, 4, WORD(32)},
	{EM_AARCH64, R_AARCH64_JUMP26, FROM_PLACE, 4, {{2, 26, 0}}},
	{EM_AARCH64, R_AARCH64_CALL26, FROM_PLACE, 4, {{2, 26, 0}}},
	{EM_AARCH64, R_AARCH64_CONDBR19, FROM_PLACE, 4, {{2, 19, 5}}},
	{EM_AARCH64, R_AARCH64_LD_PREL_LO19, FROM_PLACE, 4, {{2, 19, 5}}},
	{EM_AARCH64, R_AARCH64_TSTBR14, FROM_PLACE, 4, {{2, 14, 5}}},
	{EM_AARCH64, R_AARCH64_ADR_PREL_LO21, FROM_PLACE, 4, ADR(0)},
	{EM_AARCH64, R_AARCH64_ADR_PREL_PG_HI21, FROM_PAGE, 4, ADR(12)},
	{EM_AARCH64, R_AARCH64_ADR_PREL_PG_HI21_NC, FROM_PAGE, 4, ADR(12)},
	{EM_AARCH64, R_AARCH64_ADD_ABS_LO12_NC, FROM_ZERO, 4, {{0, 12, 10}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G0, FROM_ZERO, 4, {{0, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G0_NC, FROM_ZERO, 4, {{0, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G1, FROM_ZERO, 4, {{16, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G1_NC, FROM_ZERO, 4, {{16, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G2, FROM_ZERO, 4, {{32, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G2_NC, FROM_ZERO, 4, {{32, 16, 5}}},
	{EM_AARCH64, R_AARCH64_MOVW_UABS_G3, FROM_ZERO, 4, {{48, 16, 5}}},
	{EM_AARCH64, R_AARCH64_ABS64, FROM_ZERO, 8, WORD(64)},
	{EM_AARCH64, R_AARCH64_ABS32, FROM_ZERO, 4, WORD(32)},
	{EM_ARM, R_ARM_ABS32, FROM_ZERO, 4, WORD(32)},
	{EM_ARM, R_ARM_REL32, FROM_PLACE, 4, WORD(32)},
	{EM_ARM, R_ARM_CALL, FROM_PLACE, 4, {{2, 24, 0}}},
	{EM_ARM, R_ARM_JUMP24, FROM_PLACE, 4, {{2, 24, 0}}},
	{EM_ARM, R_ARM_MOVW_ABS_NC, FROM_ZERO, 4, {{0, 12, 0}, {12, 4, 16}}},
	{EM_ARM, R_ARM_MOVT_ABS, UPPER_HALF, 4, {{0, 12, 0}, {12, 4, 16}}},
	{EM_ARM, R_ARM_THM_MOVW_ABS_NC, FROM_ZERO, 4, THUMB_MOVW},
	{EM_ARM, R_ARM_THM_MOVT_ABS, UPPER_HALF, 4, THUMB_MOVW},
	{EM_ARM, R_ARM_THM_JUMP24, FROM_PLACE, 4, THUMB_JUMP24},
	{EM_ARM, R_ARM_THM_JUMP19, FROM_PLACE, 4, THUMB_JUMP19},
	{EM_MIPS, R_MIPS_PC16, FROM_PLACE, 4, {{2, 16, 0}}},
	{EM_PPC, R_PPC_ADDR16_LO, FROM_ZERO, 2, WORD(16)},
	{EM_PPC, R_PPC_ADDR16_HI, FROM_ZERO, 2, {{16, 16, 0}}},
	{EM_PPC, R_PPC_ADDR16_HA, ROUNDED, 2, {{16, 16, 0}}},
	{EM_PPC, R_PPC_REL16_LO, FROM_PLACE, 2, WORD(16)},
	{EM_PPC, R_PPC_REL16_HA, ROUNDED_FROM_PLACE, 2, {{16, 16, 0}}},
	{EM_PPC, R_PPC_REL24, FROM_PLACE, 4, {{2, 24, 2}}},
	{EM_PPC, R_PPC_REL14, FROM_PLACE, 4, {{2, 14, 2}}},
	{EM_PPC64, R_PPC64_ADDR16_LO, FROM_ZERO, 2, WORD(16)},
	{EM_PPC64, R_PPC64_ADDR16_HI, FROM_ZERO, 2, {{16, 16, 0}}},
	{EM_PPC64, R_PPC64_ADDR16_HA, ROUNDED, 2, {{16, 16, 0}}},
	{EM_PPC64, R_PPC64_ADDR16_HIGH, FROM_ZERO, 2, {{16, 16, 0}}},
	{EM_PPC64, R_PPC64_ADDR16_HIGHER, FROM_ZERO, 2, {{32, 16, 0}}},
	{EM_PPC64, R_PPC64_ADDR16_HIGHEST, FROM_ZERO, 2, {{48, 16, 0}}},
	{EM_PPC64, R_PPC64_TOC16_LO, FROM_ZERO, 2, WORD(16)},
	{EM_PPC64, R_PPC64_TOC16_HI, FROM_ZERO, 2, {{16, 16, 0}}},
	{EM_PPC64, R_PPC64_TOC16_HA, ROUNDED, 2, {{16, 16, 0}}},
	{EM_PPC64, R_PPC64_REL24, FROM_PLACE, 4, {{2, 24, 2}}},
	{EM_PPC64, R_PPC64_REL14, FROM_PLACE, 4, {{2, 14, 2}}},
	{EM_RISCV, R_RISCV_RELAX, FROM_ZERO, 0, {{0}}},
	{EM_RISCV, R_RISCV_ALIGN, FROM_ZERO, 0, {{0}}},
	{EM_RISCV, R_RISCV_BRANCH, FROM_PLACE, 4, RISCV_BRANCH},
	{EM_RISCV, R_RISCV_JAL, FROM_PLACE, 4, RISCV_JAL},
	{EM_RISCV, R_RISCV_RVC_BRANCH, FROM_PLACE, 2, RISCV_RVC_BRANCH},
	{EM_RISCV, R_RISCV_RVC_JUMP, FROM_PLACE, 2, RISCV_RVC_JUMP},
	{EM_RISCV, R_RISCV_HI20, ROUNDED, 4, {{12, 20, 12}}},
	{EM_RISCV, R_RISCV_LO12_I, FROM_ZERO, 4, {{0, 12, 20}}},
	{EM_RISCV, R_RISCV_LO12_S, FROM_ZERO, 4, {{0, 5, 7}, {5, 7, 25}}},
	{EM_RISCV, R_RISCV_PCREL_HI20, ROUNDED_FROM_PLACE, 4, {{12, 20, 12}}},
	{EM_RISCV, R_RISCV_PCREL_LO12_I, LOWER_OF_OTHER, 4, {{0, 12, 20}}},
	{EM_RISCV, R_RISCV_PCREL_LO12_S, LOWER_OF_OTHER, 4, {{0, 5, 7}, {5, 7, 25}}},
	{EM_S390, R_390_PC16DBL, FROM_PLACE, 2, {{1, 16, 0}}},
	{EM_S390, R_390_PC32DBL, FROM_PLACE, 4, {{1, 32, 0}}},
	{EM_S390, R_390_PLT32DBL, FROM_PLACE, 4, {{1, 32, 0}}},
	{EM_S390, R_390_32, FROM_ZERO, 4, WORD(32)},
	{EM_S390, R_390_64, FROM_ZERO, 8, WORD(64)},
};

static bool is_thumb(const struct patch_rule *rule)
{
	return rule->machine == EM_ARM &&
	       (rule->type == R_ARM_THM_MOVW_ABS_NC || rule->type == R_ARM_THM_MOVT_ABS ||
		rule->type == R_ARM_THM_JUMP24 || rule->type == R_ARM_THM_JUMP19);
}

static const struct patch_rule *find_rule(const struct machine *machine, uint32_t type,
					  bool big_endian)
{
	/* The numbers of 32-bit aarch64 are others. */
	if (machine->number == EM_AARCH64 && machine->elf_class == ELFCLASS32)
		return NULL;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].machine == machine->number && rules[i].type == type)
			return big_endian && is_thumb(&rules[i]) ? NULL : &rules[i];
	return NULL;
}

int patches_add(struct patches *patches, const struct machine *machine, uint32_t type,
		struct patch patch, bool is_known)
{
	const struct patch_rule *rule = find_rule(machine, type, patches->big_endian);

	if (rule && !rule->width)
		return 0;
	if (patches->n == patches->room) {
		size_t room = patches->room ? 2 * patches->room : 64;
		struct patch *list = realloc(patches->list, room * sizeof(*list));

		if (!list)
			return CSINFO_E_NOMEM;
		patches->list = list;
		patches->room = room;
	}
	patch.rule = is_known ? rule : NULL;
	patches->list[patches->n++] = patch;
	return 0;
}

static int compare_patches(const void *left, const void *right)
{
	const struct patch *a = left;
	const struct patch *b = right;

	return (a->place > b->place) - (a->place < b->place);
}

/* Find the other half for those that name its place, which say nothing without it. */
static void join_halves(struct patches *patches)
{
	for (size_t i = 0; i < patches->n; i++) {
		struct patch *patch = &patches->list[i];
		size_t other;

		if (!patch->rule || patch->rule->base != LOWER_OF_OTHER)
			continue;
		other = RECORDS_BELOW(patches->list, patches->n, place, patch->value);
		if (other < patches->n && patches->list[other].place == patch->value &&
		    patches->list[other].rule &&
		    patches->list[other].rule->base == ROUNDED_FROM_PLACE)
			patch->value = patches->list[other].value - patch->value;
		else
			patch->rule = NULL;
	}
}

void patches_sort(struct patches *patches)
{
	struct patch *list = patches->list;
	size_t n = 0;

	sort_records(list, patches->n, sizeof(*list), compare_patches);
	for (size_t i = 0; i < patches->n; i++) {
		if (!n || list[n - 1].place != list[i].place)
			list[n++] = list[i];
		else /* It is not known what two relocations of one place make together. */
			list[n - 1].rule = NULL;
	}
	patches->n = n;
	join_halves(patches);
	list = n ? realloc(patches->list, n * sizeof(*list)) : NULL;
	if (list)
		patches->list = list;
}

static uint64_t ones(unsigned int count)
{
	return UINT64_MAX >> (64 - count);
}

/* WORD as it is stored, or back, where RULE is of a Thumb branch. */
static uint64_t invert(const struct patch_rule *rule, uint64_t word)
{
	if (rule->machine == EM_ARM && rule->type == R_ARM_THM_JUMP24 && !(word & THUMB_SIGN))
		word ^= THUMB_INVERTED;
	return word;
}

/* The number that WORD has, with its sign. */
static uint64_t number_in(const struct patch_rule *rule, uint64_t word)
{
	uint64_t number = 0;
	unsigned int bits = 0;

	for (const struct piece *piece = rule->pieces;
	     piece < rule->pieces + MAX_PIECES && piece->count; piece++) {
		number |= (word >> piece->to & ones(piece->count)) << piece->from;
		bits = piece->from + piece->count;
	}
	return sign_extend(number, bits);
}

/* WORD with NUMBER in it. */
static uint64_t with_number(const struct patch_rule *rule, uint64_t word, uint64_t number)
{
	for (const struct piece *piece = rule->pieces;
	     piece < rule->pieces + MAX_PIECES && piece->count; piece++) {
		word &= ~(ones(piece->count) << piece->to);
		word |= (number >> piece->from & ones(piece->count)) << piece->to;
	}
	return word;
}

/* What PATCH makes of VALUE, symbol + addend. */
static uint64_t number_of(const struct patch *patch, uint64_t value)
{
	const uint64_t page = ~UINT64_C(0xfff);
	/* Of the lower half: 12 bits, or 16. */
	uint64_t half = patch->rule->machine == EM_RISCV ? 0x800 : 0x8000;

	switch (patch->rule->base) {
	case FROM_PLACE:
		return value - patch->place;
	case FROM_PAGE:
		return (value & page) - (patch->place & page);
	case ROUNDED:
		return value + half;
	case ROUNDED_FROM_PLACE:
		return value - patch->place + half;
	case UPPER_HALF:
		return value >> 16;
	default:
		return value;
	}
}

/* What PATCH makes of WORD. */
static uint64_t patched(const struct patch *patch, uint64_t word)
{
	uint64_t value = patch->value;

	word = invert(patch->rule, word);
	if (patch->addend_in_place)
		value += number_in(patch->rule, word);
	return invert(patch->rule, with_number(patch->rule, word, number_of(patch, value)));
}

/* Instructions of aarch64 and riscv are little endian whatever the data are. */
static bool is_little(const struct patch_rule *rule)
{
	return rule->machine == EM_RISCV ||
	       (rule->machine == EM_AARCH64 && rule->pieces[0].count < 32);
}

void patches_apply(const struct patches *patches, uint64_t address, unsigned char *bytes,
		   size_t size)
{
	struct reader reader = {.bytes = bytes, .size = size};

	for (size_t i = patches ? RECORDS_BELOW(patches->list, patches->n, place, address) : 0;
	     patches && i < patches->n && patches->list[i].place - address < size; i++) {
		const struct patch *patch = &patches->list[i];
		uint64_t offset = patch->place - address;
		uint64_t word;

		if (!patch->rule)
			continue;
		reader.big_endian = patches->big_endian && !is_little(patch->rule);
		if (reader_word(&reader, offset, patch->rule->width, &word))
			write_word(bytes + offset, patched(patch, word), patch->rule->width,
				   reader.big_endian);
	}
}

bool patches_know(const struct patches *patches, uint64_t address, uint64_t length)
{
	for (size_t i = patches ? RECORDS_BELOW(patches->list, patches->n, place, address) : 0;
	     patches && i < patches->n && patches->list[i].place - address < length; i++)
		if (!patches->list[i].rule)
			return false;
	return true;
}

void patches_free(struct patches *patches)
{
	if (!patches)
		return;
	free(patches->list);
	free(patches);
}
