/* SPDX-License-Identifier: MIT */
/* What several tests expect of a scenario. */
#ifndef EXPECT_H
#define EXPECT_H

#include "scenario.h"

/* The one section that SCENARIO must have. */
struct csinfo_section only_section(struct scenario *scenario);

/* A file that ends anywhere before its section headers do must never be read as whole. */
void expect_truncated_refused(struct scenario *scenario);

#endif /* EXPECT_H */
