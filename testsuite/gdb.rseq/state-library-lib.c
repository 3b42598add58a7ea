/* SPDX-License-Identifier: MIT */
/* A library with an __rseq_abi that it registers, at a place of each thread's own. */
#define _GNU_SOURCE
#include <linux/rseq.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_rseq
#ifdef __x86_64__
#define __NR_rseq 334
#else
#define __NR_rseq 386
#endif
#endif

__thread struct rseq __rseq_abi __attribute__((aligned(32))) = { .cpu_id = -1 };

struct rseq *library_register(void)
{
	if (syscall(__NR_rseq, &__rseq_abi, 32, 0, 0x53053053))
		abort();
	return &__rseq_abi;
}
