/* SPDX-License-Identifier: MIT */
/*
 * Sections around fork, vfork and exec.
 *
 * Usage: fork [exec]
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"

static struct slot slots[MAX_CPUS];
static volatile int mark; /* lines that a breakpoint stays on */

/* Count in a child, which exits 0 when its own count is right. */
static __attribute__((noinline)) int count_in_child(void)
{
	long before = sum(slots);
	int status = 0;
	pid_t child = fork();			/* fork here */

	if (child == 0) {			/* who is it */
		mark = 1;			/* child starts */
		count(slots);			/* child counts */
		_exit(verdict(sum(slots), before + 1));	/* child ends */
	}
	count(slots);				/* parent counts */
	waitpid(child, &status, 0);		/* wait for it */
	return status;				/* child is done */
}

/* The same with a child that shares the memory. */
static __attribute__((noinline)) int count_in_vfork_child(void)
{
	int status = 0;
	pid_t child = vfork();			/* vfork here */

	if (child == 0)
		_exit(0);
	count(slots);				/* parent counts again */
	waitpid(child, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	int status;

	rseq_require();				/* start */
	mark = 0;				/* before fork */
	count(slots);				/* first count */
	status = count_in_child();		/* call fork */
	status |= count_in_vfork_child();	/* call vfork */
	mark = 2;				/* after fork */
	count(slots);
	getppid();				/* a system call */
	if (argc > 1 && strcmp(argv[1], "exec") == 0)
		execl("/proc/self/exe", argv[0], (char *)NULL);	/* exec here */
	return status ? 1 : verdict(sum(slots), 4);	/* end */
}
