// SPDX-License-Identifier: MIT
/*
 * What a thread is about, seen in a short stop.
 *
 * One thread is stopped at a time, and let go before the next.  The tracer is a thread of this
 * program that ends before anything is printed, and at once when a thread does not stop: when a
 * tracer ends, also because this program dies, the kernel lets go of what it traces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "stop.h"
#include "text.h"

/* <linux/ptrace.h> can't be included beside <sys/ptrace.h>, whose glibc may be older. */
#define GET_SYSCALL_INFO 0x420e	      /* Linux 5.3 */
#define GET_RSEQ_CONFIGURATION 0x420f /* Linux 5.13 */

struct rseq_configuration {
	uint64_t address;
	uint32_t size;
	uint32_t signature;
	uint32_t flags;
	uint32_t pad;
};

/* The beginning of struct ptrace_syscall_info, which is the same at every stop. */
struct syscall_info {
	uint8_t op;
	uint8_t pad[3];
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t stack_pointer;
	uint64_t rest[10];
};

/* How long a thread may take to stop, and between two looks whether it has. */
#define TIMEOUT_NS (1000 * 1000 * 1000LL)
#define PAUSE_NS (20 * 1000L)

/* Threads that begin meanwhile are looked for again, but not for ever. */
#define MAX_ROUNDS 20

struct look {
	struct process *process;
	bool stop;
	struct thread *threads; /* the first N_SORTED are in order of their numbers */
	size_t n;
	size_t n_sorted;
	int round;
	bool is_stuck; /* this tracer has to end, for its last thread to be let go */
};

bool thread_is_inside(const struct thread *thread)
{
	return thread->has_pc && thread->has_descriptor &&
	       thread->pc - thread->descriptor.start_ip < thread->descriptor.post_commit_offset;
}

static bool read_memory(pid_t tid, uint64_t address, void *buffer, size_t size)
{
	struct iovec local = {buffer, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};

	/* A 32-bit program can't look at all of a 64-bit one. */
	if (address > UINTPTR_MAX)
		return false;
	return process_vm_readv(tid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* The layout of <linux/rseq.h>; every registered area has at least these 32 bytes. */
static void read_area(struct thread *thread)
{
	struct {
		uint32_t cpu_id_start, cpu_id;
		uint64_t rseq_cs;
		uint32_t flags, node_id, mm_cid, last;
	} raw;
	struct {
		uint32_t version, flags;
		uint64_t start_ip, post_commit_offset, abort_ip;
	} cs;

	if (!read_memory(thread->tid, thread->address, &raw, sizeof(raw)))
		return;
	thread->has_area = true;
	thread->area = (struct area){raw.cpu_id_start, raw.cpu_id,  raw.rseq_cs,
				     raw.flags,	       raw.node_id, raw.mm_cid};
	if (!raw.rseq_cs || !read_memory(thread->tid, raw.rseq_cs, &cs, sizeof(cs)))
		return;
	thread->has_descriptor = true;
	thread->descriptor = (struct descriptor){cs.version, cs.flags, cs.start_ip,
						 cs.post_commit_offset, cs.abort_ip};
}

/* Fill THREAD, which is stopped. */
static void read_stopped(struct thread *thread)
{
	struct rseq_configuration config = {0};
	struct syscall_info info = {0};

	if (ptrace(GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) > 0) {
		thread->has_pc = true;
		thread->pc = info.instruction_pointer;
	}
	if (ptrace(GET_RSEQ_CONFIGURATION, thread->tid, sizeof(config), &config) > 0) {
		thread->has_config = true;
		thread->address = config.address;
		thread->size = config.size;
		thread->signature = config.signature;
	}
	if (thread->address)
		read_area(thread);
}

/* Wait until TID stops or ends.  Returns 0 and *STATUS; ETIMEDOUT; ECHILD. */
static int wait_for_stop(pid_t tid, int *status)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct timespec now, begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;;) {
		pid_t found = waitpid(tid, status, __WALL | WNOHANG);

		if (found == tid)
			return 0;
		if (found < 0 && errno != EINTR)
			return errno;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((now.tv_sec - begin.tv_sec) * 1000000000LL + now.tv_nsec - begin.tv_nsec >
		    TIMEOUT_NS)
			return ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

/* The signal to give to a thread that stopped with STATUS when it is let go. */
static int signal_of(int status)
{
	/* An event, or a stop for job control, which goes on by itself, has one up there. */
	return status >> 16 ? 0 : WSTOPSIG(status);
}

/* Stop the thread, which is traced, look at it, and let it go. */
static void look_traced(const struct process *process, struct thread *thread)
{
	int status;
	int error;

	ptrace(PTRACE_INTERRUPT, thread->tid, NULL, NULL);
	error = wait_for_stop(thread->tid, &status);
	if (error || !WIFSTOPPED(status)) {
		thread->sight = error == ETIMEDOUT ? SIGHT_STUCK : SIGHT_GONE;
		return;
	}
	/* It may be about to end; or its number went to another process just before. */
	if (status >> 16 == PTRACE_EVENT_EXIT || !process_has_thread(process, thread->tid))
		thread->sight = SIGHT_GONE;
	else
		read_stopped(thread);
	ptrace(PTRACE_DETACH, thread->tid, NULL, (void *)(intptr_t)signal_of(status));
}

/* Say in THREAD why it can't be traced: ERROR, or what /proc tells. */
static void explain(const struct process *process, struct thread *thread, int error)
{
	static const char key[] = "\nTracerPid:";
	char path[48], status[4096];
	const char *at;

	thread->sight = SIGHT_REFUSED;
	thread->error = error;
	snprintf(path, sizeof(path), "task/%d/status", (int)thread->tid);
	/* A first thread that has ended stays as a zombie until the others have. */
	if (process_read_file(process, path, status, sizeof(status)) < 0 || error == ESRCH ||
	    strstr(status, "\nState:\tZ") || strstr(status, "\nState:\tX"))
		thread->sight = SIGHT_GONE;
	else if ((at = strstr(status, key)))
		thread->tracer = (pid_t)strtol(at + strlen(key), NULL, 10);
}

static void look_stopped(const struct process *process, struct thread *thread)
{
	/* A thread that ends is seen before it does: wait() would not tell of a first thread. */
	if (ptrace(PTRACE_SEIZE, thread->tid, NULL, (void *)PTRACE_O_TRACEEXIT) == 0)
		look_traced(process, thread);
	else
		explain(process, thread, errno);
}

/* The pc of a thread that waits in a system call is known without a stop. */
static void look_running(const struct process *process, struct thread *thread)
{
	char path[48], text[512];
	char *last;

	thread->sight = SIGHT_RUNNING;
	snprintf(path, sizeof(path), "task/%d/syscall", (int)thread->tid);
	if (process_read_file(process, path, text, sizeof(text)) < 0)
		return;
	last = strrchr(text, ' ');
	if (!last)
		return; /* "running" */
	thread->has_pc = true;
	thread->pc = strtoull(last, NULL, 16);
}

static void look_at(struct look *look, pid_t tid)
{
	struct thread *thread;
	char path[48];

	look->threads = memory_resize(look->threads, look->n + 1, sizeof(*look->threads));
	thread = &look->threads[look->n++];
	*thread = (struct thread){.tid = tid};
	snprintf(path, sizeof(path), "task/%d/comm", (int)tid);
	if (process_read_file(look->process, path, thread->name, sizeof(thread->name)) > 0)
		thread->name[strcspn(thread->name, "\n")] = '\0';
	if (look->stop)
		look_stopped(look->process, thread);
	else
		look_running(look->process, thread);
	look->is_stuck = thread->sight == SIGHT_STUCK;
}

static int compare_threads(const void *left, const void *right)
{
	const struct thread *a = left;
	const struct thread *b = right;

	return (a->tid > b->tid) - (a->tid < b->tid);
}

static bool is_known(const struct look *look, pid_t tid)
{
	const struct thread key = {.tid = tid};

	return look->n_sorted &&
	       bsearch(&key, look->threads, look->n_sorted, sizeof(key), compare_threads);
}

/* Look at the threads that are not known yet.  Returns whether to go on. */
static bool look_round(struct look *look)
{
	if (!process_list_threads(look->process))
		return false;
	for (size_t i = 0; i < look->process->n_threads && !look->is_stuck; i++)
		if (!is_known(look, look->process->threads[i]))
			look_at(look, look->process->threads[i]);
	if (look->n == look->n_sorted)
		return false;
	qsort(look->threads, look->n, sizeof(*look->threads), compare_threads);
	look->n_sorted = look->n;
	return !look->is_stuck;
}

static void *look_all(void *data)
{
	struct look *look = data;

	while (look->round < MAX_ROUNDS && look_round(look))
		look->round++;
	return NULL;
}

/* Run one tracer to its end.  Returns whether there is more to look at. */
static bool run_tracer(struct look *look)
{
	pthread_t tracer;

	look->is_stuck = false;
	if (pthread_create(&tracer, NULL, look_all, look) != 0)
		return false;
	pthread_join(tracer, NULL);
	return look->is_stuck;
}

struct thread *threads_look(struct process *process, bool stop, size_t *n)
{
	struct look look = {.process = process, .stop = stop};
	sigset_t stops, before;

	/* Ctrl-Z while a thread is stopped would keep it so. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &stops, &before);
	while (run_tracer(&look))
		continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	*n = look.n;
	return look.threads;
}
