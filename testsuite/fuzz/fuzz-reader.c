// SPDX-License-Identifier: MIT
/* Any bytes as an ELF file: what is read when it is opened, and every record of it. */
#include "csinfo.h"
#include "harness.h"
#include "peak.h"
#include "sane.h"

/* In a file the same code runs on bytes that come from the kernel, which takes its time. */
#define ONE_IN_FILE 16u

/* Open the bytes in memory, or in a file.  Returns the status, and *COUNT of sections. */
static int open_and_look(const uint8_t *data, size_t size, bool in_file, size_t *count)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;
	int status;

	peak_start();
	if (in_file)
		status = csinfo_open_fd(file_of(data, size), &handle, &err);
	else
		status = csinfo_open_memory(data, size, &handle, &err);
	require((status == 0) == (handle != NULL), "a handle comes with success only");
	require(!status || (err.code == status && err.message[0]), "an error has code and text");
	*count = csinfo_count(handle);
	require(!handle || handle_is_sane(handle, 0), "a handle keeps what csinfo.h promises");
	/* Whatever name the file has for it, it is not there. */
	if (handle && in_file)
		csinfo_load_debug(handle, "/nonexistent/file", "/nonexistent", NULL);
	csinfo_close(handle);
	memory_check(size);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t in_memory;
	size_t in_file;
	int status = open_and_look(data, size, false, &in_memory);

	if (!is_one_in(data, size, ONE_IN_FILE))
		return 0;
	require(open_and_look(data, size, true, &in_file) == status,
		"a file is the same in memory");
	require(in_memory == in_file, "a file has the same sections in memory");
	return 0;
}
