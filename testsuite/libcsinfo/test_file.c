// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
/* Files that change or shrink while they are open, and what stays open of them. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "scenario.h"
#include "test.h"

/* A file in memory with the bytes of a good scenario. */
static int make_file(void)
{
	struct scenario scenario = scenario_good();
	int fd = memfd_create("test", MFD_CLOEXEC);

	scenario_write(&scenario);
	CHECK(write(fd, scenario.bytes, scenario.size) == (ssize_t)scenario.size);
	scenario_free(&scenario);
	return fd;
}

static unsigned int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (folder && readdir(folder))
		n++;
	if (folder)
		closedir(folder);
	return n;
}

/* The caller's descriptor may go; that of the handle goes with the handle. */
static void test_descriptor(void)
{
	unsigned int before = count_descriptors();
	int fd = make_file();
	struct csinfo_flow *flow = NULL;
	struct csinfo *handle = NULL;

	CHECK_EQUAL(csinfo_open_fd(fd, &handle, NULL), 0);
	close(fd);
	CHECK_EQUAL(count_descriptors(), before + 1);
	CHECK_EQUAL(csinfo_flow_open(handle, 0, &flow, NULL), 0);
	csinfo_flow_free(flow);
	csinfo_close(handle);
	CHECK_EQUAL(count_descriptors(), before);
	CHECK_EQUAL(csinfo_open("/proc/self/exe", &handle, NULL), 0);
	CHECK_EQUAL(csinfo_count(handle), 0);
	CHECK_EQUAL(count_descriptors(), before);
	csinfo_close(handle);
}

static void cut(int fd)
{
	CHECK_EQUAL(ftruncate(fd, 100), 0);
}

/* Other bytes, and another time: the clock of the file system may be too coarse to differ. */
static void rewrite(int fd)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};

	CHECK(pwrite(fd, "\xc3", 1, 200) == 1);
	CHECK_EQUAL(futimens(fd, times), 0);
}

/* What is known stays known; what would have to be read is an error. */
static void test_change(void (*change)(int fd), bool symbols_known)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow = NULL;
	struct csinfo_lint *lint = NULL;
	struct csinfo *handle = NULL;
	unsigned char byte;
	int fd = make_file();
	size_t index;

	CHECK_EQUAL(csinfo_open_fd(fd, &handle, NULL), 0);
	CHECK_EQUAL(csinfo_read(handle, CODE_START, &byte, 1), 0);
	if (symbols_known)
		CHECK_EQUAL(csinfo_get(handle, 0, &section), 0);
	change(fd);
	CHECK_EQUAL(csinfo_flow_open(handle, 0, &flow, &err), CSINFO_E_IO);
	CHECK(!strcmp(err.message, "the file has changed since it was opened"));
	CHECK_EQUAL(csinfo_read(handle, CODE_START, &byte, 1), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_get(handle, 0, &section), symbols_known ? 0 : CSINFO_E_IO);
	CHECK_EQUAL(csinfo_find(handle, CODE_START, &index), 0);
	CHECK_EQUAL(csinfo_lint_open(handle, NULL, &lint, &err), CSINFO_E_IO);
	CHECK(!lint);
	csinfo_close(handle);
	close(fd);
}

/* Between the reading of one byte and of the next. */
static void test_shrinking(void)
{
	struct window window = {0};
	struct file file;
	int fd = make_file();
	char byte;

	CHECK_EQUAL(file_open_fd(&file, fd, NULL), 0);
	window.file = &file;
	CHECK(window_get(&window, 64, 8) != NULL);
	CHECK_EQUAL(ftruncate(fd, 100), 0);
	CHECK(!window_get(&window, 96, 4096));
	CHECK(!file_read(&file, 100, &byte, 1));
	CHECK(file_read(&file, 99, &byte, 1));
	CHECK(!file_is_unchanged(&file));
	file_close(&file);
	close(fd);
}

/* Every place of a window, at the beginning, across its end and at the end of the file. */
static void test_window(void)
{
	static unsigned char bytes[3 * WINDOW_SIZE + 5];
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct window window = {0};
	struct file file;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	CHECK(write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes));
	CHECK_EQUAL(file_open_fd(&file, fd, NULL), 0);
	window.file = &file;
	for (size_t at = 0, length = 1; at + length <= sizeof(bytes);
	     at += 61, length = length * 5 % 97 + 1) {
		const unsigned char *got = window_get(&window, at, length);

		if (!CHECK(got && !memcmp(got, bytes + at, length)))
			break;
	}
	CHECK(window_get(&window, sizeof(bytes) - 1, 1) != NULL);
	CHECK(!window_get(&window, sizeof(bytes) - 1, 2));
	CHECK(!window_get(&window, UINT64_MAX, 1));
	CHECK(window_get(&window, 0, WINDOW_SIZE) != NULL);
	CHECK(!window_get(&window, 0, WINDOW_SIZE + 1));
	file_close(&file);
	close(fd);
}

#define THREADS 8

static void *get_name(void *handle)
{
	struct csinfo_section section = {.size = sizeof(section)};

	return csinfo_get(handle, 0, &section) ? NULL : (void *)(uintptr_t)section.func_name;
}

/* Many threads ask for the function first: it is read once. */
static void test_threads(void)
{
	struct scenario scenario = scenario_good();
	struct csinfo *handle = NULL;
	pthread_t threads[THREADS];
	void *names[THREADS];

	scenario.symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, TEXT, 64};
	scenario.symbols_size = 2 * sizeof(Elf64_Sym);
	CHECK_EQUAL(scenario_open(&scenario, &handle, NULL), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, get_name, handle), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], &names[i]);
	for (unsigned int i = 0; i < THREADS; i++)
		CHECK(names[i] && names[i] == names[0] && !strcmp(names[i], "one"));
	csinfo_close(handle);
}

void test_file(void)
{
	test_threads();
	test_descriptor();
	test_change(cut, false);
	test_change(cut, true);
	test_change(rewrite, false);
	test_change(rewrite, true);
	test_shrinking();
	test_window();
}
