/* SPDX-License-Identifier: MIT */
/* The table of sections in text. */
#ifndef CSINFO_TOOL_ROW_H
#define CSINFO_TOOL_ROW_H

#include "csinfo.h"

/* The line above the rows. */
void row_print_head(void);

/* One section, which is loaded with BIAS, in a line. */
void row_print(const struct csinfo_section *section, uint64_t bias);

#endif /* CSINFO_TOOL_ROW_H */
