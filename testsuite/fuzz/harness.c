// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "mutate.h"
#include "peak.h"

/* What the library may allocate for each byte of a file, and in any case (libelf, stdio). */
#define BYTES_PER_BYTE 64u
#define BYTES_ANYWAY (256u << 10)

int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
const char *__asan_default_options(void);

static int scratch_fd = -1;

/* Freed memory that waits in a small quarantine stays in the processor's cache. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=8";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	scratch_fd = memfd_create("fuzz", MFD_CLOEXEC);
	return scratch_fd < 0;
}

void require(bool kept, const char *promise)
{
	if (kept)
		return;
	fprintf(stderr, "fuzz: not so: %s\n", promise);
	abort();
}

void memory_check(size_t size)
{
	require(peak_bytes() <= BYTES_ANYWAY + BYTES_PER_BYTE * size, "memory is bounded");
}

bool is_one_in(const uint8_t *data, size_t size, uint64_t n)
{
	uint64_t hash = size;
	uint64_t word;

	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	}
	return (hash >> 32) % n == 0;
}

int file_of(const uint8_t *data, size_t size)
{
	require(!ftruncate(scratch_fd, 0), "the file can be emptied");
	require(pwrite(scratch_fd, data, size, 0) == (ssize_t)size, "the file can be written");
	return scratch_fd;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}
