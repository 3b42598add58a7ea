// SPDX-License-Identifier: MIT
/*
 * libFuzzer's entry points: any bytes as an ELF file, in memory and in a file.  Besides what the
 * sanitizers see, the promises of csinfo.h must be kept, and memory bounded by the input.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <sanitizer/allocator_interface.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csinfo.h"
#include "mutate.h"
#include "sane.h"

/* Decoding is most of the time; sections of one file are much alike. */
#define MAX_FLOWS 1u
/* What the library may allocate for each byte of a file, and in any case (libelf, stdio). */
#define BYTES_PER_BYTE 64u
#define BYTES_ANYWAY (256u << 10)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static size_t allocated;
static size_t peak;
static int scratch_fd = -1;

static void on_malloc(const volatile void *pointer, size_t size)
{
	(void)pointer;
	allocated += size;
	if (allocated > peak)
		peak = allocated;
}

static void on_free(const volatile void *pointer)
{
	if (pointer)
		allocated -= __sanitizer_get_allocated_size((const void *)pointer);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	scratch_fd = memfd_create("fuzz", MFD_CLOEXEC);
	__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	return scratch_fd < 0;
}

static void require(bool kept, const char *promise)
{
	if (kept)
		return;
	fprintf(stderr, "fuzz: not so: %s\n", promise);
	abort();
}

/* What lint finds of a file with few sections: decoding is most of the time. */
static void look_at_findings(const struct csinfo *handle)
{
	struct csinfo_finding finding = {.size = sizeof(finding)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_lint *lint = NULL;
	size_t n;

	if (csinfo_count(handle) > MAX_FLOWS)
		return;
	require(!csinfo_lint_open(handle, NULL, &lint, &err), "lint can always be run");
	n = csinfo_lint_count(lint);
	for (size_t i = 0; i < n; i++) {
		require(!csinfo_lint_get(lint, i, &finding), "a finding can be had");
		require(finding.id && finding.message[0], "a finding has name and text");
	}
	require(csinfo_lint_get(lint, n, &finding) == CSINFO_E_NOT_FOUND, "findings end");
	csinfo_lint_free(lint);
}

/* Looking at all of it must find nothing wrong. */
static size_t look(struct csinfo *handle, bool at_code)
{
	size_t count = csinfo_count(handle);

	require(handle_is_sane(handle, at_code ? MAX_FLOWS : 0),
		"a handle keeps what csinfo.h promises");
	if (at_code)
		look_at_findings(handle);
	csinfo_close(handle);
	return count;
}

/* Open the bytes in memory, or in a file.  Returns the status, and *COUNT of sections. */
static int open_and_look(const uint8_t *data, size_t size, bool in_file, size_t *count)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;
	size_t before = allocated;
	int status;

	peak = before;
	if (in_file)
		status = csinfo_open_fd(scratch_fd, &handle, &err);
	else
		status = csinfo_open_memory(data, size, &handle, &err);
	require(peak - before <= BYTES_ANYWAY + BYTES_PER_BYTE * size, "memory is bounded");
	require((status == 0) == (handle != NULL), "a handle comes with success only");
	require(!status || (err.code == status && err.message[0]), "an error has code and text");
	*count = status ? 0 : look(handle, !in_file);
	return status;
}

/* Every member, to the end that an archive must have. */
static void look_at_members(const uint8_t *data, size_t size)
{
	struct csinfo_member member = {.size = sizeof(member)};
	struct csinfo_archive *archive = NULL;
	size_t n = 0;

	if (csinfo_archive_open_memory(data, size, &archive, NULL))
		return;
	while (csinfo_archive_next(archive, &member, NULL) == 0) {
		require((member.status == 0) == (member.handle != NULL),
			"a member has a handle with success only");
		require(++n <= size / 60, "each member has a header of its own");
		if (member.handle)
			look(member.handle, false);
	}
	csinfo_archive_close(archive);
}

/* The bytes as code, of which the first few say what processor it is for and the range. */
static void look_at_code(const uint8_t *data, size_t size)
{
	static const int machines[] = {EM_X86_64, EM_386,  EM_AARCH64, EM_ARM,	EM_PPC,
				       EM_PPC64,  EM_S390, EM_MIPS,    EM_RISCV};
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_code code = {.size = sizeof(code), .address = 0x10000};
	struct csinfo_flow *flow = NULL;
	const size_t head = 8;

	if (size <= head)
		return;
	code.bytes = data + head;
	code.n_bytes = size - head;
	code.machine = machines[data[0] % (sizeof(machines) / sizeof(*machines))];
	code.elf_class = data[1] & 1 ? ELFCLASS32 : ELFCLASS64;
	code.byte_order = data[1] & 2 ? ELFDATA2MSB : ELFDATA2LSB;
	section.descriptor = 0x20000;
	section.start_ip = code.address + data[2] + 256u * (data[3] & 3);
	section.post_commit_offset = data[4];
	section.abort_ip = code.address + 16u * data[5];
	section.func_start = data[6] & 1 ? code.address : 0;
	section.func_size = data[6] & 1 ? code.n_bytes : 0;
	if (csinfo_flow_open_memory(&code, &section, NULL, 0, &flow, NULL) == 0)
		require(flow_is_sane(flow), "a flow keeps what csinfo.h promises");
	csinfo_flow_free(flow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t in_memory;
	size_t in_file;

	require(!ftruncate(scratch_fd, 0), "the file can be emptied");
	require(pwrite(scratch_fd, data, size, 0) == (ssize_t)size, "the file can be written");
	require(open_and_look(data, size, false, &in_memory) ==
			open_and_look(data, size, true, &in_file),
		"a file is the same in memory");
	require(in_memory == in_file, "a file has the same sections in memory");
	look_at_members(data, size);
	if (!in_memory)
		look_at_code(data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}
