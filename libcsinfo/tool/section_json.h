/* SPDX-License-Identifier: MIT */
/* Sections and their flow as JSON. */
#ifndef CSINFO_TOOL_SECTION_JSON_H
#define CSINFO_TOOL_SECTION_JSON_H

#include "csinfo.h"

/* The members "machine", "remarks" and "sections" of the object that is open. */
void json_file(const struct csinfo *handle);

/* The members of the object that is open: section INDEX of HANDLE. */
void json_section(const struct csinfo *handle, size_t index);

#endif /* CSINFO_TOOL_SECTION_JSON_H */
