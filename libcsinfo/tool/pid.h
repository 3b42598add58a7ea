/* SPDX-License-Identifier: MIT */
/* What csinfo pid found in one process. */
#ifndef CSINFO_TOOL_PID_H
#define CSINFO_TOOL_PID_H

#include "maps.h"
#include "stop.h"

struct sighting {
	struct process process;
	struct objects objects;
	struct thread *threads;
	size_t n_threads;
};

/* Whether the kernel fills the field of struct rseq that ends at byte END. */
bool rseq_has_field(size_t end);

/* Ends of fields, bytes (linux/rseq.h). */
#define RSEQ_NODE_ID_END 24
#define RSEQ_MM_CID_END 28

/* Why THREAD could not be looked at, static storage; NULL if it was stopped. */
const char *thread_problem(const struct thread *thread);

/* The section, with addresses of its file, whose code PC is in.  False when it is in none. */
bool section_at(const struct objects *objects, uint64_t pc, struct csinfo_section *out);

/* Add the objects to the array, and the member "threads" to the object, that is open. */
void json_objects(const struct objects *objects);
void json_threads(const struct sighting *sighting);

#endif /* CSINFO_TOOL_PID_H */
