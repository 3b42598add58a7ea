// SPDX-License-Identifier: MIT
/* Any bytes as an ELF file whose code is looked at: the flows, and all checks of lint. */
#include "csinfo.h"
#include "harness.h"
#include "sane.h"

/* Decoding is most of the time; sections of one file are much alike. */
#define MAX_FLOWS 1u
#define MAX_SECTIONS 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csinfo *handle = NULL;

	if (csinfo_open_memory(data, size, &handle, NULL))
		return 0;
	if (csinfo_count(handle) <= MAX_SECTIONS) {
		require(handle_is_sane(handle, MAX_FLOWS), "flows keep what csinfo.h promises");
		require(lint_is_sane(handle), "lint keeps what csinfo.h promises");
	}
	csinfo_close(handle);
	return 0;
}
