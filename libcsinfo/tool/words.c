// SPDX-License-Identifier: MIT
/* The names of csinfo.h's bits and kinds. */
#include <stddef.h>
#include <stdio.h>

#include "csinfo.h"
#include "words.h"

const struct word mark_words[] = {
	{CSINFO_MARK_VERSION, "version"},
	{CSINFO_MARK_FLAGS, "flags"},
	{CSINFO_MARK_EMPTY, "empty"},
	{CSINFO_MARK_WRAPS, "wraps"},
	{CSINFO_MARK_ABORT_INSIDE, "abort-inside"},
	{CSINFO_MARK_NOT_CODE, "not-code"},
	{CSINFO_MARK_NO_SIGNATURE, "no-signature"},
	{CSINFO_MARK_DUPLICATE, "duplicate"},
	{CSINFO_MARK_RELOCATION, "relocation"},
	{CSINFO_MARK_MISALIGNED, "misaligned"},
	{0, NULL},
};

const struct word flow_words[] = {
	{CSINFO_FLOW_CALL, "call"},
	{CSINFO_FLOW_SYSCALL, "syscall"},
	{CSINFO_FLOW_INDIRECT, "indirect"},
	{CSINFO_FLOW_UNDECODED, "undecoded"},
	{CSINFO_FLOW_BRANCH_TO_COMMIT, "branch-to-commit"},
	{CSINFO_FLOW_BRANCH_TO_START, "branch-to-start"},
	{CSINFO_FLOW_RETURN, "return"},
	{CSINFO_FLOW_THUMB, "thumb"},
	{0, NULL},
};

const struct word gate_words[] = {
	{CSINFO_GATE_IN_SECTION, "in-section"},
	{0, NULL},
};

const struct word exit_words[] = {
	{CSINFO_EXIT_ON_SIGNATURE, "on-signature"},
	{CSINFO_EXIT_TO_COMMIT, "to-commit"},
	{CSINFO_EXIT_BY_CODE, "by-code"},
	{0, NULL},
};

/* The library may be newer than this program: a kind that we don't know has no name. */
#define NAME_OF(names, kind)                                                                       \
	((size_t)(kind) < sizeof(names) / sizeof(names[0]) ? names[(size_t)(kind)] : "?")

const char *position_name(int position)
{
	static const char *const names[] = {"unknown", "adjacent", "earlier", "inside"};

	return NAME_OF(names, position);
}

const char *gate_name(int kind)
{
	static const char *const names[] = {"fallthrough", "branch"};

	return NAME_OF(names, kind);
}

const char *exit_name(int kind)
{
	static const char *const names[] = {"commit", "abort",	"declared",
					    "branch", "return", "indirect"};

	return NAME_OF(names, kind);
}

void print_words(const struct word *words, uint32_t value, const char *before)
{
	for (; words->name; words++)
		if (value & words->bit)
			printf("%s%s", before, words->name);
}
