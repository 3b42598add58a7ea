/* SPDX-License-Identifier: MIT */
/*
 * Sections of many shapes, each instruction on a line of its own.  All are
 *	int FUNCTION(struct rseq *rs, long *value, long argument)
 * add 1 to *VALUE, and return enum status of asmfunc.c.
 */
#include "rseq-asm.h"

#define COMMITTED 0
#define ABORTED 1
#define LEFT 2
#define SHORTCUT 3

.macro function name
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
.endm

.macro end name
	.cfi_endproc
	.size	\name, . - \name
	.p2align 4, 0xcc
.endm

.macro section name
	rseq_table \name\()_cs, .L\name\()_start, .L\name\()_commit, .L\name\()_abort
.endm

/* The section's table and its abort handler, which returns ABORTED. */
.macro section_and_handler name
	section \name
	rseq_abort .L\name\()_abort, .Lreturn_aborted
.endm

	.text
.Lreturn_aborted:
	movl	$ABORTED, %eax			/* return aborted */
	ret

/* Starts with the load and STORE. */
function lea_store
	leaq	lea_store_cs(%rip), %rax	/* lea_store: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* lea_store: store */
.Llea_store_start:
	movq	(%rsi), %r8			/* lea_store: start */
	addq	$1, %r8				/* lea_store: inside */
	movq	%r8, (%rsi)			/* lea_store: last */
.Llea_store_commit:
	movl	$COMMITTED, %eax		/* lea_store: commit */
	ret					/* lea_store: return */
end lea_store
	section_and_handler lea_store		/* lea_store: handler */

/* Starts with STORE: the caller passes the descriptor. */
function store_first
	movq	%rdx, RSEQ_CS(%rdi)		/* store_first: store */
.Lstore_first_start:
	movq	(%rsi), %r8			/* store_first: start */
	addq	$1, %r8				/* store_first: inside */
	movq	%r8, (%rsi)			/* store_first: last */
.Lstore_first_commit:
	movl	$COMMITTED, %eax		/* store_first: commit */
	ret
end store_first
	section_and_handler store_first

#ifndef __PIC__
/* Starts with STORE of an immediate. */
function store_immediate
	movq	$store_immediate_cs, RSEQ_CS(%rdi) /* store_immediate: store */
.Lstore_immediate_start:
	movq	(%rsi), %r8			/* store_immediate: start */
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lstore_immediate_commit:
	movl	$COMMITTED, %eax		/* store_immediate: commit */
	ret
end store_immediate
	section_and_handler store_immediate
#endif

/* Instructions between STORE and start_ip. */
function gap
	leaq	gap_cs(%rip), %rax		/* gap: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* gap: store */
	xorl	%r9d, %r9d			/* gap: first between */
	addl	$1, %r9d			/* gap: second between */
.Lgap_start:
	movq	(%rsi), %r8			/* gap: start */
	addq	%r9, %r8
	movq	%r8, (%rsi)
.Lgap_commit:
	movl	$COMMITTED, %eax		/* gap: commit */
	ret
end gap
	section_and_handler gap

/* STORE is the first instruction of the range. */
function store_inside
	leaq	store_inside_cs(%rip), %rax	/* store_inside: gate */
.Lstore_inside_start:
	movq	%rax, RSEQ_CS(%rdi)		/* store_inside: store */
	movq	(%rsi), %r8			/* store_inside: inside */
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lstore_inside_commit:
	movl	$COMMITTED, %eax		/* store_inside: commit */
	ret
end store_inside
	section_and_handler store_inside

/* A return inside, taken when *ARGUMENT is not 0. */
function ret_inside
	leaq	ret_inside_cs(%rip), %rax	/* ret_inside: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* ret_inside: store */
.Lret_inside_start:
	movl	$LEFT, %eax			/* ret_inside: start */
	cmpq	$0, (%rdx)
	je	1f
	ret					/* ret_inside: return */
1:	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lret_inside_commit:
	movl	$COMMITTED, %eax		/* ret_inside: commit */
	ret
end ret_inside
	section_and_handler ret_inside

/* A loop inside. */
function loop_inside
	movl	$10, %ecx
	leaq	loop_inside_cs(%rip), %rax	/* loop_inside: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* loop_inside: store */
.Lloop_inside_start:
	movq	(%rsi), %r8			/* loop_inside: start */
1:	subl	$1, %ecx			/* loop_inside: loop */
	jnz	1b
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lloop_inside_commit:
	movl	$COMMITTED, %eax		/* loop_inside: commit */
	ret
end loop_inside
	section_and_handler loop_inside

/* A branch past the end that nothing declares, taken when *ARGUMENT is not 0. */
function branch_out
	leaq	branch_out_cs(%rip), %rax	/* branch_out: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* branch_out: store */
.Lbranch_out_start:
	cmpq	$0, (%rdx)			/* branch_out: start */
	jne	.Lbranch_out_left
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lbranch_out_commit:
	movl	$COMMITTED, %eax		/* branch_out: commit */
	ret
.Lbranch_out_left:
	movl	$LEFT, %eax			/* branch_out: left */
	ret
end branch_out
	section_and_handler branch_out

/* The same with a declared exit. */
function branch_declared
	leaq	branch_declared_cs(%rip), %rax	/* branch_declared: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* branch_declared: store */
.Lbranch_declared_start:
	cmpq	$0, (%rdx)			/* branch_declared: start */
	jne	.Lbranch_declared_left
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lbranch_declared_commit:
	movl	$COMMITTED, %eax		/* branch_declared: commit */
	ret
.Lbranch_declared_left:
	movl	$LEFT, %eax			/* branch_declared: left */
	ret
end branch_declared
	section_and_handler branch_declared
	rseq_exit .Lbranch_declared_start, .Lbranch_declared_left

/* A compare that jumps to abort_ip, taken when ARGUMENT is not this CPU. */
function compare_abort
	leaq	compare_abort_cs(%rip), %rax	/* compare_abort: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* compare_abort: store */
.Lcompare_abort_start:
	cmpl	%edx, RSEQ_CPU_ID(%rdi)		/* compare_abort: start */
	jne	.Lcompare_abort_abort
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lcompare_abort_commit:
	movl	$COMMITTED, %eax		/* compare_abort: commit */
	ret
end compare_abort
	section_and_handler compare_abort	/* compare_abort: handler */

/* A branch to the commit address, taken when *ARGUMENT is not 0. */
function branch_commit
	leaq	branch_commit_cs(%rip), %rax	/* branch_commit: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* branch_commit: store */
.Lbranch_commit_start:
	movl	$SHORTCUT, %eax			/* branch_commit: start */
	cmpq	$0, (%rdx)
	jne	.Lbranch_commit_commit
	movl	$COMMITTED, %eax
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lbranch_commit_commit:
	nop					/* branch_commit: commit */
	ret
end branch_commit
	section_and_handler branch_commit

/* Ends in a jump over its own abort handler: the commit address is the signature. */
function over_abort
	leaq	over_abort_cs(%rip), %rax	/* over_abort: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* over_abort: store */
.Lover_abort_start:
	movq	(%rsi), %r8			/* over_abort: start */
	addq	$1, %r8
	movq	%r8, (%rsi)
	jmp	.Lover_abort_done		/* over_abort: last */
.Lover_abort_commit:
	.long	RSEQ_SIG
.Lover_abort_abort:
	movl	$ABORTED, %eax			/* over_abort: handler */
	ret
.Lover_abort_done:
	movl	$COMMITTED, %eax		/* over_abort: done */
	ret
end over_abort
	section over_abort

/* An indirect jump inside. */
function indirect_inside
	leaq	.Lindirect_target(%rip), %rcx
	leaq	indirect_inside_cs(%rip), %rax	/* indirect_inside: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* indirect_inside: store */
.Lindirect_inside_start:
	movq	(%rsi), %r8			/* indirect_inside: start */
	jmp	*%rcx
.Lindirect_target:
	addq	$1, %r8
	movq	%r8, (%rsi)
.Lindirect_inside_commit:
	movl	$COMMITTED, %eax		/* indirect_inside: commit */
	ret
end indirect_inside
	section_and_handler indirect_inside

/* A call inside. */
function call_inside
	leaq	call_inside_cs(%rip), %rax	/* call_inside: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* call_inside: store */
.Lcall_inside_start:
	movq	(%rsi), %r8			/* call_inside: start */
	call	add_to_r8
	movq	%r8, (%rsi)
.Lcall_inside_commit:
	movl	$COMMITTED, %eax		/* call_inside: commit */
	ret
end call_inside
	section_and_handler call_inside

function add_to_r8
	addq	$1, %r8				/* add_to_r8: first */
	ret
end add_to_r8

/* Two sections, the second right behind the first; the branch skips the first. */
function two_sections
	movl	$LEFT, %eax			/* two_sections: first */
	cmpq	$0, (%rdx)
	jne	.Ltwo_second
	leaq	two_sections_cs(%rip), %rax	/* two_sections: gate */
	movq	%rax, RSEQ_CS(%rdi)		/* two_sections: store */
.Ltwo_sections_start:
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Ltwo_sections_commit:
.Ltwo_second:
	leaq	two_second_cs(%rip), %rax	/* two_sections: second gate */
	movq	%rax, RSEQ_CS(%rdi)		/* two_sections: second store */
.Ltwo_second_start:
	movq	(%rsi), %r8
	addq	$1, %r8
	movq	%r8, (%rsi)
.Ltwo_second_commit:
	movl	$COMMITTED, %eax		/* two_sections: commit */
	ret
end two_sections
	section_and_handler two_sections
	section_and_handler two_second

	.section .note.GNU-stack, "", @progbits
