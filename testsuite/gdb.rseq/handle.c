/* SPDX-License-Identifier: MIT */
/*
 * In each round the thread waits inside of a section, for a signal that another thread sends
 * to it or to itself, as TARGET says.  The handler passes the same section.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "add-one.h"
#include "system-call.h"

enum target { NOBODY, SUBJECT, OTHER };

static struct slot slots[MAX_CPUS];
static volatile int round_, rounds = 1000, is_inside, is_over = 1;
static volatile int handled, passes;
static volatile enum target target;
static pthread_t subject;
static pthread_mutex_t serving = PTHREAD_MUTEX_INITIALIZER;

/* Wait inside until it is over; a pass that was aborted begins anew on the same line. */
static __attribute__((noinline)) int wait_inside(void)
{
	struct rseq *rs = rseq_area();	/* wait_inside: start */

again:	asm goto(			/* wait inside */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"cmpl $0, %[is_over]\n\t"
		"jne 12f\n\t"
		"movl $1, %[is_inside]\n\t"
		SYSTEM_CALL(SYS_pause)
		"nop\n\t"	/* where the signal comes, in a step or not */
		"nop\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("again")
		:
		: RSEQ_OPERANDS(rs, 0), [is_inside] "m" (is_inside), [is_over] "m" (is_over)
		: CALL_CLOBBERS
		: again);
	passes++;			/* waited */
	return passes;			/* passed */
}

static void on_signal(int sig)
{
	is_over = 1;			/* handler */
	wait_inside();
	count(slots);
	handled += sig == SIGUSR1;
}

/* Ends the wait where the signal did not. */
static void on_wake(int sig)
{
	(void)sig;
}

/* Does the main thread wait in a system call, whatever a debugger does to it meanwhile? */
static int is_asleep(void)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	file = fopen(path, "r");
	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = 0;
		fclose(file);
	}
	return strstr(line, ") S ") != NULL;
}

/* The signal of a round, and its end if that did not come by the signal. */
static void serve(void)
{
	if (target == SUBJECT)
		pthread_kill(subject, SIGUSR1);
	else if (target == OTHER)
		raise(SIGUSR1);
	usleep(20000);
	is_over = 1;
	while (is_inside) {
		pthread_kill(subject, SIGWINCH);
		usleep(200000);
	}
}

static void *send(void *arg)
{
	while (round_ < rounds) {
		pthread_mutex_lock(&serving);
		if (is_inside && is_asleep())
			serve();
		pthread_mutex_unlock(&serving);
		usleep(1000);
	}
	return arg;
}

int main(void)
{
	pthread_t sender;

	rseq_require();
	signal(SIGUSR1, on_signal);
	signal(SIGWINCH, on_wake);
	subject = pthread_self();
	pthread_create(&sender, NULL, send, NULL);
	for (round_ = 0; round_ < rounds; round_++) {
		pthread_mutex_lock(&serving);
		is_over = 0;
		pthread_mutex_unlock(&serving);
		wait_inside();
		is_inside = 0;
		count(slots);			/* round ends */
	}
	pthread_join(sender, NULL);
	return verdict(sum(slots), round_ + handled);	/* end */
}
