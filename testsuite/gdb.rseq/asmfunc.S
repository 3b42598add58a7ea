/* SPDX-License-Identifier: MIT */
/*
 * Sections of many shapes, each instruction on a line of its own.  All are
 *	int FUNCTION(struct rseq *rs, long *value, long argument)
 * add 1 to *VALUE, and return enum status of asmfunc.c.
 */
#include "rseq-asm.h"

#ifdef __x86_64__
#define AX %rax
#define CX %rcx
#define DX %rdx
#define SI %rsi
#define DI %rdi
#define R8 %r8
#define MOVE movq
#define ADDRESS(symbol, register) leaq symbol(%rip), register
#else /* called with the same registers: see asmfunc.c */
#define AX %eax
#define CX %ecx
#define DX %edx
#define SI %esi
#define DI %edi
#define R8 %ebx
#define MOVE movl
#define ADDRESS(symbol, register) movl $symbol, register
#endif

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

/* Starts with the load and STORE. */
function lea_store
	ADDRESS(lea_store_cs, AX)	/* lea_store: gate */
	mov	AX, RSEQ_CS(DI)		/* lea_store: store */
.Llea_store_start:
	mov	(SI), R8			/* lea_store: start */
	add	$1, R8				/* lea_store: inside */
	mov	R8, (SI)			/* lea_store: last */
.Llea_store_commit:
	movl	$COMMITTED, %eax		/* lea_store: commit */
	ret					/* lea_store: return */
end lea_store
	section_and_handler lea_store		/* lea_store: handler */

/* Starts with STORE: the caller passes the descriptor. */
function store_first
	mov	DX, RSEQ_CS(DI)		/* store_first: store */
.Lstore_first_start:
	mov	(SI), R8			/* store_first: start */
	add	$1, R8				/* store_first: inside */
	mov	R8, (SI)			/* store_first: last */
.Lstore_first_commit:
	movl	$COMMITTED, %eax		/* store_first: commit */
	ret
end store_first
	section_and_handler store_first

#ifndef __PIC__
/* Starts with STORE of an immediate. */
function store_immediate
	MOVE	$store_immediate_cs, RSEQ_CS(DI) /* store_immediate: store */
.Lstore_immediate_start:
	mov	(SI), R8			/* store_immediate: start */
	add	$1, R8
	mov	R8, (SI)
.Lstore_immediate_commit:
	movl	$COMMITTED, %eax		/* store_immediate: commit */
	ret
end store_immediate
	section_and_handler store_immediate
#endif

/* Instructions between STORE and start_ip. */
function gap
	ADDRESS(gap_cs, AX)		/* gap: gate */
	mov	AX, RSEQ_CS(DI)		/* gap: store */
	xorl	%ecx, %ecx			/* gap: first between */
	addl	$1, %ecx			/* gap: second between */
.Lgap_start:
	mov	(SI), R8			/* gap: start */
	add	CX, R8
	mov	R8, (SI)
.Lgap_commit:
	movl	$COMMITTED, %eax		/* gap: commit */
	ret
end gap
	section_and_handler gap

/* STORE is the first instruction of the range. */
function store_inside
	ADDRESS(store_inside_cs, AX)	/* store_inside: gate */
.Lstore_inside_start:
	mov	AX, RSEQ_CS(DI)		/* store_inside: store */
	mov	(SI), R8			/* store_inside: inside */
	add	$1, R8
	mov	R8, (SI)
.Lstore_inside_commit:
	movl	$COMMITTED, %eax		/* store_inside: commit */
	ret
end store_inside
	section_and_handler store_inside

/* A return inside, taken when *ARGUMENT is not 0. */
function ret_inside
	ADDRESS(ret_inside_cs, AX)	/* ret_inside: gate */
	mov	AX, RSEQ_CS(DI)		/* ret_inside: store */
.Lret_inside_start:
	movl	$LEFT, %eax			/* ret_inside: start */
	cmpl	$0, (DX)
	je	1f
	ret					/* ret_inside: return */
1:	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
.Lret_inside_commit:
	movl	$COMMITTED, %eax		/* ret_inside: commit */
	ret
end ret_inside
	section_and_handler ret_inside

/* A loop inside. */
function loop_inside
	movl	$10, %ecx
	ADDRESS(loop_inside_cs, AX)	/* loop_inside: gate */
	mov	AX, RSEQ_CS(DI)		/* loop_inside: store */
.Lloop_inside_start:
	mov	(SI), R8			/* loop_inside: start */
1:	subl	$1, %ecx			/* loop_inside: loop */
	jnz	1b
	add	$1, R8
	mov	R8, (SI)
.Lloop_inside_commit:
	movl	$COMMITTED, %eax		/* loop_inside: commit */
	ret
end loop_inside
	section_and_handler loop_inside

/* A branch past the end that nothing declares, taken when *ARGUMENT is not 0. */
function branch_out
	ADDRESS(branch_out_cs, AX)	/* branch_out: gate */
	mov	AX, RSEQ_CS(DI)		/* branch_out: store */
.Lbranch_out_start:
	cmpl	$0, (DX)			/* branch_out: start */
	jne	.Lbranch_out_left
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
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
	ADDRESS(branch_declared_cs, AX)	/* branch_declared: gate */
	mov	AX, RSEQ_CS(DI)		/* branch_declared: store */
.Lbranch_declared_start:
	cmpl	$0, (DX)			/* branch_declared: start */
	jne	.Lbranch_declared_left
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
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
	ADDRESS(compare_abort_cs, AX)	/* compare_abort: gate */
	mov	AX, RSEQ_CS(DI)		/* compare_abort: store */
.Lcompare_abort_start:
	cmpl	%edx, RSEQ_CPU_ID(DI)		/* compare_abort: start */
	jne	.Lcompare_abort_abort
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
.Lcompare_abort_commit:
	movl	$COMMITTED, %eax		/* compare_abort: commit */
	ret
end compare_abort
	section_and_handler compare_abort	/* compare_abort: handler */

/* A branch to the commit address, taken when *ARGUMENT is not 0. */
function branch_commit
	ADDRESS(branch_commit_cs, AX)	/* branch_commit: gate */
	mov	AX, RSEQ_CS(DI)		/* branch_commit: store */
.Lbranch_commit_start:
	movl	$SHORTCUT, %eax			/* branch_commit: start */
	cmpl	$0, (DX)
	jne	.Lbranch_commit_commit
	movl	$COMMITTED, %eax
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
.Lbranch_commit_commit:
	nop					/* branch_commit: commit */
	ret
end branch_commit
	section_and_handler branch_commit

/* Ends in a jump over its own abort handler: the commit address is the signature. */
function over_abort
	ADDRESS(over_abort_cs, AX)	/* over_abort: gate */
	mov	AX, RSEQ_CS(DI)		/* over_abort: store */
.Lover_abort_start:
	mov	(SI), R8			/* over_abort: start */
	add	$1, R8
	mov	R8, (SI)
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
	ADDRESS(.Lindirect_target, CX)
	ADDRESS(indirect_inside_cs, AX)	/* indirect_inside: gate */
	mov	AX, RSEQ_CS(DI)		/* indirect_inside: store */
.Lindirect_inside_start:
	mov	(SI), R8			/* indirect_inside: start */
	jmp	*CX
.Lindirect_target:
	add	$1, R8
	mov	R8, (SI)
.Lindirect_inside_commit:
	movl	$COMMITTED, %eax		/* indirect_inside: commit */
	ret
end indirect_inside
	section_and_handler indirect_inside

/* A call inside. */
function call_inside
	ADDRESS(call_inside_cs, AX)	/* call_inside: gate */
	mov	AX, RSEQ_CS(DI)		/* call_inside: store */
.Lcall_inside_start:
	mov	(SI), R8			/* call_inside: start */
	call	add_to_r8
	mov	R8, (SI)
.Lcall_inside_commit:
	movl	$COMMITTED, %eax		/* call_inside: commit */
	ret
end call_inside
	section_and_handler call_inside

function add_to_r8
	add	$1, R8				/* add_to_r8: first */
	ret
end add_to_r8

/* Two sections, the second right behind the first; the branch skips the first. */
function two_sections
	movl	$LEFT, %eax			/* two_sections: first */
	cmpl	$0, (DX)
	jne	.Ltwo_second
	ADDRESS(two_sections_cs, AX)	/* two_sections: gate */
	mov	AX, RSEQ_CS(DI)		/* two_sections: store */
.Ltwo_sections_start:
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
.Ltwo_sections_commit:
.Ltwo_second:
	ADDRESS(two_second_cs, AX)	/* two_sections: second gate */
	mov	AX, RSEQ_CS(DI)		/* two_sections: second store */
.Ltwo_second_start:
	mov	(SI), R8
	add	$1, R8
	mov	R8, (SI)
.Ltwo_second_commit:
	movl	$COMMITTED, %eax		/* two_sections: commit */
	ret
end two_sections
	section_and_handler two_sections
	section_and_handler two_second

/* Behind a function of known size: no symbol stands for it. */
.Lreturn_aborted:
	movl	$ABORTED, %eax			/* return aborted */
	ret

	.section .note.GNU-stack, "", @progbits
