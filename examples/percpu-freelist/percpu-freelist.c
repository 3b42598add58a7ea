/* SPDX-License-Identifier: MIT */
/*
 * A free list with one head per CPU.  Threads pop a node from the list of their
 * CPU and push it back, perhaps on another one.
 *
 * Both sections have two stores: the first to memory that only this thread sees
 * (harmless when the section is redone), the second commits.  Both have a side
 * exit: an empty list is a declared exit point, a frozen list is not: its branch
 * goes to a stub in another ELF section that nothing describes.
 *
 * Usage: percpu-freelist [OPERATIONS-PER-THREAD [THREADS]]
 */
#include <pthread.h>
#include "../rseq-asm.h"

#define MAX_CPUS 1024
#define MAX_THREADS 64
#define NODES 16 /* per thread */
#define FREEZE 64 /* operations between two freezes */

enum status { DONE, AGAIN, EMPTY, FROZEN };

struct node {
	struct node *next;
	int seen;
};

struct list {
	struct node *head;
	long frozen;
} __attribute__((aligned(64)));

static struct list list[MAX_CPUS];
static struct node node[MAX_THREADS * NODES];
static long operations = 20000;

/* Leave for the C label NAME by way of a stub outside, when LIST is frozen. */
#define LEAVE_WHEN_FROZEN(name)				\
	"cmpq $0, %[is_frozen]\n\t"			\
	"jne 20f\n\t"					\
	".pushsection __rseq_failure, \"ax\"\n\t"	\
	"20:\n\t"					\
	"jmp %l[" name "]\n\t"				\
	".popsection\n\t"

/* Put N in front of LIST while on CPU. */
static __attribute__((noinline)) enum status list_push(struct list *list, struct node *n, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		LEAVE_WHEN_FROZEN("frozen")
		"movq %[head], %%rcx\n\t"
		"movq %%rcx, %[next]\n\t"
		"movq %[node], %[head]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [node] "r" (n), [next] "m" (n->next),
		  [head] "m" (list->head), [is_frozen] "m" (list->frozen)
		: RSEQ_CLOBBERS, "rcx"
		: aborted, frozen);
	return DONE;
aborted:
	return AGAIN;
frozen:
	return FROZEN;
}

/* Take the first node of LIST to *OUT while on CPU. */
static __attribute__((noinline)) enum status list_pop(struct list *list, struct node **out, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_EXIT("empty")
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		LEAVE_WHEN_FROZEN("frozen")
		"movq %[head], %%rcx\n\t"
		"testq %%rcx, %%rcx\n\t"
		"jz %l[empty]\n\t"
		"movq (%%rcx), %%rdx\n\t"
		"movq %%rcx, (%[out])\n\t"
		"movq %%rdx, %[head]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [out] "r" (out),
		  [head] "m" (list->head), [is_frozen] "m" (list->frozen)
		: RSEQ_CLOBBERS, "rcx", "rdx"
		: aborted, empty, frozen);
	return DONE;
aborted:
	return AGAIN;
empty:
	return EMPTY;
frozen:
	return FROZEN;
}

static void set_frozen(int cpu, long value)
{
	__atomic_store_n(&list[cpu].frozen, value, __ATOMIC_RELAXED);
}

/* Put N on the list of this CPU. */
static __attribute__((noinline)) void give(struct node *n)
{
	enum status status;

	do {
		int cpu = rseq_cpu();

		status = list_push(&list[cpu], n, cpu);
		if (status == FROZEN)
			set_frozen(cpu, 0);
	} while (status != DONE);
}

/* A node from the list of this CPU, or NULL. */
static __attribute__((noinline)) struct node *take(void)
{
	enum status status;
	struct node *n = NULL;

	do {
		int cpu = rseq_cpu();

		status = list_pop(&list[cpu], &n, cpu);
		if (status == FROZEN)
			set_frozen(cpu, 0);
	} while (status == AGAIN || status == FROZEN);
	return status == EMPTY ? NULL : n;
}

static void *work(void *arg)
{
	struct node *own = arg;

	for (int i = 0; i < NODES; i++)
		give(&own[i]);
	for (long i = 0; i < operations; i++) {
		struct node *n = take();

		if (n)
			give(n);
		if (i % FREEZE == 0)
			set_frozen(rseq_cpu(), 1);
	}
	return NULL;
}

/* Is each of the first TOTAL nodes on exactly one list? */
static int lists_intact(int total)
{
	int found = 0;

	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		for (struct node *n = list[cpu].head; n; n = n->next) {
			if (n->seen++)
				return 0;
			found++;
		}
	}
	return found == total;
}

int main(int argc, char **argv)
{
	int threads = 4;
	pthread_t thread[MAX_THREADS];

	if (argc > 1)
		operations = atol(argv[1]);
	if (argc > 2)
		threads = atoi(argv[2]);
	if (operations < 0 || threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "Usage: %s [OPERATIONS [THREADS]]\n", argv[0]);
		return 2;
	}
	rseq_require();
	for (int i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, work, &node[i * NODES]);
	work(node);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	if (!lists_intact(threads * NODES)) {
		printf("broken: a node is lost or on two lists\n");
		return 1;
	}
	printf("all %d nodes are there\n", threads * NODES);
	return 0;
}
