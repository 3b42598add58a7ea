/* SPDX-License-Identifier: MIT */
/*
 * Threads in every state that `info rseq` tells apart; the first argument says which.
 * Built with OWN_ABI it has an __rseq_abi of its own, as librseq and tcmalloc do.
 */
#define _GNU_SOURCE
#include <linux/rseq.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_rseq
#ifdef __x86_64__
#define __NR_rseq 334
#else
#define __NR_rseq 386
#endif
#endif

#define SIGNATURE 0x53053053

/* What state_section() does on its way; see state-section.S. */
enum { NOTHING, TRAP_INSIDE, TRAP_BEHIND, FAULT_INSIDE };

int state_section(struct rseq *area, int what);

struct rseq *main_area, *worker_area;
static pthread_barrier_t barrier;

#ifdef OWN_ABI
#ifndef OWN_STARTS_AT
#define OWN_STARTS_AT -1
#define MARKS_FAILURE 1
#else
#define MARKS_FAILURE 0
#endif
#ifdef OWN_REFCOUNT_BEHIND
/* As early librseq had it. */
__thread struct {
	struct rseq area;
	unsigned int refcount;
} __rseq_abi __attribute__((aligned(32))) = {.area.cpu_id = OWN_STARTS_AT};
#define COUNT __rseq_abi.refcount
#else
__thread struct rseq __rseq_abi __attribute__((aligned(32))) = {.cpu_id = OWN_STARTS_AT};
#endif
#ifdef OWN_REFCOUNT
__thread unsigned int __rseq_refcount;
#define COUNT __rseq_refcount
#endif
#ifdef OWN_HANDLED
/* As patches for glibc before 2.35 had it: one for all threads. */
int __rseq_handled;
#define COUNT __rseq_handled
#endif
#else
#include <sys/rseq.h>
#endif

/* 0 when AREA is now what this thread has registered, or has given back. */
static int rseq(struct rseq *area, int flags)
{
	return syscall(__NR_rseq, area, 32, flags, SIGNATURE);
}

/* The calling thread's area. */
static struct rseq *own_area(void)
{
#ifdef OWN_ABI
	return (struct rseq *)&__rseq_abi;
#else
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
#endif
}

static void do_register(void)
{
#ifdef OWN_ABI
	if (rseq(own_area(), 0)) {
		if (MARKS_FAILURE)
			own_area()->cpu_id = -2;
		return;
	}
#ifdef COUNT
	COUNT++;
#endif
#endif
}

/* Where the tests stop. */
static __attribute__((noinline)) void started(void)
{
	__asm__ volatile ("");
}

static __attribute__((noinline)) void worker_started(void)
{
	__asm__ volatile ("");
}

static __attribute__((noinline)) void ready(void)
{
	__asm__ volatile ("");
}

static __attribute__((noinline)) void in_handler(void)
{
	__asm__ volatile ("");
}

static __attribute__((noinline)) void aborted(void)
{
	__asm__ volatile ("");
}

static void *worker(void *arg)
{
	worker_started();
	do_register();
	worker_area = own_area();
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return arg;
}

static void handle(int signal)
{
	in_handler();
	if (signal == SIGUSR1)
		state_section(main_area, TRAP_INSIDE);
	else
		_exit(0);
}

/* Register an area that no symbol tells of, where the C library has none. */
static void unnamed(void)
{
	main_area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	main_area->cpu_id = -1;
	if (rseq(main_area, 0))
		abort();
}

/* The same, and it is gone: the kernel finds out when it next looks. */
static void unmapped(void)
{
	unnamed();
	munmap(main_area, 4096);
	for (;;)
		usleep(1000);
}

/* Keep half of a pointer over cpu_id_start, as tcmalloc does, and trap. */
static void slab(void)
{
	main_area->cpu_id_start = 0x80007fab;
	state_section(main_area, TRAP_BEHIND);
}

/* Do WHAT again until the section was not aborted before that. */
static void section(int what)
{
	while (state_section(main_area, what))
		aborted();
}

static void act(const char *mode)
{
	if (!strcmp(mode, "inside"))
		section(TRAP_INSIDE);
	else if (!strcmp(mode, "stale"))
		section(TRAP_BEHIND);
	else if (!strcmp(mode, "handler"))
		raise(SIGUSR1);
	else if (!strcmp(mode, "fault"))
		section(FAULT_INSIDE);
	else if (!strcmp(mode, "unregister"))
		rseq(main_area, RSEQ_FLAG_UNREGISTER);
	else if (!strcmp(mode, "slab"))
		slab();
	else if (!strcmp(mode, "unnamed"))
		unnamed();
	else if (!strcmp(mode, "unmapped"))
		unmapped();
	else if (!strcmp(mode, "pause"))
		pause();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handle };
	pthread_t thread;

	started();
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	do_register();
	main_area = own_area();
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, worker, NULL);
	pthread_barrier_wait(&barrier);
	ready();
	act(argc > 1 ? argv[1] : "");
	ready();
	return 0;
}
