/* SPDX-License-Identifier: MIT */
/* What the code of one critical section does: how it is entered and left. */
#ifndef CSINFO_FLOW_H
#define CSINFO_FLOW_H

#include "store.h"

struct csinfo_flow {
	struct csinfo_flow_info info;
	struct store store;
	struct gates gates;
	struct outposts outposts;
	struct csinfo_exit *exits; /* in order of address */
	size_t n_exits;
	size_t room;
};

/*
 * Decode SUBJECT.  Returns 0 and *OUT, which csinfo_flow_free() frees.
 * Errors: CSINFO_E_UNSUPPORTED, _MALFORMED, _NOMEM.
 */
int flow_open(const struct subject *subject, struct csinfo_flow **out, struct csinfo_err *err);

#endif /* CSINFO_FLOW_H */
