/* SPDX-License-Identifier: MIT */
/* What the library promises of every handle, whatever the file was. */
#ifndef SANE_H
#define SANE_H

#include <stdbool.h>

#include "csinfo.h"

/*
 * Call every accessor of HANDLE, with good and with bad arguments, and decode the first
 * MAX_FLOWS sections.  Whether all that csinfo.h promises was kept.
 */
bool handle_is_sane(const struct csinfo *handle, size_t max_flows);

/* Call every accessor of FLOW.  Whether all that csinfo.h promises was kept. */
bool flow_is_sane(const struct csinfo_flow *flow);

/* Run all checks of lint on HANDLE.  Whether the findings are in order and complete. */
bool lint_is_sane(const struct csinfo *handle);

#endif /* SANE_H */
