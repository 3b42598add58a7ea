// SPDX-License-Identifier: MIT
/* Checks of descriptors, pointers and exit points, without a look at the code. */
#include <string.h>

#include "lint.h"

#define POINTER_ARRAY "__rseq_cs_ptr_array"

/* For messages. */
static unsigned long long number(uint64_t value)
{
	return value;
}

/* ---- one descriptor ---- */

static void check_certainty(struct csinfo_lint *lint, size_t index,
			    const struct csinfo_section *section)
{
	static const struct {
		uint8_t bit;
		const char *field;
	} fields[] = {
		{UNCERTAIN_START_IP, "start_ip"},
		{UNCERTAIN_OFFSET, "post_commit_offset"},
		{UNCERTAIN_ABORT_IP, "abort_ip"},
	};

	for (size_t i = 0; i < 3; i++)
		if (lint->handle->table.entries[index].uncertain & fields[i].bit)
			lint_add(lint, CHECK_ADDRESS_UNCERTAIN, index, section->descriptor,
				 "%s of section 0x%llx is not known before the program runs: no "
				 "relocation for it, or one of a symbol that others may define",
				 fields[i].field, number(section->start_ip));
}

static void check_header(struct csinfo_lint *lint, size_t index,
			 const struct csinfo_section *section)
{
	if (section->version)
		lint_add(lint, CHECK_VERSION_NONZERO, index, section->descriptor,
			 "version is %u: the kernel knows only 0, and kills the process",
			 section->version);
	if (section->flags)
		lint_add(lint, CHECK_FLAGS_NONZERO, index, section->descriptor,
			 "flags are 0x%x: Linux 6.0 and later kill the process", section->flags);
	if (section->marks & CSINFO_MARK_MISALIGNED)
		lint_add(lint, CHECK_DESCRIPTOR_MISALIGNED, index, section->descriptor,
			 "descriptor is not 32-byte aligned");
	check_certainty(lint, index, section);
}

/* The end of the ELF section that holds the first byte of the range; 0 when unknown. */
static uint64_t elf_section_end(const struct csinfo_lint *lint, uint64_t start_ip)
{
	const struct image_section *section = elf_image_section_at(&lint->handle->image, start_ip);

	return section ? section->address + section->size : 0;
}

/* A range that is neither empty nor wraps around. */
static void check_extent(struct csinfo_lint *lint, size_t index,
			 const struct csinfo_section *section)
{
	uint64_t end = elf_section_end(lint, section->start_ip);
	bool starts_in_code = lint_is_code(lint, section->start_ip);

	if (starts_in_code && end && section->commit_ip > end)
		lint_add(lint, CHECK_RANGE_LEAVES_SECTION, index, section->start_ip,
			 "range ends at 0x%llx, behind the end of its ELF section at 0x%llx",
			 number(section->commit_ip), number(end));
	else if (section->marks & CSINFO_MARK_NOT_CODE)
		lint_add(lint, CHECK_RANGE_NOT_CODE, index, section->start_ip,
			 "range 0x%llx-0x%llx is not executable code of this file",
			 number(section->start_ip), number(section->commit_ip));
	else if (section->func_size &&
		 section->commit_ip > section->func_start + section->func_size)
		lint_add(lint, CHECK_RANGE_LEAVES_FUNCTION, index, section->start_ip,
			 "range ends at 0x%llx, behind the end of %s at 0x%llx",
			 number(section->commit_ip),
			 section->func_name ? section->func_name : "its function",
			 number(section->func_start + section->func_size));
}

static void check_range(struct csinfo_lint *lint, size_t index,
			const struct csinfo_section *section)
{
	if (section->marks & CSINFO_MARK_EMPTY)
		lint_add(lint, CHECK_RANGE_EMPTY, index, section->start_ip,
			 "post_commit_offset is 0: nothing is protected");
	else if (section->marks & CSINFO_MARK_WRAPS)
		lint_add(lint, CHECK_RANGE_WRAPS, index, section->start_ip,
			 "post_commit_offset 0x%llx goes past the end of memory: the kernel kills "
			 "the process",
			 number(section->post_commit_offset));
	else
		check_extent(lint, index, section);
	if (section->marks & CSINFO_MARK_ABORT_INSIDE)
		lint_add(lint, CHECK_ABORT_INSIDE, index, section->abort_ip,
			 "abort_ip is inside its section 0x%llx-0x%llx: the kernel kills the "
			 "process",
			 number(section->start_ip), number(section->commit_ip));
	if (!lint_is_code(lint, section->abort_ip))
		lint_add(lint, CHECK_ABORT_NOT_CODE, index, section->descriptor,
			 "abort_ip 0x%llx is not executable code of this file",
			 number(section->abort_ip));
}

/* ---- the tables ---- */

static bool is_array(const char *name)
{
	return !strcmp(name, POINTER_ARRAY) || !strcmp(name, "__rseq_exit_point_array");
}

/* Tables that the assembler was not told to allocate: `.pushsection NAME` without "a". */
static void check_allocated(struct csinfo_lint *lint)
{
	const struct elf_image *image = &lint->handle->image;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *section = &image->sections[i];

		if ((section->flags & SHF_ALLOC) || !section->size || !areas_want(section->name))
			continue;
		lint_add(lint,
			 is_array(section->name) ? CHECK_ARRAY_NOT_LOADED
						 : CHECK_DESCRIPTOR_NOT_LOADED,
			 LINT_NO_INDEX, CSINFO_NO_ADDRESS,
			 "ELF section %s is not allocated (no \"a\" among its flags): it is not in "
			 "memory",
			 section->name);
	}
}

static bool has_pointer_array(const struct csinfo_lint *lint)
{
	const struct elf_image *image = &lint->handle->image;

	for (size_t i = 0; i < image->n_sections; i++)
		if (!strcmp(image->sections[i].name, POINTER_ARRAY))
			return true;
	return false;
}

static void check_pointers(struct csinfo_lint *lint)
{
	const struct table *table = &lint->handle->table;

	if (table->n && !has_pointer_array(lint)) {
		lint_add(lint, CHECK_POINTER_ARRAY_MISSING, LINT_NO_INDEX, CSINFO_NO_ADDRESS,
			 "no " POINTER_ARRAY ": tools that follow it see none of %zu sections",
			 table->n);
		return;
	}
	for (size_t i = 0; i < table->n; i++)
		if (!table->entries[i].has_pointer)
			lint_add(lint, CHECK_DESCRIPTOR_WITHOUT_POINTER, i,
				 table->entries[i].descriptor,
				 "no pointer in " POINTER_ARRAY
				 " leads to the descriptor of section "
				 "0x%llx",
				 number(table->entries[i].start_ip));
}

static void check_stray(struct csinfo_lint *lint, const struct stray *stray)
{
	unsigned long long value = stray->value;

	switch (stray->kind) {
	case STRAY_POINTER:
		lint_add(lint, CHECK_POINTER_STRAY, LINT_NO_INDEX, stray->address,
			 "pointer 0x%llx leads to no descriptor", value);
		break;
	case STRAY_EXIT:
		lint_add(lint, CHECK_EXIT_STRAY, LINT_NO_INDEX, stray->address,
			 "exit point is declared for start_ip 0x%llx, where no section starts",
			 value);
		break;
	case STRAY_POINTER_UNCERTAIN:
		lint_add(lint, CHECK_ADDRESS_UNCERTAIN, LINT_NO_INDEX, stray->address,
			 "pointer 0x%llx is not known before the program runs: no relocation for "
			 "it, or one of a symbol that others may define",
			 value);
		break;
	case STRAY_EXIT_UNCERTAIN:
		lint_add(lint, CHECK_ADDRESS_UNCERTAIN, LINT_NO_INDEX, stray->address,
			 "exit point of section 0x%llx is not known before the program runs: no "
			 "relocation for it, or one of a symbol that others may define",
			 value);
		break;
	case STRAY_NOTE: /* nothing is wrong */
		break;
	}
}

static void check_mapped(struct csinfo_lint *lint, size_t index,
			 const struct csinfo_section *section)
{
	if (!elf_image_is_mapped(&lint->handle->image, section->descriptor, DESCRIPTOR_SIZE))
		lint_add(lint, CHECK_DESCRIPTOR_NOT_LOADED, index, section->descriptor,
			 "descriptor is in no segment that is loaded: it is not in memory");
}

/* ---- sections against each other ---- */

/* A and B overlap; B comes later in the table. */
static void report_overlap(struct csinfo_lint *lint, size_t index, const struct csinfo_section *a,
			   const struct csinfo_section *b)
{
	if (a->descriptor == b->descriptor)
		lint_add(lint, CHECK_DESCRIPTOR_DUPLICATE, index, b->descriptor,
			 POINTER_ARRAY " leads to this descriptor more than once");
	else if (a->start_ip == b->start_ip && a->commit_ip == b->commit_ip)
		lint_add(lint, CHECK_SECTION_DUPLICATE, index, b->start_ip,
			 "descriptors 0x%llx and 0x%llx are of the same range",
			 number(a->descriptor), number(b->descriptor));
	else
		lint_add(lint, CHECK_SECTION_OVERLAP, index, b->start_ip,
			 "section 0x%llx-0x%llx overlaps section 0x%llx-0x%llx",
			 number(b->start_ip), number(b->commit_ip), number(a->start_ip),
			 number(a->commit_ip));
}

/* Each section against the one before it that reaches furthest. */
static void check_overlaps(struct csinfo_lint *lint)
{
	const struct csinfo_section *furthest = NULL;

	for (size_t i = 0; i < lint->handle->table.n; i++) {
		const struct csinfo_section *section = lint_section(lint, i);
		const uint32_t unusable =
			CSINFO_MARK_WRAPS | CSINFO_MARK_EMPTY | CSINFO_MARK_RELOCATION;

		if (section->marks & unusable)
			continue;
		if (furthest && furthest->commit_ip > section->start_ip)
			report_overlap(lint, i, furthest, section);
		if (!furthest || section->commit_ip > furthest->commit_ip)
			furthest = section;
	}
}

/* ---- exit points ---- */

/* EXIT_IP is declared for section INDEX. */
static void check_exit(struct csinfo_lint *lint, size_t index, uint64_t exit_ip)
{
	const struct csinfo_section *section = lint_section(lint, index);

	if (!lint_is_code(lint, exit_ip))
		lint_add(lint, CHECK_EXIT_OUTSIDE_FILE, index, exit_ip,
			 "exit point 0x%llx of section 0x%llx is not executable code of this file",
			 number(exit_ip), number(section->start_ip));
	else if (exit_ip - section->start_ip < section->post_commit_offset)
		lint_add(lint, CHECK_EXIT_INSIDE_SECTION, index, exit_ip,
			 "exit point is inside its own section 0x%llx-0x%llx",
			 number(section->start_ip), number(section->commit_ip));
	else if (exit_ip == section->abort_ip)
		lint_add(lint, CHECK_EXIT_IS_ABORT, index, exit_ip,
			 "exit point of section 0x%llx is its abort_ip", number(section->start_ip));
	else if (table_on_signature(&lint->handle->table, exit_ip))
		lint_add(lint, CHECK_EXIT_ON_SIGNATURE, index, exit_ip,
			 "exit point of section 0x%llx is on the bytes of a signature",
			 number(section->start_ip));
}

static void check_exits(struct csinfo_lint *lint)
{
	const struct table *table = &lint->handle->table;

	for (size_t i = 0; i < table->n_exits; i++) {
		size_t index = table_lower_bound(table, table->exits[i].start_ip);

		if (index < table->n &&
		    lint_section(lint, index)->start_ip == table->exits[i].start_ip)
			check_exit(lint, index, table->exits[i].exit_ip);
	}
}

void lint_check_tables(struct csinfo_lint *lint)
{
	const struct table *table = &lint->handle->table;

	check_allocated(lint);
	check_pointers(lint);
	for (size_t i = 0; i < table->n_remarks; i++)
		check_stray(lint, &table->strays[i]);
	for (size_t i = 0; i < table->n; i++) {
		const struct csinfo_section *section = lint_section(lint, i);

		check_header(lint, i, section);
		check_mapped(lint, i, section);
		if (!(section->marks & CSINFO_MARK_RELOCATION))
			check_range(lint, i, section);
	}
	check_overlaps(lint);
	check_exits(lint);
}
