/* SPDX-License-Identifier: MIT */
/*
 * rseq-asm.h - small macros to write restartable sequences, x86 Linux.
 *
 * Written from the kernel's interface (<linux/rseq.h>).  The tables go where
 * librseq puts them, so that tools find them:
 *   __rseq_cs                struct rseq_cs, 32-byte aligned
 *   __rseq_cs_ptr_array      one pointer to each of them
 *   __rseq_exit_point_array  pairs { start_ip, exit_ip }
 *   __rseq_failure           abort handlers, each behind its signature
 *
 * A section in C is one `asm goto`.  Labels inside: 10 is the descriptor, 11
 * start_ip, 12 the commit address, 13 abort_ip; use others for your own.
 * The operand [rseq_cs] is the field, [cpu_id] that field, see RSEQ_OPERANDS.
 * i386 code has the descriptors' addresses in it, as librseq's has: with -fPIC or -fPIE,
 * link it with -Wl,-z,notext.
 */
#ifndef RSEQ_ASM_H
#define RSEQ_ASM_H

#ifdef __ASSEMBLER__

#define RSEQ_SIG 0x53053053
#define RSEQ_CPU_ID 4 /* offsetof(struct rseq, cpu_id) */
#define RSEQ_CS 8     /* offsetof(struct rseq, rseq_cs) */

/* A word of 64 bits: an address, or what that leaves of them on i386. */
.macro rseq_word value
#ifdef __x86_64__
	.quad	\value
#else
	.long	\value, 0
#endif
.endm

/* The descriptor DESC of the section [START, COMMIT), and the pointer to it. */
.macro rseq_table desc, start, commit, abort
	.pushsection __rseq_cs, "aw"
	.balign	32
	.globl	\desc
	.hidden	\desc
\desc:
	.long	0, 0
	rseq_word \start
	rseq_word "(\commit) - (\start)"
	rseq_word \abort
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	rseq_word \desc
	.popsection
.endm

/* Declare that the section at START may leave for EXIT. */
.macro rseq_exit start, exit
	.pushsection __rseq_exit_point_array, "aw"
	rseq_word \start
	rseq_word \exit
	.popsection
.endm

/* The abort handler ABORT, which goes on at TARGET.  `ud1 sig(%rip), %edi`. */
.macro rseq_abort abort, target
	.pushsection __rseq_failure, "ax"
	.byte	0x0f, 0xb9, 0x3d
	.long	RSEQ_SIG
\abort:
	jmp	\target
	.popsection
.endm

#else /* C */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/rseq.h>

#ifdef __x86_64__
#define RSEQ_W "q"   /* suffix of an instruction on a word */
#define RSEQ_CX "rcx" /* a word's register */
#define RSEQ_ASM_WORDS(a, b, c) ".quad " a ", " b ", " c "\n\t"
#define RSEQ_ASM_WORD(a) ".quad " a "\n\t"
#define RSEQ_ASM_ARM							\
	"leaq 10b(%%rip), %%rax\n\t"					\
	"movq %%rax, %[rseq_cs]\n\t"
#else /* each field is a 64-bit word all the same */
#define RSEQ_W "l"
#define RSEQ_CX "ecx"
#define RSEQ_ASM_WORDS(a, b, c) ".long " a ", 0, " b ", 0, " c ", 0\n\t"
#define RSEQ_ASM_WORD(a) ".long " a ", 0\n\t"
#define RSEQ_ASM_ARM "movl $10b, %[rseq_cs]\n\t"
#endif

#define RSEQ_ASM_TABLE							\
	".pushsection __rseq_cs, \"aw\"\n\t"				\
	".balign 32\n\t"						\
	"10:\n\t"							\
	".long 0, 0\n\t"						\
	RSEQ_ASM_WORDS("11f", "12f - 11f", "13f")			\
	".popsection\n\t"						\
	".pushsection __rseq_cs_ptr_array, \"aw\"\n\t"			\
	RSEQ_ASM_WORD("10b")						\
	".popsection\n\t"

/* The section may leave for the C label NAME (in the label list). */
#define RSEQ_ASM_EXIT(name)						\
	".pushsection __rseq_exit_point_array, \"aw\"\n\t"		\
	RSEQ_ASM_WORD("11f") RSEQ_ASM_WORD("%l[" name "]")		\
	".popsection\n\t"

/* Arm the section; it starts behind the store. */
#define RSEQ_ASM_STORE							\
	RSEQ_ASM_ARM							\
	"11:\n\t"

/* Leave for abort_ip unless the thread is on [cpu]. */
#define RSEQ_ASM_CHECK_CPU						\
	"cmpl %[cpu], %[cpu_id]\n\t"					\
	"jne 13f\n\t"

#define RSEQ_ASM_COMMIT "12:\n\t"

/* The abort handler, which goes on at the C label NAME. */
#define RSEQ_ASM_ABORT(name)						\
	".pushsection __rseq_failure, \"ax\"\n\t"			\
	".byte 0x0f, 0xb9, 0x3d\n\t" /* ud1 sig(%rip), %edi */		\
	".long 0x53053053\n\t"						\
	"13:\n\t"							\
	"jmp %l[" name "]\n\t"						\
	".popsection\n\t"

/* Input operands that the macros above name. */
#define RSEQ_OPERANDS(rs, on_cpu)					\
	[rseq_cs] "m" ((rs)->rseq_cs),					\
	[cpu_id] "m" ((rs)->cpu_id),					\
	[cpu] "r" (on_cpu)

#ifdef __x86_64__
#define RSEQ_CLOBBERS "memory", "cc", "rax"
#else
#define RSEQ_CLOBBERS "memory", "cc"
#endif

/* The calling thread's area, which glibc (2.35 and later) registered. */
static inline struct rseq *rseq_area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* The CPU to pass to the next section. */
static inline int rseq_cpu(void)
{
	return *(volatile __u32 *)&rseq_area()->cpu_id_start;
}

/* Exit with status 77 where glibc did not register the area. */
static inline void rseq_require(void)
{
	if (__rseq_size != 0)
		return;
	fprintf(stderr, "rseq is not registered here\n");
	exit(77);
}

#endif /* __ASSEMBLER__ */
#endif /* RSEQ_ASM_H */
