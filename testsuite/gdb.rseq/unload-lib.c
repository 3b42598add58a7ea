/* SPDX-License-Identifier: MIT */
/* A section in which a thread waits for a signal, in a library. */
#include "rseq-asm.h"
#include "system-call.h"

/* Wait inside until IS_OVER, or say that it WAITS. */
int lib_wait(volatile int *waits, volatile int *is_over)
{
	struct rseq *rs = rseq_area();		/* lib_wait: start */

again:	asm goto(				/* lib_wait: section */
		RSEQ_ASM_TABLE
		RSEQ_ASM_STORE
		"cmpl $0, (%[is_over])\n\t"
		"jne 12f\n\t"
		"movl $1, (%[waits])\n\t"
		SYSTEM_CALL(SYS_pause)
		"nop\n\t"	/* where the signal comes */
		RSEQ_ASM_COMMIT
		RSEQ_ASM_ABORT("again")
		:
		: RSEQ_OPERANDS(rs, 0), [waits] "r" (waits), [is_over] "r" (is_over)
		: CALL_CLOBBERS
		: again);
	return *waits;				/* lib_wait: waited */
}
