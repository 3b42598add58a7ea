/* SPDX-License-Identifier: MIT */
/* Values of the types that have pretty printers. */
#include "rseq-asm.h"
#include <linux/rseq.h>

/* As librseq has it. */
struct rseq_abi {
	unsigned int cpu_id_start;
	unsigned int cpu_id;
	union {
		unsigned long long ptr64;
		struct {
			unsigned int low, high;
		} arch;
	} rseq_cs;
	unsigned int flags;
	unsigned int node_id;
};

/* As tcmalloc has it. */
struct kernel_rseq {
	unsigned int cpu_id_start;
	unsigned int cpu_id;
	unsigned long long rseq_cs;
	unsigned int flags;
	unsigned int padding[2];
	union {
		struct {
			short numa_node_id;
			short vcpu_id;
		};
		int vcpu_flat;
	};
};

/* Has only the name. */
struct kernel_rseq_cs {
	int flags;
};

extern struct rseq_cs lea_store_cs;

struct rseq plain;
struct rseq unregistered = {.cpu_id = -1};
struct rseq failed = {.cpu_id = -2};
struct rseq marked = {.cpu_id_start = 0x8012f000, .cpu_id = 3};
struct rseq flagged = {.flags = 0x43};
struct rseq_abi active = {.cpu_id_start = 1, .cpu_id = 1, .node_id = 2};
struct rseq_abi unknown = {.rseq_cs.ptr64 = 0x1234};
struct rseq_cs *descriptor = &lea_store_cs;
struct kernel_rseq tcmalloc = {.padding = {1, 2}, .numa_node_id = 3, .vcpu_id = 4};
struct kernel_rseq_cs other = {3};

int main(void)
{
	active.rseq_cs.ptr64 = (unsigned long)&lea_store_cs;
	return other.flags != 3; /* all set */
}
