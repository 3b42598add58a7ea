// SPDX-License-Identifier: MIT
/* Run all C unit tests.  Usage: unit-tests [ELF-FILE...], files for test_fuzz(). */
#include <stdio.h>

#include "test.h"

static unsigned int n_passed;
static unsigned int n_failed;

bool test_check(bool passed, const char *what, const char *file, int line)
{
	if (passed) {
		n_passed++;
	} else {
		n_failed++;
		printf("%s:%d: FAIL: %s\n", file, line, what);
	}
	return passed;
}

bool test_check_equal(unsigned long long left, unsigned long long right, const char *what,
		      const char *file, int line)
{
	bool passed = test_check(left == right, what, file, line);

	if (!passed)
		printf("\tleft 0x%llx, right 0x%llx\n", left, right);
	return passed;
}

int main(int argc, char **argv)
{
	(void)argc;
	test_error();
	test_reader();
	test_file();
	test_table();
	test_malformed();
	test_limits();
	test_reloc();
	test_arch();
	test_archive();
	test_flow_memory();
	test_outpost();
	test_flow_random();
	test_decode();
	test_memory();
	test_lint();
	test_patch();
	test_nomem();
	test_fuzz(argv + 1);
	printf("%u passed, %u failed\n", n_passed, n_failed);
	return n_failed || !n_passed;
}
