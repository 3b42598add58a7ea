/* SPDX-License-Identifier: MIT */
/* What the checks of lint share: their list, and where findings go. */
#ifndef CSINFO_LINT_H
#define CSINFO_LINT_H

#include <stdbool.h>

#include "handle.h"

enum check {
	/* lint_signature.c */
	CHECK_SIGNATURE_MISSING,
	CHECK_SIGNATURE_DIFFERS,
	CHECK_SIGNATURE_UNUSUAL,
	/* lint_table.c */
	CHECK_VERSION_NONZERO,
	CHECK_FLAGS_NONZERO,
	CHECK_RANGE_EMPTY,
	CHECK_RANGE_WRAPS,
	CHECK_RANGE_NOT_CODE,
	CHECK_RANGE_LEAVES_SECTION,
	CHECK_RANGE_LEAVES_FUNCTION,
	CHECK_ABORT_INSIDE,
	CHECK_ABORT_NOT_CODE,
	CHECK_ADDRESS_UNCERTAIN,
	CHECK_DESCRIPTOR_NOT_LOADED,
	CHECK_ARRAY_NOT_LOADED,
	CHECK_DESCRIPTOR_MISALIGNED,
	CHECK_DESCRIPTOR_WITHOUT_POINTER,
	CHECK_POINTER_ARRAY_MISSING,
	CHECK_POINTER_STRAY,
	CHECK_DESCRIPTOR_DUPLICATE,
	CHECK_SECTION_DUPLICATE,
	CHECK_SECTION_OVERLAP,
	CHECK_EXIT_OUTSIDE_FILE,
	CHECK_EXIT_INSIDE_SECTION,
	CHECK_EXIT_STRAY,
	CHECK_EXIT_IS_ABORT,
	/* lint_body.c: the first of code */
	CHECK_EXIT_ON_SIGNATURE,
	CHECK_COMMIT_ON_SIGNATURE,
	CHECK_COMMIT_INSIDE_INSTRUCTION,
	CHECK_COMMIT_NOT_LAST,
	CHECK_STORE_BEFORE_COMMIT,
	CHECK_SYSCALL_INSIDE,
	CHECK_CALL_INSIDE,
	CHECK_INDIRECT_JUMP_INSIDE,
	CHECK_BRANCH_UNDECLARED,
	/* lint_code.c */
	CHECK_CODE_NOT_CHECKED,
	CHECK_STORE_NOT_ADJACENT,
	CHECK_STORE_OF_OTHER,
	CHECK_STORE_NOT_FOUND,
	/* lint_entry.c */
	CHECK_BRANCH_INTO_SECTION,
	/* lint_abort.c */
	CHECK_ABORT_WITHOUT_STORE,
	N_CHECKS,
};

struct csinfo_lint {
	const struct csinfo *handle;	 /* while the checks run */
	struct csinfo_section *sections; /* of the handle, as long */
	bool enabled[N_CHECKS];
	struct csinfo_finding *list; /* by address */
	size_t n;
	size_t room;
	size_t counts[N_CHECKS]; /* findings of each check, also those that are not in the list */
	int status;		 /* the first error, 0 so far */
};

/* No critical section is concerned more than others. */
#define LINT_NO_INDEX SIZE_MAX

/*
 * Add a finding of CHECK, unless it is disabled.  INDEX is the critical section's, or
 * LINT_NO_INDEX; ADDRESS may be CSINFO_NO_ADDRESS.  Lack of memory ends up in lint->status.
 */
__attribute__((format(printf, 5, 6))) void lint_add(struct csinfo_lint *lint, enum check check,
						    size_t index, uint64_t address,
						    const char *format, ...);

/* Entry INDEX of the table. */
const struct csinfo_section *lint_section(const struct csinfo_lint *lint, size_t index);

/* Whether a byte of executable code stands at ADDRESS. */
bool lint_is_code(const struct csinfo_lint *lint, uint64_t address);

/* Whether the code of section INDEX can be looked at: a range that is code. */
bool lint_has_code(const struct csinfo_lint *lint, size_t index);

void lint_check_signatures(struct csinfo_lint *lint);
void lint_check_tables(struct csinfo_lint *lint);
void lint_check_code(struct csinfo_lint *lint);

#endif /* CSINFO_LINT_H */
