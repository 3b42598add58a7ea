// SPDX-License-Identifier: MIT
/* The checks of lint, which of them run, and what they find. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "lint.h"
#include "sort.h"

/* Of each check; more say nothing new, and a hostile file must not fill the memory. */
#define MAX_FINDINGS 1000u

static const struct {
	const char *id;
	const char *summary;
	int severity;
} checks[N_CHECKS] = {
	[CHECK_SIGNATURE_MISSING] = {"signature-missing",
				     "no 4 bytes of the file stand in front of abort_ip",
				     CSINFO_SEVERITY_ERROR},
	[CHECK_SIGNATURE_DIFFERS] = {"signature-differs",
				     "the signature is not that of the file's other sections",
				     CSINFO_SEVERITY_ERROR},
	[CHECK_SIGNATURE_UNUSUAL] = {"signature-unusual",
				     "the signature is not the one that glibc registers",
				     CSINFO_SEVERITY_WARNING},
	[CHECK_VERSION_NONZERO] = {"version-nonzero", "the descriptor's version is not 0",
				   CSINFO_SEVERITY_ERROR},
	[CHECK_FLAGS_NONZERO] = {"flags-nonzero", "the descriptor's flags are not 0",
				 CSINFO_SEVERITY_ERROR},
	[CHECK_RANGE_EMPTY] = {"range-empty", "post_commit_offset is 0", CSINFO_SEVERITY_ERROR},
	[CHECK_RANGE_WRAPS] = {"range-wraps",
			       "start_ip + post_commit_offset goes past the end of memory",
			       CSINFO_SEVERITY_ERROR},
	[CHECK_RANGE_NOT_CODE] = {"range-not-code", "the range is not executable code",
				  CSINFO_SEVERITY_ERROR},
	[CHECK_RANGE_LEAVES_SECTION] = {"range-leaves-section",
					"the range goes past the end of its ELF section",
					CSINFO_SEVERITY_ERROR},
	[CHECK_RANGE_LEAVES_FUNCTION] = {"range-leaves-function",
					 "the range goes past the end of its function",
					 CSINFO_SEVERITY_WARNING},
	[CHECK_ABORT_INSIDE] = {"abort-inside", "abort_ip is inside the range",
				CSINFO_SEVERITY_ERROR},
	[CHECK_ABORT_NOT_CODE] = {"abort-not-code", "abort_ip is not executable code",
				  CSINFO_SEVERITY_ERROR},
	[CHECK_ADDRESS_UNCERTAIN] = {"address-uncertain",
				     "an address lacks a relocation, or can be preempted",
				     CSINFO_SEVERITY_WARNING},
	[CHECK_DESCRIPTOR_NOT_LOADED] = {"descriptor-not-loaded",
					 "the descriptor is not part of what is loaded into memory",
					 CSINFO_SEVERITY_ERROR},
	[CHECK_ARRAY_NOT_LOADED] = {"array-not-loaded",
				    "an array that tools read is not loaded into memory",
				    CSINFO_SEVERITY_WARNING},
	[CHECK_DESCRIPTOR_MISALIGNED] = {"descriptor-misaligned",
					 "the descriptor is not 32-byte aligned",
					 CSINFO_SEVERITY_WARNING},
	[CHECK_DESCRIPTOR_WITHOUT_POINTER] = {"descriptor-without-pointer",
					      "__rseq_cs_ptr_array has no pointer to it",
					      CSINFO_SEVERITY_WARNING},
	[CHECK_POINTER_ARRAY_MISSING] = {"pointer-array-missing",
					 "the file has no __rseq_cs_ptr_array",
					 CSINFO_SEVERITY_INFO},
	[CHECK_POINTER_STRAY] = {"pointer-stray",
				 "a pointer of __rseq_cs_ptr_array leads to no descriptor",
				 CSINFO_SEVERITY_WARNING},
	[CHECK_DESCRIPTOR_DUPLICATE] = {"descriptor-duplicate",
					"__rseq_cs_ptr_array has the same pointer twice",
					CSINFO_SEVERITY_WARNING},
	[CHECK_SECTION_DUPLICATE] = {"section-duplicate", "two descriptors have the same range",
				     CSINFO_SEVERITY_WARNING},
	[CHECK_SECTION_OVERLAP] = {"section-overlap", "the range overlaps that of another section",
				   CSINFO_SEVERITY_WARNING},
	[CHECK_EXIT_OUTSIDE_FILE] = {"exit-outside-file",
				     "an exit point is not executable code of the file",
				     CSINFO_SEVERITY_WARNING},
	[CHECK_EXIT_INSIDE_SECTION] = {"exit-inside-section",
				       "an exit point is inside its own section",
				       CSINFO_SEVERITY_WARNING},
	[CHECK_EXIT_STRAY] = {"exit-stray", "an exit point belongs to no section",
			      CSINFO_SEVERITY_WARNING},
	[CHECK_EXIT_IS_ABORT] = {"exit-is-abort", "an exit point is the section's abort_ip",
				 CSINFO_SEVERITY_INFO},
	[CHECK_EXIT_ON_SIGNATURE] = {"exit-on-signature",
				     "control leaves to the bytes of a signature",
				     CSINFO_SEVERITY_ERROR},
	[CHECK_COMMIT_ON_SIGNATURE] = {"commit-on-signature",
				       "the commit address is on the bytes of a signature",
				       CSINFO_SEVERITY_INFO},
	[CHECK_COMMIT_INSIDE_INSTRUCTION] = {"commit-inside-instruction",
					     "the range ends in the middle of an instruction",
					     CSINFO_SEVERITY_WARNING},
	[CHECK_COMMIT_NOT_LAST] = {"commit-not-last",
				   "the last store is not the section's last instruction",
				   CSINFO_SEVERITY_WARNING},
	[CHECK_STORE_BEFORE_COMMIT] = {"store-before-commit",
				       "memory is written before the last store",
				       CSINFO_SEVERITY_INFO},
	[CHECK_SYSCALL_INSIDE] = {"syscall-inside", "a system call inside the section",
				  CSINFO_SEVERITY_ERROR},
	[CHECK_CALL_INSIDE] = {"call-inside", "a call inside the section", CSINFO_SEVERITY_WARNING},
	[CHECK_INDIRECT_JUMP_INSIDE] = {"indirect-jump-inside",
					"an indirect jump inside the section",
					CSINFO_SEVERITY_WARNING},
	[CHECK_BRANCH_UNDECLARED] = {"branch-undeclared",
				     "a way out that is no declared exit point",
				     CSINFO_SEVERITY_INFO},
	[CHECK_CODE_NOT_CHECKED] = {"code-not-checked",
				    "the section's code could not be looked at, or not all of it",
				    CSINFO_SEVERITY_INFO},
	[CHECK_STORE_NOT_ADJACENT] = {"store-not-adjacent",
				      "start_ip is not right behind the store to rseq_cs",
				      CSINFO_SEVERITY_WARNING},
	[CHECK_STORE_OF_OTHER] = {"store-of-other",
				  "another section's descriptor is stored in front of start_ip",
				  CSINFO_SEVERITY_ERROR},
	[CHECK_STORE_NOT_FOUND] = {"store-not-found",
				   "no store to rseq_cs was found in front of start_ip",
				   CSINFO_SEVERITY_INFO},
	[CHECK_BRANCH_INTO_SECTION] = {"branch-into-section",
				       "a branch from outside gets past the store to rseq_cs",
				       CSINFO_SEVERITY_WARNING},
	[CHECK_ABORT_WITHOUT_STORE] = {"abort-without-store",
				       "the abort handler enters a section with rseq_cs cleared",
				       CSINFO_SEVERITY_ERROR},
};

/* Much code declares no exits at all, and is right all the same. */
static bool is_on(size_t check)
{
	return check != CHECK_BRANCH_UNDECLARED;
}

int csinfo_lint_check(size_t number, struct csinfo_check *out)
{
	struct csinfo_check check = {.size = sizeof(check)};

	if (number >= N_CHECKS)
		return CSINFO_E_NOT_FOUND;
	check.id = checks[number].id;
	check.summary = checks[number].summary;
	check.severity = checks[number].severity;
	check.on = is_on(number);
	return csinfo_copy_out(out, &check, sizeof(check));
}

static int open_sections(struct csinfo_lint *lint)
{
	size_t n = lint->handle->table.n;
	int status = 0;

	lint->sections = malloc((n + 1) * sizeof(*lint->sections));
	if (!lint->sections)
		return CSINFO_E_NOMEM;
	for (size_t i = 0; i < n && !status; i++)
		status = handle_section(lint->handle, i, &lint->sections[i], NULL);
	return status;
}

const struct csinfo_section *lint_section(const struct csinfo_lint *lint, size_t index)
{
	return &lint->sections[index];
}

bool lint_is_code(const struct csinfo_lint *lint, uint64_t address)
{
	const struct image_segment *segment = elf_image_segment(&lint->handle->image, address);

	return segment && segment->executable;
}

bool lint_has_code(const struct csinfo_lint *lint, size_t index)
{
	return !(lint_section(lint, index)->marks &
		 (CSINFO_MARK_EMPTY | CSINFO_MARK_WRAPS | CSINFO_MARK_NOT_CODE));
}

/* ---- findings ---- */

/* Write "NAME+0xOFFSET" of the function around the section, or of the ELF section. */
static void describe_place(const struct csinfo_lint *lint, struct csinfo_finding *finding)
{
	const struct csinfo_section *section =
		finding->index == LINT_NO_INDEX ? NULL : lint_section(lint, finding->index);
	const struct image_section *elf_section;

	if (finding->address == CSINFO_NO_ADDRESS)
		return;
	if (section && section->func_name &&
	    finding->address - section->func_start < section->func_size) {
		snprintf(finding->where, sizeof(finding->where), "%s+0x%llx", section->func_name,
			 (unsigned long long)(finding->address - section->func_start));
		return;
	}
	elf_section = elf_image_section_at(&lint->handle->image, finding->address);
	if (elf_section)
		snprintf(finding->where, sizeof(finding->where), "%s+0x%llx", elf_section->name,
			 (unsigned long long)(finding->address - elf_section->address));
}

/* One more element of the list, or NULL with lint->status set. */
static struct csinfo_finding *extend(struct csinfo_lint *lint)
{
	if (lint->n == lint->room) {
		size_t room = lint->room ? 2 * lint->room : 16;
		struct csinfo_finding *list = realloc(lint->list, room * sizeof(*list));

		if (!list) {
			lint->status = CSINFO_E_NOMEM;
			return NULL;
		}
		lint->list = list;
		lint->room = room;
	}
	return &lint->list[lint->n++];
}

void lint_add(struct csinfo_lint *lint, enum check check, size_t index, uint64_t address,
	      const char *format, ...)
{
	struct csinfo_finding *finding;
	va_list arguments;

	if (lint->status || !lint->enabled[check] || lint->counts[check]++ >= MAX_FINDINGS)
		return;
	finding = extend(lint);
	if (!finding)
		return;
	*finding = (struct csinfo_finding){
		.size = sizeof(*finding),
		.id = checks[check].id,
		.severity = checks[check].severity,
		.address = address,
		.index = index,
	};
	va_start(arguments, format);
	vsnprintf(finding->message, sizeof(finding->message), format, arguments);
	va_end(arguments);
	describe_place(lint, finding);
	csinfo_make_printable(finding->message);
	csinfo_make_printable(finding->where);
}

/* Say how many findings were left out. */
static void add_overflow(struct csinfo_lint *lint)
{
	for (unsigned int i = 0; i < N_CHECKS; i++) {
		size_t count = lint->counts[i];

		if (count <= MAX_FINDINGS)
			continue;
		lint->counts[i] = 0;
		lint_add(lint, (enum check)i, LINT_NO_INDEX, CSINFO_NO_ADDRESS,
			 "%zu more findings of this check are not listed", count - MAX_FINDINGS);
	}
}

static int compare_findings(const void *left, const void *right)
{
	const struct csinfo_finding *a = left;
	const struct csinfo_finding *b = right;

	if (a->address != b->address)
		return a->address > b->address ? 1 : -1;
	if (a->severity != b->severity)
		return b->severity - a->severity;
	if (a->id != b->id)
		return strcmp(a->id, b->id);
	if (a->index != b->index)
		return a->index > b->index ? 1 : -1;
	return strcmp(a->message, b->message);
}

/* ---- the public interface ---- */

/* Switch one check, or all, as WORD says: "ID", "-ID", "all" or "-all". */
static bool select_checks(struct csinfo_lint *lint, const char *word)
{
	bool on = word[0] != '-';
	const char *id = on ? word : word + 1;
	bool all = !strcmp(id, "all");
	bool found = all;

	for (unsigned int i = 0; i < N_CHECKS; i++) {
		if (!all && strcmp(id, checks[i].id))
			continue;
		lint->enabled[i] = on;
		found = true;
	}
	return found;
}

/* Take the defaults, and OPTIONS over them. */
static int configure(struct csinfo_lint *lint, const struct csinfo_lint_options *options,
		     struct csinfo_err *err)
{
	struct csinfo_lint_options known = {.size = sizeof(known)};

	for (unsigned int i = 0; i < N_CHECKS; i++)
		lint->enabled[i] = is_on(i);
	if (!options)
		return 0;
	if (options->size < sizeof(options->size))
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "options without a size");
	memcpy(&known, options, options->size < sizeof(known) ? options->size : sizeof(known));
	for (size_t i = 0; i < known.n_checks; i++)
		if (!known.checks || !known.checks[i] || !select_checks(lint, known.checks[i]))
			return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
					   "no such check: %s",
					   known.checks && known.checks[i] ? known.checks[i] : "");
	return 0;
}

static void run_checks(struct csinfo_lint *lint)
{
	lint_check_signatures(lint);
	lint_check_tables(lint);
	lint_check_code(lint);
	add_overflow(lint);
	/* Without sections it is not kept open, nor was anything read. */
	if (!lint->status && lint->handle->table.n && !file_is_unchanged(&lint->handle->image.file))
		lint->status = CSINFO_E_IO;
}

static int run(struct csinfo_lint *lint, struct csinfo_err *err)
{
	lint->status = open_sections(lint);
	if (!lint->status)
		run_checks(lint);
	free(lint->sections);
	lint->sections = NULL;
	lint->handle = NULL;
	if (lint->status)
		return csinfo_fail(err, lint->status, NULL, CSINFO_NO_ADDRESS, "%s",
				   csinfo_strerror(lint->status));
	sort_records(lint->list, lint->n, sizeof(*lint->list), compare_findings);
	return 0;
}

int csinfo_lint_open(const struct csinfo *handle, const struct csinfo_lint_options *options,
		     struct csinfo_lint **out, struct csinfo_err *err)
{
	struct csinfo_lint *lint;
	int status;

	if (!handle || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no handle, or nowhere to put the findings");
	lint = calloc(1, sizeof(*lint));
	if (!lint)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	lint->handle = handle;
	status = configure(lint, options, err);
	if (!status)
		status = run(lint, err);
	if (status)
		csinfo_lint_free(lint);
	else
		*out = lint;
	return status;
}

size_t csinfo_lint_count(const struct csinfo_lint *lint)
{
	return lint ? lint->n : 0;
}

int csinfo_lint_get(const struct csinfo_lint *lint, size_t number, struct csinfo_finding *out)
{
	if (!lint)
		return CSINFO_E_ARGUMENT;
	if (number >= lint->n)
		return CSINFO_E_NOT_FOUND;
	return csinfo_copy_out(out, &lint->list[number], sizeof(*out));
}

void csinfo_lint_free(struct csinfo_lint *lint)
{
	if (!lint)
		return;
	free(lint->list);
	free(lint);
}
