// SPDX-License-Identifier: MIT
/* What registers hold, as far as the instructions in front tell. */
#include <elf.h>
#include <string.h>

#include "patch.h"
#include "value.h"

/* How far back a value is followed, in instructions. */
#define MAX_LOOK_BACK 32u

#define RISCV_GP 3

/* A register that has one value throughout a program or function, by its ABI. */
struct convention {
	int machine;
	uint8_t reg;
	const char *section; /* from which OFFSET counts; NULL: the function's beginning */
	uint64_t offset;
};

/* The first that is there counts. */
static const struct convention conventions[] = {
	{EM_386, 3, ".got.plt", 0},	       /* ebx in position-independent code */
	{EM_386, 3, ".got", 0},		       /* the same */
	{EM_MIPS, 25, NULL, 0},		       /* t9 where a function begins */
	{EM_MIPS, 28, ".got", 0x7ff0},	       /* gp */
	{EM_PPC64, 2, ".got", 0x8000},	       /* the TOC */
	{EM_PPC64, 12, NULL, 0},	       /* where a function begins */
	{EM_RISCV, RISCV_GP, ".sdata", 0x800}, /* gp, where no symbol tells */
	{EM_S390, 12, ".got.plt", 0},	       /* in position-independent code */
	{EM_S390, 12, ".got", 0},	       /* the same */
};

/* What is at hand while a value is followed. */
struct search {
	const struct subject *subject;
	const struct walk *walk;
	unsigned int budget; /* instructions that may still be looked at */
};

static const struct value unknown = {0, UNKNOWN};

uint64_t value_as_pointer(const struct subject *subject, uint64_t number)
{
	return target_pointer_size(&subject->target) == 8 ? number : (uint32_t)number;
}

/* The word of WIDTH bytes at OFFSET of the file, where ADDRESS is. */
static bool read_file(const struct subject *subject, uint64_t offset, uint64_t address,
		      unsigned int width, uint64_t *out)
{
	const unsigned char *bytes = window_get(subject->window, offset, width);
	unsigned char word[sizeof(*out)];
	struct reader reader = {word, width, subject->code.reader.big_endian};

	if (!bytes)
		return false;
	memcpy(word, bytes, width);
	patches_apply(subject->code.patches, address, word, width);
	return patches_know(subject->code.patches, address, width) &&
	       reader_word(&reader, 0, width, out);
}

bool value_read(const struct subject *subject, uint64_t address, unsigned int width, uint64_t *out)
{
	const struct image_segment *segment;
	struct reader reader = subject->code.reader;
	uint64_t offset = address - subject->code.address;

	if (subject->image) {
		segment = elf_image_segment(subject->image, address);
		offset = segment ? address - segment->address : 0;
		if (!segment || !range_within(offset, width, segment->file_size))
			return false;
		return read_file(subject, segment->offset + offset, address, width, out);
	}
	return reader_word(&reader, offset, width, out);
}

/* The pointer at ADDRESS, such as a GOT slot. */
static struct value read_pointer(const struct subject *subject, struct value address)
{
	struct value value = {0, address.certainty};

	address.number = value_as_pointer(subject, address.number);
	if (address.certainty == UNKNOWN)
		return unknown;
	if (subject->areas && areas_slot(subject->areas, address.number, &value.number))
		return value;
	/* Any other word may be written before the program gets here. */
	value.certainty = LIKELY;
	if (!value_read(subject, address.number, target_pointer_size(&subject->target),
			&value.number))
		return unknown;
	return value;
}

static bool find_section(const struct elf_image *image, const char *name, uint64_t *address)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		if (strcmp(image->sections[i].name, name))
			continue;
		*address = image->sections[i].address;
		return true;
	}
	return false;
}

/* What REG holds by convention where nothing else tells. */
static struct value conventional_value(const struct subject *subject, uint8_t reg,
				       bool function_begins)
{
	if (subject->target.machine == EM_RISCV && reg == RISCV_GP &&
	    subject->global_pointer != CSINFO_NO_ADDRESS)
		return (struct value){subject->global_pointer, LIKELY};
	for (size_t i = 0; i < sizeof(conventions) / sizeof(*conventions); i++) {
		const struct convention *convention = &conventions[i];
		uint64_t base = subject->section->func_start;

		if (convention->machine != subject->target.machine || convention->reg != reg)
			continue;
		/* What patch.c makes of offsets from a table that does not exist yet. */
		if (convention->section && subject->code.patches)
			return (struct value){0, LIKELY};
		if (!convention->section
			    ? function_begins
			    : subject->image &&
				      find_section(subject->image, convention->section, &base))
			return (struct value){base + convention->offset, LIKELY};
	}
	return unknown;
}

static struct value register_value(struct search *search, const struct insn *insn, uint8_t reg);

/* Add PART, shifted and masked, to *SUM. */
static void add_value(struct value *sum, struct value part, unsigned int shift, uint64_t keep)
{
	sum->number += part.number << shift & keep;
	if (sum->certainty > part.certainty)
		sum->certainty = part.certainty;
}

static struct value expression_value(struct search *search, const struct insn *insn)
{
	const struct expression *expression = &insn->expression;
	struct value sum = {expression->number, CERTAIN};

	if (expression->source != INSN_NO_REG)
		add_value(&sum, register_value(search, insn, expression->source), expression->shift,
			  expression->keep);
	if (expression->index != INSN_NO_REG)
		add_value(&sum, register_value(search, insn, expression->index), 0, UINT64_MAX);
	return sum;
}

/* What INSN puts into its destination. */
static struct value result_value(struct search *search, const struct insn *insn)
{
	struct value value = unknown;

	if (insn->effect == INSN_SETS)
		value = expression_value(search, insn);
	if (insn->effect == INSN_LOADS &&
	    insn->width == target_pointer_size(&search->subject->target))
		value = read_pointer(search->subject, expression_value(search, insn));
	if (insn->extension == INSN_ZERO_EXTENDED)
		value.number = (uint32_t)value.number;
	if (insn->extension == INSN_SIGN_EXTENDED)
		value.number = (uint64_t)(int32_t)value.number;
	return value;
}

/*
 * What REG holds when INSN runs, as the instructions in front of it have it.  The last of
 * these that was looked at is left in *INSN, NULL where there was none.
 */
static struct value traced_value(struct search *search, const struct insn **insn, uint8_t reg)
{
	while (search->budget) {
		const struct insn *before = walk_before(search->walk, (*insn)->address);

		search->budget--;
		*insn = before;
		if (!before)
			break;
		if (before->dest == reg && before->effect)
			return result_value(search, before);
		/* A call may change any register, and need not come back here. */
		if (before->writes & UINT32_C(1) << reg || before->kind == CSINFO_INSN_SYSCALL ||
		    (before->kind == CSINFO_INSN_CALL && !before->effect))
			break;
	}
	return unknown;
}

static struct value register_value(struct search *search, const struct insn *insn, uint8_t reg)
{
	const struct insn *last = insn;
	struct value value = traced_value(search, &last, reg);

	if (value.certainty == UNKNOWN)
		value = conventional_value(search->subject, reg, !last);
	return value;
}

struct value value_of(const struct subject *subject, const struct walk *walk,
		      const struct insn *insn)
{
	struct search search = {subject, walk, MAX_LOOK_BACK};
	struct value value = expression_value(&search, insn);

	value.number = value_as_pointer(subject, value.number);
	return value;
}
