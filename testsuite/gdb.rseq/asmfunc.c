/* SPDX-License-Identifier: MIT */
/* Calls each function of asmfunc.S, again where it was aborted. */
#include "rseq-asm.h"

enum status { COMMITTED, ABORTED, LEFT, SHORTCUT };

typedef int function(struct rseq *rs, long *value, long argument);

function lea_store, store_first, store_immediate, gap, store_inside, ret_inside, loop_inside,
	branch_out, branch_declared, compare_abort, branch_commit, over_abort, indirect_inside,
	call_inside, two_sections;
extern char store_first_cs[];

#ifdef __x86_64__
#define CALL(fn, rs, value, argument) fn(rs, value, argument)
#else /* the arguments go where they are on x86-64 */
#define CALL(fn, rs, value, argument) ({					\
	int result;								\
	asm volatile("call *%%eax" : "=a" (result)				\
		     : "a" (fn), "D" (rs), "S" (value), "d" (argument)		\
		     : "ebx", "ecx", "memory", "cc");				\
	result;									\
})
#endif

static long value;
static long yes = 1, no;
static int wrong;

/* Call FN until it is not aborted; it must return EXPECTED and add ADDED. */
static __attribute__((noinline)) void check(function *fn, long argument, int expected, long added)
{
	long before = value;
	int status;

	do {
		status = CALL(fn, rseq_area(), &value, argument);	/* call it */
	} while (status == ABORTED);				/* what it returned */
	if (status != expected || value != before + added) {
		printf("broken: status %d, expected %d\n", status, expected);
		wrong = 1;
	}
}

/* With a wrong CPU number nothing is added and the status is ABORTED. */
static __attribute__((noinline)) void check_compare(void)
{
	long before = value;
	int status = CALL(compare_abort, rseq_area(), &value, -7);/* wrong cpu */

	if (status != ABORTED || value != before)
		wrong = 1;
	do {
		status = CALL(compare_abort, rseq_area(), &value, rseq_cpu());
	} while (status == ABORTED);
	if (status != COMMITTED || value != before + 1)
		wrong = 1;
}

int main(void)
{
	rseq_require();						/* start */
	check(lea_store, 0, COMMITTED, 1);			/* lea_store */
	check(store_first, (long)store_first_cs, COMMITTED, 1); /* store_first */
#ifndef __PIC__
	check(store_immediate, 0, COMMITTED, 1);		/* store_immediate */
#endif
	check(gap, 0, COMMITTED, 1);				/* gap */
	check(store_inside, 0, COMMITTED, 1);			/* store_inside */
	check(ret_inside, (long)&no, COMMITTED, 1);		/* ret_inside, no */
	check(ret_inside, (long)&yes, LEFT, 0);			/* ret_inside, yes */
	check(loop_inside, 0, COMMITTED, 1);			/* loop_inside */
	check(branch_out, (long)&no, COMMITTED, 1);		/* branch_out, no */
	check(branch_out, (long)&yes, LEFT, 0);			/* branch_out, yes */
	check(branch_declared, (long)&no, COMMITTED, 1);	/* branch_declared, no */
	check(branch_declared, (long)&yes, LEFT, 0);		/* branch_declared, yes */
	check_compare();					/* compare_abort */
	check(branch_commit, (long)&no, COMMITTED, 1);		/* branch_commit, no */
	check(branch_commit, (long)&yes, SHORTCUT, 0);		/* branch_commit, yes */
	check(over_abort, 0, COMMITTED, 1);			/* over_abort */
#ifdef WITH_INDIRECT
	check(indirect_inside, 0, COMMITTED, 1);		/* indirect_inside */
#endif
	check(call_inside, 0, COMMITTED, 1);			/* call_inside */
	check(two_sections, (long)&yes, COMMITTED, 1);		/* two_sections, yes */
	check(two_sections, (long)&no, COMMITTED, 2);		/* two_sections, no */
	return wrong;						/* end */
}
