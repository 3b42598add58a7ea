// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
/* Files with flipped bytes: whatever they say, no crash, and the promises are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sane.h"
#include "scenario.h"
#include "test.h"

#define ROUNDS 4000u
/* Most files have the interesting bytes in little of their length. */
#define MAX_FLIPS 8u
/* The flows of a file are decoded for so many sections only, to save time. */
#define MAX_FLOWS 4u
/* One in so many files is checked by lint, which decodes all flows. */
#define LINT_EVERY 32u

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Half of the flips go to the tables at the beginning and end of the file. */
static size_t pick_place(uint64_t *random, size_t size)
{
	uint64_t number = next_random(random);

	if (number & 1)
		return next_random(random) % size;
	if (size > 4096 && number & 2)
		return size - 1 - next_random(random) % 4096;
	return next_random(random) % (size < 4096 ? size : 4096);
}

/* The same bytes as a file: it is looked at before it is read. */
static size_t count_in_file(const unsigned char *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct csinfo *handle = NULL;
	size_t count = 0;

	if (CHECK(write(fd, bytes, size) == (ssize_t)size) &&
	    csinfo_open_fd(fd, &handle, NULL) == 0)
		count = csinfo_count(handle);
	csinfo_close(handle);
	close(fd);
	return count;
}

static void fuzz_once(const unsigned char *bytes, size_t size, uint64_t *random, bool lint)
{
	unsigned char *copy = malloc(size);
	size_t flips = 1 + next_random(random) % MAX_FLIPS;
	struct csinfo *handle = NULL;
	int status;

	memcpy(copy, bytes, size);
	while (flips--)
		copy[pick_place(random, size)] = (unsigned char)next_random(random);
	status = csinfo_open_memory(copy, size, &handle, NULL);
	if (status)
		CHECK(!handle);
	else
		CHECK(handle_is_sane(handle, MAX_FLOWS) && (!lint || lint_is_sane(handle)));
	CHECK_EQUAL(count_in_file(copy, size), csinfo_count(handle));
	csinfo_close(handle);
	free(copy);
}

static void fuzz(const unsigned char *bytes, size_t size)
{
	uint64_t random = 0x9e3779b97f4a7c15;

	for (unsigned int i = 0; i < ROUNDS; i++)
		fuzz_once(bytes, size, &random, i % LINT_EVERY == 0);
}

static void fuzz_file(const char *path)
{
	unsigned char *bytes = malloc(1u << 20);
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(bytes, 1, 1u << 20, file) : 0;

	if (CHECK(size > 0))
		fuzz(bytes, size);
	if (file)
		fclose(file);
	free(bytes);
}

void test_fuzz(char *const *paths)
{
	struct scenario scenario = scenario_good();

	scenario.type = ET_DYN;
	scenario.reloc_type = SHT_RELR;
	memcpy(scenario.reloc, (uint64_t[]){DATA + 8, 5, POINTERS, EXITS, 3}, 40);
	scenario.reloc_size = 40;
	scenario.symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, TEXT, 64};
	scenario.symbols_size = 2 * sizeof(Elf64_Sym);
	scenario_write(&scenario);
	fuzz(scenario.bytes, scenario.size);
	scenario_free(&scenario);
	for (; *paths; paths++)
		fuzz_file(*paths);
}
