// SPDX-License-Identifier: MIT
/* Any bytes as an archive: every member, to the end that it must have. */
#include "csinfo.h"
#include "harness.h"
#include "peak.h"
#include "sane.h"

#define HEADER_SIZE 60u

/* MEMBER, with the error in ERR unless it has a handle. */
static void look_at_member(const struct csinfo_member *member, const struct csinfo_err *err)
{
	require(member->name != NULL, "a member has a name");
	require((member->status == 0) == (member->handle != NULL),
		"a member has a handle with success only");
	require(!member->status || (err->code == member->status && err->message[0]),
		"a member's error has code and text");
	require(!member->handle || handle_is_sane(member->handle, 0),
		"a member's handle keeps what csinfo.h promises");
	csinfo_close(member->handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csinfo_member member = {.size = sizeof(member)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_archive *archive = NULL;
	size_t n = 0;

	peak_start();
	if (csinfo_archive_open_memory(data, size, &archive, &err)) {
		require(!archive && err.message[0], "an error has text, and no archive");
		return 0;
	}
	while (csinfo_archive_next(archive, &member, &err) == 0) {
		look_at_member(&member, &err);
		require(++n <= size / HEADER_SIZE, "each member has a header of its own");
	}
	csinfo_archive_close(archive);
	memory_check(size);
	return 0;
}
