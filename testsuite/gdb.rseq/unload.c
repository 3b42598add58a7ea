/* SPDX-License-Identifier: MIT */
/*
 * While a thread waits inside of a section of a library another one closes that library
 * ("its"), or a copy of it ("another").
 *
 * Usage: unload LIBRARY COPY its|another
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile int waits, is_over;
static void *library, *copy;
static pthread_t subject;

static void on_signal(int sig)
{
	is_over = sig;
}

static void *act(void *name)
{
	while (!waits)
		usleep(1000);
	usleep(100000);
	dlclose(strcmp(name, "its") ? copy : library);
	usleep(100000);
	pthread_kill(subject, SIGUSR1);
	return name;
}

int main(int argc, char **argv)
{
	int (*wait_inside)(volatile int *, volatile int *);
	pthread_t actor;

	rseq_require();
	if (argc != 4)
		return 2;
	library = dlopen(argv[1], RTLD_NOW);
	copy = dlopen(argv[2], RTLD_NOW);
	if (!library || !copy)
		return 3;
	wait_inside = dlsym(library, "lib_wait");
	subject = pthread_self();
	signal(SIGUSR1, on_signal);
	pthread_create(&actor, NULL, act, argv[3]);
	count(slots);				/* loaded */
	wait_inside(&waits, &is_over);		/* wait */
	pthread_join(actor, NULL);		/* over */
	return verdict(sum(slots), 1);
}
