// SPDX-License-Identifier: MIT
/* Checks of the signatures in front of the abort handlers. */
#include <gelf.h>

#include "lint.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/*
 * RSEQ_SIG of glibc's <bits/rseq.h>, as the file's byte order reads it.  Where code and data
 * differ in byte order, or there are two instruction sets, there are several.
 */
static const struct {
	int machine;
	uint32_t signature;
} conventions[] = {
	{EM_X86_64, 0x53053053}, {EM_386, 0x53053053},	     {EM_ARM, 0xe7f5def3},
	{EM_ARM, 0xf3def5e7},	 {EM_AARCH64, 0xd428bc00},   {EM_AARCH64, 0x00bc28d4},
	{EM_PPC, 0x0fe5000b},	 {EM_PPC64, 0x0fe5000b},     {EM_S390, 0xb2ff0fff},
	{EM_MIPS, 0x0350000d},	 {EM_MIPS, 0xd4070000},	     {EM_MIPS, 0x0000d407},
	{EM_RISCV, 0xf1401073},	 {EM_LOONGARCH, 0x002a0010},
};

#define N_CONVENTIONS (sizeof(conventions) / sizeof(*conventions))

static bool has_signature(const struct csinfo_section *section)
{
	return !(section->marks & (CSINFO_MARK_NO_SIGNATURE | CSINFO_MARK_RELOCATION));
}

/* Whether SIGNATURE is one of MACHINE's conventions, or MACHINE has none that is known. */
static bool is_conventional(int machine, uint32_t signature)
{
	bool known = false;

	for (size_t i = 0; i < N_CONVENTIONS; i++) {
		if (conventions[i].machine != machine)
			continue;
		if (conventions[i].signature == signature)
			return true;
		known = true;
	}
	return !known;
}

/* How many sections have SIGNATURE; the index of the first in *FIRST. */
static size_t count_signature(const struct csinfo_lint *lint, uint32_t signature, size_t *first)
{
	size_t count = 0;

	for (size_t i = lint->handle->table.n; i > 0; i--) {
		const struct csinfo_section *section = lint_section(lint, i - 1);

		if (!has_signature(section) || section->signature != signature)
			continue;
		*first = i - 1;
		count++;
	}
	return count;
}

/* The signature of more than half of the sections, or else any one (Boyer and Moore). */
static uint32_t vote(const struct csinfo_lint *lint)
{
	uint32_t candidate = 0;
	size_t votes = 0;

	for (size_t i = 0; i < lint->handle->table.n; i++) {
		const struct csinfo_section *section = lint_section(lint, i);

		if (!has_signature(section))
			continue;
		if (!votes)
			candidate = section->signature;
		votes += section->signature == candidate ? 1 : (size_t)-1;
	}
	return candidate;
}

/* The signature that the file's sections should have: of most, or in doubt the usual one. */
static uint32_t expected_signature(const struct csinfo_lint *lint)
{
	size_t n = lint->handle->table.n;
	uint32_t candidate = vote(lint);
	size_t first;

	if (count_signature(lint, candidate, &first) > n / 2)
		return candidate;
	for (size_t i = 0; i < n; i++)
		if (has_signature(lint_section(lint, i)) &&
		    is_conventional(lint->handle->image.machine, lint_section(lint, i)->signature))
			return lint_section(lint, i)->signature;
	return candidate;
}

/* One finding for all sections that agree. */
static void check_convention(struct csinfo_lint *lint, uint32_t expected)
{
	size_t first = 0;
	size_t count = count_signature(lint, expected, &first);

	if (count && !is_conventional(lint->handle->image.machine, expected))
		lint_add(lint, CHECK_SIGNATURE_UNUSUAL, first,
			 lint_section(lint, first)->abort_ip - SIGNATURE_SIZE,
			 "signature 0x%08x (of %zu section%s) is not what glibc registers: abort "
			 "kills the process unless it registers rseq itself",
			 expected, count, count == 1 ? "" : "s");
}

void lint_check_signatures(struct csinfo_lint *lint)
{
	uint32_t expected = expected_signature(lint);

	check_convention(lint, expected);
	for (size_t i = 0; i < lint->handle->table.n; i++) {
		const struct csinfo_section *section = lint_section(lint, i);

		if (section->marks & CSINFO_MARK_RELOCATION)
			continue;
		if (section->marks & CSINFO_MARK_NO_SIGNATURE)
			lint_add(lint, CHECK_SIGNATURE_MISSING, i, section->descriptor,
				 "no signature in front of abort_ip 0x%llx: an abort kills the "
				 "process",
				 (unsigned long long)section->abort_ip);
		else if (section->signature != expected)
			lint_add(
				lint, CHECK_SIGNATURE_DIFFERS, i,
				section->abort_ip - SIGNATURE_SIZE,
				"signature 0x%08x, other sections have 0x%08x: only one can be the "
				"registered one",
				section->signature, expected);
	}
}
