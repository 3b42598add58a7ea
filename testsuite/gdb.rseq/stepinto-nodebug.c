/* SPDX-License-Identifier: MIT */
/* Built without -g. */
#include "add-one.h"

int count_without_debug_info(long *value, int cpu);

int count_without_debug_info(long *value, int cpu)
{
	return add_one(value, cpu);
}
