/* SPDX-License-Identifier: MIT */
/* A section in a shared library; LIBRARY_COUNT is the name of its function. */
#include "add-one.h"

int LIBRARY_COUNT(struct slot *slots);

int LIBRARY_COUNT(struct slot *slots)
{
	int cpu = count(slots);		/* library counts */

	return cpu;			/* library returns */
}
