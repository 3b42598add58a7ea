/* SPDX-License-Identifier: MIT */
/* A 32-bit program that sits in a critical section, without a libc. */
#define RSEQ_SIG 0x53053053
#define SYS_EXIT 1
#define SYS_RSEQ 386

	.pushsection __rseq_cs, "aw"
	.balign	32
	.globl	descriptor
descriptor:
	.long	0, 0
	.long	start, 0, commit - start, 0, abort, 0
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	.long	descriptor, 0
	.popsection

	.bss
	.balign	32
	.globl	area
area:	.skip	32

	.text
	.globl	_start, start, commit, abort
_start:
	movl	$SYS_RSEQ, %eax
	movl	$area, %ebx
	movl	$32, %ecx
	xorl	%edx, %edx
	movl	$RSEQ_SIG, %esi
	int	$0x80
	testl	%eax, %eax
	jnz	failed
again:
	movl	$descriptor, area + 8
start:
	pause
	jmp	start
commit:
	hlt
	.long	RSEQ_SIG
abort:
	jmp	again
failed:
	movl	$SYS_EXIT, %eax
	movl	$77, %ebx
	int	$0x80
