/* SPDX-License-Identifier: MIT */
/*
 * What the soak drives GDB against: WORKERS threads count in per-CPU slots and move nodes
 * between per-CPU lists without ever waiting, and a ticker sends them a signal whose
 * handler counts, too.  No line of it waits for another thread, so that every step ends,
 * whatever GDB holds back.
 *
 * Prints "ready" when all threads run.  Ends when its standard input does, says what it
 * has counted, and fails when an update was lost or a node is not on exactly one list.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "add-one.h"

#define WORKERS 4
#define NODES 8 /* per worker */
#define TICK 20 /* ms between two signals */

struct node {
	struct node *next;
	int seen;
};

struct list {
	struct node *head;
} __attribute__((aligned(64)));

static struct slot slots[MAX_CPUS];
static struct slot handled[MAX_CPUS];		/* by the signal handler */
static struct list lists[MAX_CPUS];
static struct node nodes[WORKERS * NODES];
static struct slot counted[WORKERS];
static long interrupts[WORKERS];
static __thread long self;			/* which worker this thread is */
static pthread_t worker[WORKERS];
static volatile int stop;
static int started;				/* threads that are as they will be */

/* Put N in front of LIST while on CPU.  Returns 0, or -1 when it has to be redone. */
static __attribute__((noinline)) int push(struct list *list, struct node *n, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"mov %[head], %%" RSEQ_CX "\n\t"
		"mov %%" RSEQ_CX ", %[next]\n\t"
		"mov %[node], %[head]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [node] "r" (n), [next] "m" (n->next),
		  [head] "m" (list->head)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted);
	return 0;
aborted:
	return -1;
}

/*
 * Take the first node of LIST to *OUT while on CPU.  Returns 0, 1 when there is none, or
 * -1 when it has to be redone.  The branch to "empty" is declared nowhere.
 */
static __attribute__((noinline)) int pop(struct list *list, struct node **out, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"mov %[head], %%" RSEQ_CX "\n\t"
		"test %%" RSEQ_CX ", %%" RSEQ_CX "\n\t"
		"jz %l[empty]\n\t"
		"mov %%" RSEQ_CX ", (%[out])\n\t"
		"mov (%%" RSEQ_CX "), %%" RSEQ_CX "\n\t"
		"mov %%" RSEQ_CX ", %[head]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [out] "r" (out), [head] "m" (list->head)
		: RSEQ_CLOBBERS, RSEQ_CX
		: aborted, empty);
	return 0;
aborted:
	return -1;
empty:
	return 1;
}

static __attribute__((noinline)) void give(struct node *n)
{
	int cpu;

	do {
		cpu = rseq_cpu();
	} while (push(&lists[cpu], n, cpu));
}

static __attribute__((noinline)) struct node *take(void)
{
	struct node *n = NULL;
	int cpu, result;

	do {
		cpu = rseq_cpu();
		result = pop(&lists[cpu], &n, cpu);
	} while (result < 0);
	return result ? NULL : n;
}

/* Something without a section. */
static __attribute__((noinline)) long plain(long value)
{
	volatile long total = 0;

	for (int i = 0; i < 3; i++)
		total += value;
	return total;
}

static __attribute__((noinline)) void one_round(struct slot *own)
{
	struct node *n;

	count(slots);
	own->value++;
	n = take();
	plain(own->value);
	if (n)
		give(n);
}

static void *work(void *arg)
{
	self = (long)arg;
	pthread_setname_np(pthread_self(), "worker");
	__atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < NODES; i++)
		give(&nodes[self * NODES + i]);
	while (!stop)
		one_round(&counted[self]);
	return NULL;
}

static void tick(int number)
{
	(void)number;
	count(handled);
	__atomic_add_fetch(&interrupts[self], 1, __ATOMIC_RELAXED); /* GDB sends it to main, too */
}

/* Of masks and affinity, there is something to be changed. */
static void *ticker(void *arg)
{
	sigset_t blocked;
	cpu_set_t one;

	pthread_setname_np(pthread_self(), "ticker");
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	__atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; !stop; i++) {
		usleep(TICK * 1000);
		pthread_kill(worker[i % WORKERS], SIGUSR1);
	}
	return arg;
}

/* Is standard input still open?  Waits for a millisecond. */
static int is_wanted(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	return poll(&input, 1, 1) <= 0 || !(input.revents & POLLHUP);
}

/* Is each node on exactly one list? */
static int lists_intact(void)
{
	int found = 0;

	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		for (struct node *n = lists[cpu].head; n; n = n->next, found++)
			if (n->seen++)
				return 0;
	return found == WORKERS * NODES;
}

static int judge(void)
{
	long rounds = 0, signals = 0;

	for (int i = 0; i < WORKERS; i++) {
		rounds += counted[i].value;
		signals += interrupts[i];
	}
	if (verdict(sum(slots), rounds) || verdict(sum(handled), signals))
		return 1;
	if (!lists_intact()) {
		printf("broken: a node is lost or on two lists\n");
		return 1;
	}
	printf("intact: %ld rounds, %ld signals\n", rounds, signals);
	return 0;
}

int main(void)
{
	pthread_t ticks;

	rseq_require();
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	signal(SIGUSR1, tick);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* what GDB has sent may come after it has gone */
	for (long i = 0; i < WORKERS; i++)
		pthread_create(&worker[i], NULL, work, (void *)i);
	pthread_create(&ticks, NULL, ticker, NULL);
	while (__atomic_load_n(&started, __ATOMIC_RELAXED) <= WORKERS)
		usleep(1000);
	puts("ready");
	fflush(stdout);
	while (is_wanted())
		plain(1);
	stop = 1;
	pthread_join(ticks, NULL);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(worker[i], NULL);
	return judge();
}
