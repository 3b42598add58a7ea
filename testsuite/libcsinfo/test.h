/* SPDX-License-Identifier: MIT */
/* The frame of the C unit tests: each test is a function full of CHECKs. */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

/* Count CONDITION as passed or failed; say where it failed, and go on. */
#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)

/* Compare two unsigned integers; show both when they differ. */
#define CHECK_EQUAL(left, right)                                                                   \
	test_check_equal((unsigned long long)(left), (unsigned long long)(right),                  \
			 #left " == " #right, __FILE__, __LINE__)

bool test_check(bool passed, const char *what, const char *file, int line);
bool test_check_equal(unsigned long long left, unsigned long long right, const char *what,
		      const char *file, int line);

void test_error(void);
void test_reader(void);
void test_file(void);
void test_table(void);
void test_malformed(void);
void test_limits(void);
void test_reloc(void);
void test_arch(void);
void test_archive(void);
void test_flow_memory(void);
void test_outpost(void);
void test_flow_random(void);
void test_decode(void);
void test_memory(void);
void test_lint(void);
void test_patch(void);
void test_nomem(void);

/* Flip bytes of the NUL-terminated list of files at PATHS, and of a synthetic one. */
void test_fuzz(char *const *paths);

#endif /* TEST_H */
