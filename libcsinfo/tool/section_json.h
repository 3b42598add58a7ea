/* SPDX-License-Identifier: MIT */
/* Sections and their flow as JSON. */
#ifndef CSINFO_TOOL_SECTION_JSON_H
#define CSINFO_TOOL_SECTION_JSON_H

#include "csinfo.h"

/* The members of the object that is open that say what HANDLE's ELF header says. */
void json_header(const struct csinfo *handle);

/* These, and the members "remarks" and "sections". */
void json_file(const struct csinfo *handle);

/* The members of the object that is open: section INDEX of HANDLE. */
void json_section(const struct csinfo *handle, size_t index);

#endif /* CSINFO_TOOL_SECTION_JSON_H */
