/* SPDX-License-Identifier: MIT */
/* A section that is made at run time, with its descriptor on the heap. */
#include "rseq-asm.h"

#include <linux/rseq.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __x86_64__
#define STORE 0x48, 0x89, 0x77, 0x08	/* mov %rsi, 8(%rdi) */
#define COMPARE 0x83, 0x3f, 0x00	/* cmpl $0, (%rdi) */
#define IN_REGISTERS
#else
#define STORE 0x90, 0x89, 0x50, 0x08	/* nop; mov %edx, 8(%eax) */
#define COMPARE 0x83, 0x38, 0x00	/* cmpl $0, (%eax) */
#define IN_REGISTERS __attribute__((regparm(2)))
#endif

typedef IN_REGISTERS void section(struct rseq *area, struct rseq_cs *descriptor);

static const unsigned char code[] = {
	STORE,				/* 0 */
	0x90,				/* 4: nop: start_ip */
	0xcc,				/* 5: int3 */
	COMPARE,			/* 6 */
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
		((section *)jit)(rseq_area(), descriptor);
		ready();
	}
}
