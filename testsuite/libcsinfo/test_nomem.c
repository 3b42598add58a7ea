// SPDX-License-Identifier: MIT
/* Each allocation of the library fails once: that is said, and nothing is lost or freed twice. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenario.h"
#include "test.h"

/* The linker puts these in the place of what is named behind __wrap_. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strndup(const char *text, size_t size);

static char path[64];	  /* of the file, when it is not in memory */
static unsigned int left; /* allocations up to the one that fails; 0: none does */

static bool fails(void)
{
	return left && --left == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *text, size_t size)
{
	return fails() ? NULL : __real_strndup(text, size);
}

/* The flows and findings of HANDLE.  The first error. */
static int look_at_code(const struct csinfo *handle)
{
	const char *const all[] = {"all"};
	const struct csinfo_lint_options options = {sizeof(options), all, 1};
	struct csinfo_flow *flow = NULL;
	struct csinfo_lint *lint = NULL;
	int status = 0;

	for (size_t i = 0; i < csinfo_count(handle) && !status; i++) {
		status = csinfo_flow_open(handle, i, &flow, NULL);
		CHECK(status == 0 || !flow);
		csinfo_flow_free(flow);
		flow = NULL;
	}
	if (!status)
		status = csinfo_lint_open(handle, &options, &lint, NULL);
	CHECK(status == 0 || !lint);
	csinfo_lint_free(lint);
	return status;
}

/* All of a file; its sections are the same whatever failed before. */
static int look_at_file(const struct scenario *scenario)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;
	int status = path[0] ? csinfo_open(path, &handle, &err)
			     : csinfo_open_memory(scenario->bytes, scenario->size, &handle, &err);

	CHECK((status == 0) == (handle != NULL));
	CHECK(status == 0 || err.message[0]);
	for (size_t i = 0; i < csinfo_count(handle) && !status; i++)
		status = csinfo_get(handle, i, &section);
	if (!status)
		status = look_at_code(handle);
	csinfo_close(handle);
	return status;
}

static int look_at_archive(const struct scenario *scenario)
{
	struct csinfo_member member = {.size = sizeof(member)};
	struct csinfo_archive *archive = NULL;
	int status = path[0] ? csinfo_archive_open(path, &archive, NULL)
			     : csinfo_archive_open_memory(scenario->bytes, scenario->size, &archive,
							  NULL);
	int result = status;

	while (!status) {
		status = csinfo_archive_next(archive, &member, NULL);
		if (status)
			break;
		if (member.status)
			result = member.status;
		csinfo_close(member.handle);
	}
	csinfo_archive_close(archive);
	return status == CSINFO_E_NOMEM ? status : result;
}

/* The lowest number that no file descriptor has. */
static int next_fd(void)
{
	int fd = memfd_create("next", 0);

	close(fd);
	return fd;
}

/* Let one allocation after the other of LOOK fail, until there are no more. */
static void fail_one_by_one(int (*look)(const struct scenario *), const struct scenario *scenario)
{
	unsigned int n = 0;
	int fd = next_fd();
	bool failed;

	CHECK_EQUAL(look(scenario), 0);
	do {
		int status;

		left = ++n;
		status = look(scenario);
		failed = !left;
		left = 0;
		/* A smaller copy of what there is need not be had. */
		CHECK(status == CSINFO_E_NOMEM || status == 0);
	} while (failed && n < 10000);
	CHECK(n > 5 && n < 10000);
	CHECK_EQUAL(next_fd(), fd);
}

/* The same in memory and as a file; free SCENARIO. */
static void fail_each(int (*look)(const struct scenario *), struct scenario *scenario)
{
	int fd = memfd_create("scenario", MFD_CLOEXEC);

	path[0] = '\0';
	fail_one_by_one(look, scenario);
	CHECK(write(fd, scenario->bytes, scenario->size) == (ssize_t)scenario->size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fail_one_by_one(look, scenario);
	close(fd);
	scenario_free(scenario);
}

static void add_functions(struct scenario *scenario)
{
	const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);

	scenario->symbols[1] = (Elf64_Sym){1, info, STV_HIDDEN, 1, TEXT, TEXT_SIZE};
	scenario->symbols[2] = (Elf64_Sym){5, info, 0, 1, TEXT + 8, 16};
	scenario->symbols_size = 3 * sizeof(Elf64_Sym);
}

/* Sections with remarks, exits and pointers that lead nowhere. */
static void test_tables(void)
{
	struct scenario scenario = scenario_good();

	scenario.descriptors[1] = scenario.descriptors[0];
	scenario.descriptors[1].start_ip = CODE_START - 9;
	scenario.descriptors_size *= 2;
	scenario.pointers[1] = TEXT;
	scenario.pointers_size = 16;
	scenario.exits[1][0] = TEXT;
	scenario.exits_size = 32;
	add_functions(&scenario);
	scenario_write(&scenario);
	fail_each(look_at_file, &scenario);
}

static void test_relocations(void)
{
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	memcpy(scenario.reloc,
	       (uint64_t[]){DATA + 8, R_X86_64_RELATIVE, CODE_START, DATA + 24, R_X86_64_RELATIVE,
			    CODE_ABORT, TEXT + 40, R_X86_64_RELATIVE, DATA},
	       72);
	scenario.reloc_size = 72;
	scenario_write(&scenario);
	fail_each(look_at_file, &scenario);
	scenario = scenario_good();
	scenario.type = ET_REL;
	scenario.reloc_is_for_code = true;
	memcpy(scenario.reloc, (uint64_t[]){3, UINT64_C(1) << 32 | R_X86_64_32S, 0}, 24);
	scenario.reloc_size = 24;
	add_functions(&scenario);
	scenario_write(&scenario);
	/* Its addresses are offsets, which are known now. */
	scenario.descriptors[0].start_ip += scenario.text_offset - TEXT;
	scenario.descriptors[0].abort_ip += scenario.text_offset - TEXT;
	scenario_free(&scenario);
	scenario_write(&scenario);
	fail_each(look_at_file, &scenario);
}

/* Which of the two instruction sets it is has to be found out. */
static void test_arm(void)
{
	struct scenario scenario = scenario_good();

	scenario.machine = EM_ARM;
	scenario.is_32_bit = true;
	add_functions(&scenario);
	scenario.descriptors[0].start_ip = TEXT + 16;
	scenario.descriptors[0].post_commit_offset = 4;
	scenario_write(&scenario);
	fail_each(look_at_file, &scenario);
}

/* With a table of long names, and a name in front of the member. */
static void test_members(void)
{
	struct scenario scenario = scenario_good();
	struct scenario archive = {0};
	int head;

	scenario_write(&scenario);
	archive.bytes = calloc(1, 512 + scenario.size);
	head = snprintf((char *)archive.bytes, 512,
			"!<arch>\n%-48s%-10s`\nlong/\n%-48s%-10zu`\nabcd", "//", "6", "#1/4",
			4 + scenario.size);
	memcpy(archive.bytes + head, scenario.bytes, scenario.size);
	archive.size = (size_t)head + scenario.size;
	fail_each(look_at_archive, &archive);
	scenario_free(&scenario);
}

void test_nomem(void)
{
	test_tables();
	test_relocations();
	test_arm();
	test_members();
}
