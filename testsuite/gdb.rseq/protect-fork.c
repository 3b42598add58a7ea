/* SPDX-License-Identifier: MIT */
/*
 * Sections in a parent, in its child and in programs that they execute, to put
 * breakpoints into.  A breakpoint that is left where no GDB is kills with SIGTRAP.
 *
 * Usage: protect-fork fork|vfork|forkexec|exec|count
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "add-one.h"

static struct slot slots[MAX_CPUS];

/* add_one(), with a name for what is inside. */
static __attribute__((noinline)) int add_inside(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	ADD_ONE_SECTION("inside_add: ");
	return 0;			/* add_inside: committed */
aborted:
	return -1;
}

static void many(int passes)
{
	int cpu;

	for (int i = 0; i < passes; i++) {
		do {
			cpu = rseq_cpu();
		} while (add_inside(&slots[cpu].value, cpu));
	}
}

static void execute(const char *name)
{
	execl("/proc/self/exe", name, "count", (char *)NULL);	/* exec here */
	_exit(9);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "count";
	int status = 0;
	pid_t child;

	rseq_require();
	if (strcmp(what, "count") == 0) {
		many(2);
		return verdict(sum(slots), 2);
	}
	many(1);				/* before */
	if (strcmp(what, "exec") == 0)
		execute(argv[0]);		/* call exec */
	child = strcmp(what, "vfork") ? fork() : vfork();	/* fork here */
	if (child == 0) {
		if (strcmp(what, "fork"))
			execute(argv[0]);
		many(3);			/* child */
		_exit(verdict(sum(slots), 4));
	}
	many(2);				/* parent */
	waitpid(child, &status, 0);
	usleep(300000); /* GDB, told that the child has ended, finds us here */
	return status ? 1 : verdict(sum(slots), 3);	/* end */
}
