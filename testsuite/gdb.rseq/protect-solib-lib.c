/* SPDX-License-Identifier: MIT */
/* A section in a shared object, with a name for what is inside. */
#include "add-one.h"

int library_add(long *value, int cpu);

int library_add(long *value, int cpu)
{
	struct rseq *rs = rseq_area();	/* library_add: start */

	ADD_ONE_SECTION("inside_add: "); /* library_add: section */
	return 0;			/* library_add: committed */
aborted:
	return -1;			/* library_add: aborted */
}
