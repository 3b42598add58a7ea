/* SPDX-License-Identifier: MIT */
/*
 * Sections whose STORE is reached by a conditional jump, short or near, that may also lead
 * elsewhere; with an instruction between STORE and start_ip, and a loop.  Not for position-independent
 * code: STORE has the descriptor's address in itself.
 */
#include "rseq-asm.h"

#define PASSES 12

static long count, led, elsewhere;

/* Add 1 to *VALUE in the section when JUMP jumps with the flags of WAY. */
#define BY(name, jump, far, loop)						\
static __attribute__((noinline)) int by_##name(long *value, int cpu, int way)	\
{										\
	struct rseq *rs = rseq_area();						\
										\
	asm goto(								\
		RSEQ_ASM_TABLE							\
		"testl %[way], %[way]\n\t"					\
		#name "_gate: " jump " 1f\n\t"					\
		"jmp %l[other]\n\t"						\
		far								\
		"1: mov" RSEQ_W " $10b, %[rseq_cs]\n\t"					\
		#name "_between: nop\n\t"					\
		"11:\n\t"							\
		RSEQ_ASM_CHECK_CPU						\
		loop								\
		#name "_inside: add" RSEQ_W " $1, %[value]\n\t"				\
		RSEQ_ASM_COMMIT							\
		RSEQ_ASM_ABORT("aborted")					\
		:								\
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value), [way] "r" (way)	\
		: RSEQ_CLOBBERS, "ecx", "edx"					\
		: aborted, other);						\
	return 0;								\
aborted:									\
	return -1;								\
other:										\
	return 1;								\
}

BY(je, "je", "", "")
BY(jne, "jne", ".skip 200, 0x90\n\t",
	"movl $0, %%ecx\n\t"
	"jne_loop: addl $1, %%ecx\n\t"
	"movl $5, %%edx\n\t"
	"cmpl $3, %%ecx\n\t"
	"jb jne_loop\n\t")

typedef int adder(long *value, int cpu, int way);

/* Lead to the section where I is odd; aborted passes lead to it again. */
static void pass(adder *add, int i, int way)
{
	int result;

	do {
		led += i & 1;
		result = add(&count, rseq_cpu(), way);
	} while (result < 0);
	elsewhere += result;
}

int main(void)
{
	rseq_require();
	for (int i = 0; i < PASSES; i++) {	/* start */
		pass(by_je, i, !(i & 1));
		pass(by_jne, i, i & 1);
	}
	return count != PASSES || elsewhere != PASSES;	/* end */
}
