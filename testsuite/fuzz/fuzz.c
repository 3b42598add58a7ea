// SPDX-License-Identifier: MIT
/*
 * libFuzzer's entry points: any bytes as an ELF file, in memory and in a file.  Besides what the
 * sanitizers see, the promises of csinfo.h must be kept, and memory bounded by the input.
 */
#define _GNU_SOURCE
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
#define MAX_FLOWS 8u
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

/* Looking at all of it must find nothing wrong. */
static size_t look(struct csinfo *handle)
{
	size_t count = csinfo_count(handle);

	require(handle_is_sane(handle, MAX_FLOWS), "a handle keeps what csinfo.h promises");
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
	*count = status ? 0 : look(handle);
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
			look(member.handle);
	}
	csinfo_archive_close(archive);
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
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}
