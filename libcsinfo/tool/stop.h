/* SPDX-License-Identifier: MIT */
/* What a thread is about, seen in a short stop. */
#ifndef CSINFO_TOOL_STOP_H
#define CSINFO_TOOL_STOP_H

#include <stdint.h>

#include "process.h"

/* How a thread was looked at. */
enum sight {
	SIGHT_STOPPED = 0, /* all that follows is of one moment */
	SIGHT_RUNNING,	   /* not stopped, by wish: only the pc of a thread in a system call */
	SIGHT_GONE,	   /* it ended before it could be looked at */
	SIGHT_STUCK,	   /* it did not stop in time: it is in the kernel, uninterruptibly */
	SIGHT_REFUSED,	   /* `error' says why it can't be traced */
};

/* The fields of struct rseq and struct rseq_cs of <linux/rseq.h>. */
struct area {
	uint32_t cpu_id_start;
	uint32_t cpu_id;
	uint64_t rseq_cs;
	uint32_t flags;
	uint32_t node_id;
	uint32_t mm_cid;
};

struct descriptor {
	uint32_t version;
	uint32_t flags;
	uint64_t start_ip;
	uint64_t post_commit_offset;
	uint64_t abort_ip;
};

struct thread {
	pid_t tid;
	char name[32];
	enum sight sight;
	int error;	 /* errno of SIGHT_REFUSED */
	pid_t tracer;	 /* with it: the process that traces the thread already, or 0 */
	bool has_pc;	 /* below */
	bool has_config; /* address, size, signature */
	bool has_area;
	bool has_descriptor;
	uint64_t pc;
	uint64_t address; /* of its struct rseq; 0 = not registered */
	uint32_t size;
	uint32_t signature;
	struct area area;
	struct descriptor descriptor; /* where area.rseq_cs points to */
};

/* Whether the kernel would abort the section that the thread stands in. */
bool thread_is_inside(const struct thread *thread);

/*
 * Look at every thread of PROCESS, with a STOP of each or without.  No thread is left stopped
 * or traced, whatever ends this program.  Returns the threads, to be freed, in order of their
 * numbers, and how many in *N.
 */
struct thread *threads_look(struct process *process, bool stop, size_t *n);

#endif /* CSINFO_TOOL_STOP_H */
