/* SPDX-License-Identifier: MIT */
/* Sections in the program, in a linked library and in one that comes and goes. */
#include <dlfcn.h>
#include "add-one.h"

#define ROUNDS 2

typedef int count_function(struct slot *slots);
int linked_count(struct slot *slots);

static struct slot slots[MAX_CPUS];

/* Load the library, count with it, unload it. */
static void use_loaded(void)
{
	void *library = dlopen(LOADED_LIBRARY, RTLD_NOW);	/* load */
	count_function *loaded_count;

	if (!library) {
		printf("%s\n", dlerror());
		exit(2);
	}
	loaded_count = (count_function *)dlsym(library, "loaded_count");
	loaded_count(slots);					/* loaded call */
	rseq_area()->rseq_cs = 0; /* the kernel must not look into the library any more */
	dlclose(library);					/* unload */
	count(slots);						/* after unload */
}								/* loaded ends */

int main(void)
{
	rseq_require();				/* start */
	count(slots);				/* own call */
	linked_count(slots);			/* linked call */
	for (int i = 0; i < ROUNDS; i++)
		use_loaded();			/* use */
	return verdict(sum(slots), 2 + 2 * ROUNDS);	/* end */
}
