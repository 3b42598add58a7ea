/* SPDX-License-Identifier: MIT */
/*
 * A library with a section that is loaded, used, unloaded and loaded again elsewhere.
 * Where it was there is data then, which must stay as it is.  With the argument "thread"
 * another thread unloads it, as soon as nobody is in it.
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include "add-one.h"

#define ROUNDS 3
#define SPACE 16384

typedef int adder(long *value, int cpu);

static struct slot slots[MAX_CPUS];
static unsigned char *taken[ROUNDS];
static int damaged;

/* Unload LIBRARY, and put zeros where it was. */
static __attribute__((noinline)) void *unload(void *library)
{
	char *base = (char *)((struct link_map *)library)->l_addr;

	dlclose(library);				/* unload */
	return mmap(base, SPACE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

/* One event, in as many passes as it takes. */
static __attribute__((noinline)) void add_by(adder *add)
{
	int cpu;

	do {
		cpu = rseq_cpu();
	} while (add(&slots[cpu].value, cpu));		/* call */
	/* The kernel must not look into the library any more. */
	rseq_area()->rseq_cs = 0;
}

static __attribute__((noinline)) unsigned char *use(int in_thread)
{
	void *library = dlopen(LIBRARY, RTLD_NOW);	/* load */
	void *place = MAP_FAILED;
	pthread_t thread;

	if (!library)
		return NULL;
	add_by((adder *)dlsym(library, "library_add"));	/* use */
	add_by((adder *)dlsym(library, "library_add"));	/* use again */
	if (in_thread) {
		pthread_create(&thread, NULL, unload, library);
		pthread_join(thread, &place);		/* let it go */
	} else {
		place = unload(library);		/* let it go here */
	}
	return place == MAP_FAILED ? NULL : place;	/* used */
}

int main(int argc, char **argv)
{
	int in_thread = argc > 1 && strcmp(argv[1], "thread") == 0;

	rseq_require();
	for (int i = 0; i < ROUNDS; i++) {		/* rounds */
		taken[i] = use(in_thread);		/* round */
		if (!taken[i])
			return 3;
	}
	for (int i = 0; i < ROUNDS; i++)
		for (int at = 0; at < SPACE; at++)
			damaged += taken[i][at] != 0;
	if (damaged)
		printf("damaged: %d bytes\n", damaged);
	return damaged ? 4 : verdict(sum(slots), 2 * ROUNDS);	/* end */
}
