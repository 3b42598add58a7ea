/* SPDX-License-Identifier: MIT */
/* The section that most programs here share: add 1 to a slot of this CPU. */
#ifndef ADD_ONE_H
#define ADD_ONE_H

#include "rseq-asm.h"

#ifndef ADD_ONE_KIND
#define ADD_ONE_KIND static __attribute__((noinline, unused))
#endif

#define MAX_CPUS 1024

struct slot {
	long value;
} __attribute__((aligned(64)));

/* RSEQ_ASM_ARM with the labels GATE and STORE on its instructions. */
#ifdef __x86_64__
#define ARM_AT(gate, store)							\
	gate ": leaq 10b(%%rip), %%rax\n\t"					\
	store ": movq %%rax, %[rseq_cs]\n\t"
#else
#define ARM_AT(gate, store)							\
	gate ": nop\n\t"							\
	store ": movl $10b, %[rseq_cs]\n\t"
#endif

/*
 * The section: add 1 to *VALUE while on CPU, else go to aborted.  RS is the area; LABEL, a
 * string, may name what is inside.
 */
#define ADD_ONE_SECTION(label)							\
	asm goto(								\
		RSEQ_ASM_TABLE							\
		RSEQ_ASM_STORE							\
		RSEQ_ASM_CHECK_CPU						\
		label "mov %[value], %%" RSEQ_CX "\n\t"				\
		"add $1, %%" RSEQ_CX "\n\t"					\
		"mov %%" RSEQ_CX ", %[value]\n\t"				\
		RSEQ_ASM_COMMIT							\
		RSEQ_ASM_ABORT("aborted")					\
		:								\
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)			\
		: RSEQ_CLOBBERS, RSEQ_CX					\
		: aborted)

/* Add 1 to *VALUE while on CPU.  Returns 0, or -1 when it has to be redone. */
ADD_ONE_KIND int add_one(long *value, int cpu)
{
	struct rseq *rs = rseq_area();	/* add_one: start */

	ADD_ONE_SECTION("");		/* add_one: section */
	return 0;			/* add_one: committed */
aborted:
	return -1;			/* add_one: aborted */
}

/* Add 1 to the slot of this CPU, in as many passes as it takes. */
ADD_ONE_KIND int count(struct slot *slots)
{
	int cpu;

	do {
		cpu = rseq_cpu();			/* count: which cpu */
	} while (add_one(&slots[cpu].value, cpu));	/* count: pass */
	return cpu;					/* count: counted */
}

static inline long sum(const struct slot *slots)
{
	long total = 0;

	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		total += slots[cpu].value;
	return total;
}

/* The exit status of a program that counted EXPECTED events. */
static inline int verdict(long counted, long expected)
{
	if (counted == expected)
		return 0;
	printf("broken: %ld counted, %ld expected\n", counted, expected);
	return 1;
}

#endif /* ADD_ONE_H */
