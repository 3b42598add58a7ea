/* SPDX-License-Identifier: MIT */
/* A section that is made at run time, with its descriptor on the heap. */
#include "rseq-asm.h"

#include <linux/rseq.h>
#include <string.h>
#include <sys/mman.h>

/* void section(struct rseq *area, struct rseq_cs *descriptor) */
static const unsigned char code[] = {
	0x48, 0x89, 0x77, 0x08,		/* 0: mov %rsi, 8(%rdi) */
	0x90,				/* 4: nop: start_ip */
	0xcc,				/* 5: int3 */
	0x83, 0x3f, 0x00,		/* 6: cmpl $0, (%rdi) */
	0x74, 0x01,			/* 9: je 12 */
	0x90,				/* 11: nop */
	0xc3,				/* 12: ret: commit */
	0x0f, 0xb9, 0x3d,		/* 13: ud1 sig(%rip), %edi */
	0x53, 0x30, 0x05, 0x53,
	0xc3,				/* 20: ret: abort_ip */
};

struct rseq_cs *descriptor;
char *jit;

static __attribute__((noinline)) void ready(void)
{
	__asm__ volatile ("");
}

int main(void)
{
	rseq_require();
	jit = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(jit, code, sizeof(code));
	descriptor = aligned_alloc(32, 32);
	descriptor->version = descriptor->flags = 0;
	descriptor->start_ip = (unsigned long)jit + 4;
	descriptor->post_commit_offset = 8;
	descriptor->abort_ip = (unsigned long)jit + 20;
	for (;;) {
		((void (*)(struct rseq *, struct rseq_cs *))jit)(rseq_area(), descriptor);
		ready();
	}
}
