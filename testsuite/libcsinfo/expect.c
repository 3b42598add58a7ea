// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "test.h"

struct csinfo_section only_section(struct scenario *scenario)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;

	if (!CHECK(scenario_open(scenario, &handle, &err) == 0))
		CHECK(!err.message);
	CHECK_EQUAL(csinfo_count(handle), 1);
	csinfo_get(handle, 0, &section);
	csinfo_close(handle);
	return section;
}

void expect_truncated_refused(struct scenario *scenario)
{
	scenario_write(scenario);
	for (size_t size = 0; size < scenario->size; size++) {
		struct csinfo *handle = NULL;
		unsigned char *bytes = malloc(size ? size : 1);

		/* In memory of its own, so that the sanitizer sees every byte too far. */
		memcpy(bytes, scenario->bytes, size);
		if (csinfo_open_memory(bytes, size, &handle, NULL) == 0)
			CHECK(!"a truncated file was accepted");
		csinfo_close(handle);
		free(bytes);
	}
	scenario_free(scenario);
}
