/* SPDX-License-Identifier: MIT */
/*
 * A thread waits inside of a section while another one ends the process or the program; or
 * it ends there by itself.
 *
 * Usage: vanish exit|exec|kill|wait|self main|worker
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#define ADD_ONE_KIND static inline __attribute__((always_inline))
#include "add-one.h"
#include "system-call.h"

static struct slot slots[MAX_CPUS];
static volatile int near, waits, has_to_end, over;
static const char *deed;

static int is_deed(const char *name)
{
	return strcmp(deed, name) == 0;
}

static void end(void)
{
	exit(verdict(sum(slots), 2));
}

/* Let the other thread go, and wait inside; or end this thread there. */
static inline __attribute__((always_inline)) int wait_inside(void)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"cmpl $0, %[over]\n\t"
		"jne 12f\n\t"
		"cmpl $0, %[has_to_end]\n\t"
		"je 1f\n\t"
		SYSTEM_CALL(SYS_exit)
		"1: movl $1, %[waits]\n\t"
		SYSTEM_CALL(SYS_pause)
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, 0), [waits] "m" (waits), [over] "m" (over),
		  [has_to_end] "m" (has_to_end)
		: CALL_CLOBBERS
		: aborted);
	return 0;
aborted:
	return -1;
}

/* The thread that is stepped. */
static void *subject(void *arg)
{
	count(slots);
	near = 1;				/* before it */
	count(slots);				/* second count */
	while (wait_inside());			/* wait here */
	return arg;
}

static void act(void)
{
	while (!waits)
		usleep(1000);
	usleep(100000);
	if (is_deed("exit"))
		end();
	if (is_deed("exec"))
		execl("/proc/self/exe", "vanish", "again", "main", (char *)NULL);
	if (is_deed("kill"))
		kill(getpid(), SIGKILL);
}

/* The thread that does the deed while SUBJECT waits. */
static void *actor(void *arg)
{
	if (!has_to_end)
		act();
	pthread_join(*(pthread_t *)arg, NULL);
	end();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread, self = pthread_self();

	rseq_require();
	if (argc != 3)
		return 2;
	deed = argv[1];				/* which deed */
	over = is_deed("again");
	has_to_end = is_deed("self");
	if (over) {
		subject(NULL);			/* again */
	} else if (strcmp(argv[2], "worker") == 0) {
		pthread_create(&thread, NULL, subject, NULL);
		actor(&thread);
	} else {
		pthread_create(&thread, NULL, actor, &self);
		subject(NULL);
	}
	end();
}
