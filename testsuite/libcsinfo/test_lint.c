// SPDX-License-Identifier: MIT
/* lint: what the checks of tables say, on files that no assembler makes; the interface. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "test.h"

/* Where scenario.c's code has zeroes, and no signature therefore. */
#define NO_SIGNATURE_ABORT (TEXT + 56)

/* The identifiers of what is found in SCENARIO, in order, each followed by a space. */
static void find(struct scenario *scenario, char *ids, size_t room)
{
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;

	ids[0] = '\0';
	if (!CHECK(scenario_open(scenario, &handle, NULL) == 0) ||
	    !CHECK(csinfo_lint_open(handle, NULL, &lint, NULL) == 0))
		return;
	csinfo_close(handle); /* findings must not depend on it */
	for (size_t i = 0; i < csinfo_lint_count(lint); i++) {
		struct csinfo_finding finding = {.size = sizeof(finding)};
		size_t used = strlen(ids);

		CHECK_EQUAL(csinfo_lint_get(lint, i, &finding), 0);
		snprintf(ids + used, room - used, "%s ", finding.id);
		CHECK(finding.message[0] && !strchr(finding.message, '\n'));
	}
	csinfo_lint_free(lint);
}

static void test_no_decoder(void)
{
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct scenario scenario = scenario_good();
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;

	scenario.machine = EM_LOONGARCH;
	if (!CHECK(scenario_open(&scenario, &handle, NULL) == 0) ||
	    !CHECK(csinfo_lint_open(handle, NULL, &lint, NULL) == 0))
		return;
	csinfo_close(handle);
	for (size_t i = 0; i < csinfo_lint_count(lint); i++) {
		CHECK_EQUAL(csinfo_lint_get(lint, i, &finding), 0);
		if (!strcmp(finding.id, "code-not-checked"))
			break;
	}
	if (!CHECK(!strcmp(finding.message, "code was not checked: no decoder for loongarch")))
		printf("\tfound: %s\n", finding.message);
	csinfo_lint_free(lint);
}

/* Check that just EXPECTED is found in SCENARIO; say what was, when it is not. */
static void check_found(struct scenario *scenario, const char *expected, int line)
{
	char ids[1024];

	find(scenario, ids, sizeof(ids));
	if (!test_check(!strcmp(ids, expected), expected, __FILE__, line))
		printf("\tfound: %s\n", ids);
}

#define CHECK_FOUND(scenario, expected) check_found(scenario, expected, __LINE__)

/* What is found when the one descriptor is BAD. */
#define CHECK_DESCRIPTOR(bad, expected)                                                            \
	do {                                                                                       \
		struct scenario changed = scenario_good();                                         \
                                                                                                   \
		changed.descriptors[0] = (bad);                                                    \
		CHECK_FOUND(&changed, expected);                                                   \
	} while (0)

static void test_descriptor(void)
{
	const struct descriptor good = scenario_good().descriptors[0];
	struct descriptor bad = good;

	CHECK_DESCRIPTOR(good, "");
	bad.version = 1;
	CHECK_DESCRIPTOR(bad, "version-nonzero ");
	bad = good;
	bad.flags = 4;
	CHECK_DESCRIPTOR(bad, "flags-nonzero ");
	bad = good;
	bad.post_commit_offset = 0;
	CHECK_DESCRIPTOR(bad, "range-empty ");
	bad = good;
	bad.post_commit_offset = -bad.start_ip;
	CHECK_DESCRIPTOR(bad, "range-wraps exit-inside-section abort-inside ");
	bad = good;
	bad.start_ip = DATA;
	CHECK_DESCRIPTOR(bad, "range-not-code exit-stray ");
	bad.post_commit_offset = 0x100; /* past the end of that, too */
	CHECK_DESCRIPTOR(bad, "range-not-code exit-stray ");
	bad = good;
	bad.post_commit_offset = 49; /* one byte past .text */
	CHECK_DESCRIPTOR(bad, "range-leaves-section exit-inside-section abort-inside ");
	bad = good;
	bad.abort_ip = 2;
	CHECK_DESCRIPTOR(bad, "abort-not-code signature-missing ");
	bad = good;
	bad.abort_ip = NO_SIGNATURE_ABORT;
	CHECK_DESCRIPTOR(bad, "signature-unusual ");
}

static void test_function(void)
{
	struct scenario scenario = scenario_good();

	scenario.symbols[1] =
		(Elf64_Sym){1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, TEXT, CODE_COMMIT - TEXT};
	scenario.symbols_size = 2 * sizeof(Elf64_Sym);
	CHECK_FOUND(&scenario, "");
	scenario.symbols[1].st_size--;
	CHECK_FOUND(&scenario, "range-leaves-function ");
}

static void test_signature_differs(void)
{
	struct scenario scenario = scenario_good();

	/* Of two, the usual signature is the right one; of three, the one of most. */
	scenario.descriptors[1] = (struct descriptor){0, 0, CODE_COMMIT, 1, NO_SIGNATURE_ABORT};
	scenario.pointers[1] = DATA + 32;
	scenario.descriptors_size = 2 * sizeof(struct descriptor);
	scenario.pointers_size = 16;
	CHECK_FOUND(&scenario, "store-not-found signature-differs ");
	scenario.descriptors[2] = (struct descriptor){0, 0, CODE_EXIT, 1, NO_SIGNATURE_ABORT};
	scenario.pointers[2] = DATA + 64;
	scenario.descriptors_size = 3 * sizeof(struct descriptor);
	scenario.pointers_size = 24;
	CHECK_FOUND(&scenario,
		    "store-not-found store-not-found signature-differs signature-unusual ");
}

static void test_alignment(void)
{
	struct scenario scenario = scenario_good();

	scenario.data_address = DATA + 8;
	scenario.pointers[0] = DATA + 8;
	/* The code arms what is at DATA. */
	CHECK_FOUND(&scenario, "store-not-found descriptor-misaligned ");
}

static void test_pointers(void)
{
	struct scenario scenario = scenario_good();

	scenario.pointers[1] = DATA;
	scenario.pointers_size = 16;
	CHECK_FOUND(&scenario, "descriptor-duplicate ");
	scenario.pointers[1] = EXITS;
	CHECK_FOUND(&scenario, "pointer-stray ");
	scenario.pointers_size = 0;
	CHECK_FOUND(&scenario, "pointer-array-missing ");
	scenario = scenario_good();
	scenario.descriptors[1] = (struct descriptor){0, 0, CODE_COMMIT, 1, CODE_ABORT};
	scenario.descriptors_size = 2 * sizeof(struct descriptor);
	CHECK_FOUND(&scenario, "store-not-found descriptor-without-pointer ");
}

static void test_ranges(void)
{
	struct scenario scenario = scenario_good();

	scenario.descriptors[1] = scenario.descriptors[0];
	scenario.pointers[1] = DATA + 32;
	scenario.descriptors_size = 2 * sizeof(struct descriptor);
	scenario.pointers_size = 16;
	/* A copy serves as well as what is stored: see is_copy() in store.c. */
	CHECK_FOUND(&scenario, "section-duplicate ");
	scenario.descriptors[1].start_ip--;
	scenario.descriptors[1].post_commit_offset = 2;
	CHECK_FOUND(&scenario, "commit-inside-instruction store-not-found section-overlap ");
	/* Neighbours do not overlap. */
	scenario.descriptors[1].start_ip = CODE_COMMIT;
	scenario.descriptors[1].post_commit_offset = 1;
	CHECK_FOUND(&scenario, "store-not-found ");
	scenario.descriptors[1].start_ip = CODE_START + 1;
	scenario.descriptors[1].post_commit_offset = 0;
	CHECK_FOUND(&scenario, "range-empty ");
}

/* Two short sections in a long one: the second does not overlap its neighbour. */
static void test_nested_ranges(void)
{
	static const uint64_t ranges[][2] = {{0, 40}, {7, 9}, {19, 1}};
	struct scenario scenario = scenario_good();
	struct csinfo_lint_options options = {sizeof(options),
					      (const char *const[]){"-all", "section-overlap"}, 2};
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;

	for (size_t i = 0; i < 3; i++)
		scenario.descriptors[i] = (struct descriptor){0, 0, TEXT + ranges[i][0],
							      ranges[i][1], CODE_ABORT + 16};
	scenario.descriptors_size = 3 * sizeof(struct descriptor);
	CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_lint_open(handle, &options, &lint, NULL), 0);
	CHECK_EQUAL(csinfo_lint_count(lint), 2);
	CHECK_EQUAL(csinfo_lint_get(lint, 1, &finding), 0);
	CHECK(!strcmp(finding.message,
		      "section 0x401013-0x401014 overlaps section 0x401000-0x401028"));
	csinfo_lint_free(lint);
	csinfo_close(handle);
}

/* What is found when the one exit point is EXIT_IP. */
static void check_exit(uint64_t exit_ip, const char *expected, int line)
{
	struct scenario scenario = scenario_good();

	scenario.exits[0][1] = exit_ip;
	check_found(&scenario, expected, line);
}

static void test_exits(void)
{
	struct scenario scenario = scenario_good();

	check_exit(CODE_COMMIT, "", __LINE__);
	check_exit(CODE_START, "exit-inside-section ", __LINE__);
	check_exit(CODE_COMMIT - 1, "exit-inside-section ", __LINE__);
	check_exit(CODE_ABORT, "exit-is-abort ", __LINE__);
	check_exit(CODE_ABORT - 1, "exit-on-signature ", __LINE__);
	check_exit(CODE_ABORT - 4, "exit-on-signature ", __LINE__);
	check_exit(CODE_ABORT - 5, "", __LINE__);
	check_exit(0x10, "exit-outside-file ", __LINE__);
	check_exit(DATA, "exit-outside-file ", __LINE__);
	scenario.exits[0][0]++;
	CHECK_FOUND(&scenario, "exit-stray ");
}

/* In an object that is loaded anywhere, no field has a relocation. */
static void test_uncertain(void)
{
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	scenario.pointers_size = 0;
	scenario.exits_size = 0;
	CHECK_FOUND(&scenario, "address-uncertain address-uncertain pointer-array-missing ");
	/* Of what is not known, nothing else is said. */
	scenario.descriptors[0].start_ip = 0;
	scenario.descriptors[0].abort_ip = 0;
	CHECK_FOUND(&scenario, "address-uncertain address-uncertain pointer-array-missing ");
	scenario.descriptors[0] = scenario_good().descriptors[0];
	scenario.reloc_type = SHT_RELR;
	memcpy(scenario.reloc, (uint64_t[]){DATA + 8, DATA + 24}, 16);
	scenario.reloc_size = 16;
	CHECK_FOUND(&scenario, "pointer-array-missing ");
	scenario = scenario_good();
	scenario.type = ET_DYN;
	scenario.reloc_type = SHT_RELR;
	memcpy(scenario.reloc, (uint64_t[]){DATA + 8, DATA + 24}, 16);
	scenario.reloc_size = 16;
	CHECK_FOUND(&scenario, "descriptor-without-pointer address-uncertain address-uncertain ");
}

/* Clear FLAG of section INDEX in the written file, and look what is found. */
static void check_without(size_t index, uint64_t flag, const char *expected)
{
	struct scenario scenario = scenario_good();
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;
	bool found = false;

	scenario_write(&scenario);
	elf_section_header(scenario.bytes, (uint32_t)index)->sh_flags &= ~flag;
	CHECK_EQUAL(csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_lint_open(handle, NULL, &lint, NULL), 0);
	for (size_t i = 0; csinfo_lint_get(lint, i, &finding) == 0; i++) {
		found |= !strcmp(finding.id, expected);
		CHECK_EQUAL(finding.index, SIZE_MAX);
	}
	CHECK(found);
	csinfo_lint_free(lint);
	csinfo_close(handle);
	scenario_free(&scenario);
}

static void test_not_loaded(void)
{
	/* 1 is .text, 2 the descriptors, 3 the pointers, 4 the exit points. */
	check_without(2, SHF_ALLOC, "descriptor-not-loaded");
	check_without(4, SHF_ALLOC, "array-not-loaded");
}

/* The descriptors are allocated, but in no segment. */
static void test_unmapped(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;
	struct csinfo_finding finding = {.size = sizeof(finding)};
	Elf64_Phdr *segments;

	scenario_write(&scenario);
	segments = (Elf64_Phdr *)(scenario.bytes + elf_header(scenario.bytes)->e_phoff);
	segments[1].p_type = PT_NOTE;
	CHECK_EQUAL(csinfo_open_memory(scenario.bytes, scenario.size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_lint_open(handle, NULL, &lint, NULL), 0);
	CHECK_EQUAL(csinfo_lint_count(lint), 1);
	CHECK_EQUAL(csinfo_lint_get(lint, 0, &finding), 0);
	CHECK(!strcmp(finding.id, "descriptor-not-loaded"));
	CHECK_EQUAL(finding.address, DATA);
	CHECK_EQUAL(finding.index, 0);
	CHECK(!strcmp(finding.where, "__rseq_cs+0x0"));
	csinfo_lint_free(lint);
	csinfo_close(handle);
	scenario_free(&scenario);
}

/* Of one check not more than a thousand are kept, and a last one counts the others. */
static void test_many(void)
{
	const size_t n = 1500;
	struct descriptor *descriptors = calloc(n, sizeof(*descriptors));
	struct elf_writer writer = {.type = ET_EXEC};
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;
	unsigned char *bytes;
	size_t size;

	for (size_t i = 0; i < n; i++)
		descriptors[i] = (struct descriptor){0, 0, 0x1000 + i, 0, 0};
	elf_add(&writer, "__rseq_cs", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, DATA, descriptors,
		n * sizeof(*descriptors));
	bytes = elf_write(&writer, &size);
	CHECK_EQUAL(csinfo_open_memory(bytes, size, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_lint_open(handle,
				     &(struct csinfo_lint_options){
					     .size = sizeof(struct csinfo_lint_options),
					     .checks = (const char *const[]){"-all", "range-empty"},
					     .n_checks = 2,
				     },
				     &lint, NULL),
		    0);
	CHECK_EQUAL(csinfo_lint_count(lint), 1001);
	CHECK_EQUAL(csinfo_lint_get(lint, 1000, &finding), 0);
	CHECK_EQUAL(finding.address, CSINFO_NO_ADDRESS);
	CHECK(!strncmp(finding.message, "500 more ", 9));
	csinfo_lint_free(lint);
	csinfo_close(handle);
	free(bytes);
	free(descriptors);
}

static int open_with(const struct csinfo *handle, const char *const *checks, size_t n,
		     size_t *count)
{
	struct csinfo_lint_options options = {sizeof(options), checks, n};
	struct csinfo_lint *lint = NULL;
	int status = csinfo_lint_open(handle, &options, &lint, NULL);

	if (!status)
		*count = csinfo_lint_count(lint);
	csinfo_lint_free(lint);
	return status;
}

static void test_options(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_lint_options odd = {sizeof(odd),
					  (const char *const[]){"flags-nonzero", "no-such"}, 2};
	struct csinfo *handle = NULL;
	struct csinfo_lint *lint = NULL;
	size_t count = 9;

	scenario.descriptors[0].flags = 1;
	scenario.descriptors[0].version = 1;
	CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
	CHECK_EQUAL(open_with(handle, NULL, 0, &count), 0);
	CHECK_EQUAL(count, 2);
	CHECK_EQUAL(open_with(handle, (const char *const[]){"-flags-nonzero"}, 1, &count), 0);
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(open_with(handle, (const char *const[]){"-all"}, 1, &count), 0);
	CHECK_EQUAL(count, 0);
	CHECK_EQUAL(csinfo_lint_open(handle, &odd, &lint, &err), CSINFO_E_ARGUMENT);
	CHECK(!strcmp(err.message, "no such check: no-such"));
	odd.n_checks = 3;
	odd.checks = (const char *const[]){"all", NULL, ""};
	CHECK_EQUAL(csinfo_lint_open(handle, &odd, &lint, &err), CSINFO_E_ARGUMENT);
	odd.size = 4;
	CHECK_EQUAL(csinfo_lint_open(handle, &odd, &lint, &err), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_lint_open(NULL, NULL, &lint, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_lint_open(handle, NULL, NULL, NULL), CSINFO_E_ARGUMENT);
	CHECK(!lint);
	CHECK_EQUAL(csinfo_lint_count(NULL), 0);
	csinfo_lint_free(NULL);
	csinfo_close(handle);
}

/* Every check says all that the list of checks prints, and identifiers are unique. */
static void test_checks(void)
{
	struct csinfo_check check = {.size = sizeof(check)};
	const char *ids[100];
	size_t n = 0;

	for (; n < 100 && csinfo_lint_check(n, &check) == 0; n++) {
		ids[n] = check.id;
		CHECK(check.id &&
		      strspn(check.id, "abcdefghijklmnopqrstuvwxyz-") == strlen(check.id));
		CHECK(check.summary && strlen(check.summary) < 70);
		for (size_t i = 0; i < n; i++)
			CHECK(strcmp(ids[i], ids[n]));
	}
	CHECK(n > 30 && n < 100);
	CHECK_EQUAL(csinfo_lint_check(n, &check), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(csinfo_lint_check(0, NULL), CSINFO_E_ARGUMENT);
}

void test_lint(void)
{
	test_no_decoder();
	test_descriptor();
	test_function();
	test_signature_differs();
	test_alignment();
	test_pointers();
	test_ranges();
	test_nested_ranges();
	test_exits();
	test_uncertain();
	test_not_loaded();
	test_unmapped();
	test_many();
	test_options();
	test_checks();
}
