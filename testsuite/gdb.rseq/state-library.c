/* SPDX-License-Identifier: MIT */
/* Loads the library that the first argument names, and registers two threads with it. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

void *main_area, *worker_area;
static void *(*library_register)(void);
static pthread_barrier_t barrier;

static __attribute__((noinline)) void ready(void)
{
	__asm__ volatile ("");
}

static void *worker(void *arg)
{
	/* The library's storage is allocated: let it not be where main's is. */
	if (malloc(1000))
		worker_area = library_register();
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
	pthread_t thread;

	if (!library)
		return 1;
	library_register = (void *(*)(void))dlsym(library, "library_register");
	main_area = library_register();
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, worker, NULL);
	pthread_barrier_wait(&barrier);
	ready();
	return 0;
}
