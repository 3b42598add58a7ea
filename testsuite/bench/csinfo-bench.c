/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks of libcsinfo time from inside.
 *
 *   csinfo-bench open FILE    ms to open and close FILE
 *   csinfo-bench bytes FILE   ms to read the bytes that opening FILE can't do without
 *   csinfo-bench find FILE    ns to look one of many random program counters up
 *
 * Prints `figure N' and `KiB N', the most memory that was held at once.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "csinfo.h"

#define LOOK_UPS 2000000u
#define CHUNK (256u << 10)

/* Of processor time: others that run make no difference. */
static double nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The kernel's own high-water mark of this program: ru_maxrss begins with its parent's. */
static void print(double figure)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[128];
	long kib = 0;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmHWM: %ld", &kib);
	if (status)
		fclose(status);
	printf("figure %.3f\nKiB %ld\n", figure, kib);
}

static struct csinfo *open_or_exit(const char *path)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle;

	if (csinfo_open(path, &handle, &err)) {
		fprintf(stderr, "csinfo-bench: %s: %s\n", path, err.message);
		exit(1);
	}
	return handle;
}

static int bench_open(const char *path)
{
	double start = nanoseconds();
	struct csinfo *handle = open_or_exit(path);
	size_t count = csinfo_count(handle);

	csinfo_close(handle);
	print((nanoseconds() - start) / 1e6);
	return count == 0;
}

/* The tables themselves, and the relocations that change them. */
static int is_needed(const char *name, const GElf_Shdr *header)
{
	return (header->sh_flags & SHF_ALLOC) &&
	       (!strcmp(name, "__rseq_cs") || !strcmp(name, "__rseq_cs_ptr_array") ||
		!strcmp(name, "__rseq_exit_point_array") || !strcmp(name, "__rseq_failure") ||
		header->sh_type == SHT_RELA || header->sh_type == SHT_REL);
}

static volatile uint64_t sink;

static void touch_bytes(int fd, uint64_t offset, uint64_t size)
{
	static uint64_t words[CHUNK / sizeof(uint64_t)];
	uint64_t sum = 0;

	for (uint64_t at = 0; at < size; at += CHUNK) {
		size_t want = size - at < CHUNK ? size - at : CHUNK;

		if (pread(fd, words, want, (off_t)(offset + at)) != (ssize_t)want)
			exit(1);
		for (size_t i = 0; i < want / sizeof(*words); i++)
			sum += words[i];
	}
	sink = sum;
}

static int bench_bytes(const char *path)
{
	double start = nanoseconds();
	int fd = open(path, O_RDONLY);
	Elf *elf = elf_version(EV_CURRENT) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	Elf_Scn *scn = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return 1;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;

		if (gelf_getshdr(scn, &header) &&
		    is_needed(elf_strptr(elf, names, header.sh_name), &header))
			touch_bytes(fd, header.sh_offset, header.sh_size);
	}
	elf_end(elf);
	close(fd);
	print((nanoseconds() - start) / 1e6);
	return 0;
}

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* From in front of the first section to behind the last: inside and between sections. */
static uint64_t *make_counters(const struct csinfo *handle)
{
	struct csinfo_section first = {.size = sizeof(first)};
	struct csinfo_section last = {.size = sizeof(last)};
	uint64_t *counters = calloc(LOOK_UPS, sizeof(*counters));
	uint64_t random = 0x9e3779b97f4a7c15;

	if (!counters || csinfo_get(handle, 0, &first) ||
	    csinfo_get(handle, csinfo_count(handle) - 1, &last))
		exit(1);
	for (size_t i = 0; i < LOOK_UPS; i++)
		counters[i] =
			first.start_ip + next_random(&random) % (last.commit_ip - first.start_ip);
	return counters;
}

static int bench_find(const char *path)
{
	struct csinfo *handle = open_or_exit(path);
	uint64_t *counters = make_counters(handle);
	size_t found = 0;
	double start = nanoseconds();

	for (size_t i = 0; i < LOOK_UPS; i++) {
		size_t index;

		found += csinfo_find(handle, counters[i], &index) == 0;
	}
	print((nanoseconds() - start) / LOOK_UPS);
	free(counters);
	csinfo_close(handle);
	return found == 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "open"))
		return bench_open(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "bytes"))
		return bench_bytes(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "find"))
		return bench_find(argv[2]);
	fputs("Usage: csinfo-bench open|bytes|find FILE\n", stderr);
	return 2;
}
