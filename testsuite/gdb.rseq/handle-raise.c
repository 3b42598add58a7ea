/* SPDX-License-Identifier: MIT */
/*
 * In each round the thread sends itself a signal right before, in or right behind a section, as
 * PLACE says.  The handler passes the same section and another one, unless it IS_SHORT.
 */
#include <signal.h>
#include <unistd.h>
#include "add-one.h"
#include "system-call.h"

static struct slot slots[MAX_CPUS];
static volatile int place, is_short, round_, rounds = 100000, handled;
static volatile long value, passes;
static int thread;

#ifdef __x86_64__
#define RAISE_OPERANDS "D" (thread), "S" (SIGUSR1)
#else
#define RAISE_OPERANDS "b" (thread), "c" (SIGUSR1)
#endif

/* tkill(thread, SIGUSR1) where PLACE is NUMBER, once. */
#define RAISE(number)						\
	"cmpl $" STRING(number) ", %[place]\n\t"		\
	"jne 1f\n\t"						\
	"movl $0, %[place]\n\t"					\
	SYSTEM_CALL(SYS_tkill)					\
	"1:\n\t"

/* Add 1 to value; a pass that was aborted begins anew on the same line. */
static __attribute__((noinline)) int pass(void)
{
	struct rseq *rs = rseq_area();	/* pass: start */

again:	asm goto(			/* pass: section */
		RSEQ_ASM_TABLE
		RAISE(1)
		"before_gate: nop\n\t"
		RSEQ_ASM_STORE
		RAISE(2)
		"nop\n\t"
		"add" RSEQ_W " $1, %[value]\n\t"
		RSEQ_ASM_COMMIT
		RAISE(3)
		"nop\n\t"
		RSEQ_ASM_ABORT("again")
		:
		: RSEQ_OPERANDS(rs, 0), [place] "m" (place), [value] "m" (value), RAISE_OPERANDS
		: CALL_CLOBBERS
		: again);
	passes++;			/* pass: done */
	return handled;
}

static void on_signal(int sig)
{
	handled += sig == SIGUSR1;	/* handler */
	if (!is_short) {
		pass();
		count(slots);
	}
}					/* handler: end */

int main(void)
{
	rseq_require();
	signal(SIGUSR1, on_signal);
	thread = getpid();
	for (round_ = 0; round_ < rounds; round_++) {
		count(slots);		/* round starts */
		pass();			/* round: pass */
		count(slots);		/* round ends */
	}
	return verdict(value, passes);	/* end */
}
