/* SPDX-License-Identifier: MIT */
/*
 * A section that calls a function, for breakpoints which GDB sets for a time.
 * Build with -mno-red-zone: the call is hidden from the compiler.
 */
#include "rseq-asm.h"

#ifdef __x86_64__
#define CALL_CLOBBERS "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"
#else
#define CALL_CLOBBERS "eax", "ecx", "edx"
#endif

static long count, called;

__attribute__((used, noinline)) static void helper(void)
{
	called++;				/* in helper */
}

static __attribute__((noinline)) int around(long *value, int cpu)
{
	struct rseq *rs = rseq_area();

	asm goto(
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		RSEQ_ASM_CHECK_CPU
		"call helper\n\t"
		"around_back: add" RSEQ_W " $1, %[value]\n\t"
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("aborted")
		:
		: RSEQ_OPERANDS(rs, cpu), [value] "m" (*value)
		: RSEQ_CLOBBERS, CALL_CLOBBERS
		: aborted);
	return 0;
aborted:
	return -1;
}

int main(void)
{
	rseq_require();
	while (around(&count, rseq_cpu()))	/* start */
		;
	return count != 1;			/* end */
}
