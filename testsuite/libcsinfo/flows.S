/* SPDX-License-Identifier: MIT */
/* Critical sections of every shape that flow.c and store.c tell apart.  Never run. */
#include "section.inc"

	.text
	.globl _start
_start:
	ret

FUNCTION adjacent
	push %rbx
	SECTION adjacent
	mov %rcx, (%rdx)
adjacent_commit:
	pop %rbx
END adjacent

/* Two instructions between STORE and start_ip. */
FUNCTION earlier
	DESCRIPTOR earlier
	HANDLER earlier, earlier
earlier_gate:
	lea earlier_cs(%rip), %rax
earlier_store:
	mov %rax, 8(%rdi)
	mov %rsi, %rcx
	add $1, %rcx
earlier_start:
	mov %rcx, (%rdx)
earlier_commit:
END earlier

/* STORE is the first instruction of the range. */
FUNCTION inside
	DESCRIPTOR inside
	HANDLER inside, inside
inside_gate:
	lea inside_cs(%rip), %rax
inside_store:
inside_start:
	mov %rax, %fs:8
	mov %rcx, (%rdx)
inside_commit:
END inside

#ifndef __PIC__
/* A store of an immediate: no load in front of it. */
FUNCTION immediate
	DESCRIPTOR immediate
	HANDLER immediate, immediate
immediate_gate:
	xor %eax, %eax
immediate_store:
	movq $immediate_cs, %fs:8
immediate_start:
	mov %rcx, (%rdx)
immediate_commit:
END immediate

/* A 32-bit load of the address. */
FUNCTION narrow
	DESCRIPTOR narrow
	HANDLER narrow, narrow
narrow_gate:
	mov $narrow_cs, %eax
narrow_store:
	mov %rax, %fs:8
narrow_start:
	mov %rcx, (%rdx)
narrow_commit:
END narrow
#endif

/* STORE is also the target of branches, one in front of it and one behind. */
FUNCTION branched
	DESCRIPTOR branched
	HANDLER branched, branched
	lea branched_cs(%rip), %rax
	test %rdi, %rdi
branched_before:
	jne branched_store
branched_gate:
	inc %rsi
branched_store:
	mov %rax, %fs:8
branched_start:
	mov %rcx, (%rdx)
branched_commit:
	test %rsi, %rsi
branched_behind:
	je branched_store
END branched

/* Only a branch leads to STORE: the instruction in front does not go on, and a call is none. */
FUNCTION entered
	DESCRIPTOR entered
	HANDLER entered, entered
	lea entered_cs(%rip), %rax
	call entered_store
entered_branch:
	jmp entered_store
	ret
entered_store:
	mov %rax, %fs:8
entered_start:
	mov %rcx, (%rdx)
entered_commit:
END entered

/* The caller has loaded the address: nothing leads to STORE here. */
FUNCTION first
	DESCRIPTOR first
	HANDLER first, first
first_store:
	mov %rax, %fs:8
first_start:
	mov %rcx, (%rdx)
first_commit:
END first

/* Loaded from the GOT; the proof is needed, as STORE is not next to start_ip. */
FUNCTION got
	DESCRIPTOR got
	HANDLER got, got
got_gate:
	mov got_cs@GOTPCREL(%rip), %rax
got_store:
	mov %rax, %fs:8
	nop
got_start:
	mov %rcx, (%rdx)
got_commit:
END got

/* Copied between registers, with other code between. */
FUNCTION copied
	DESCRIPTOR copied
	HANDLER copied, copied
	lea copied_cs(%rip), %rax
	mov %rax, %r11
	xor %eax, %eax
copied_gate:
	test %rdi, %rdi
copied_store:
	mov %r11, 8(%rdi)
copied_start:
	mov %rcx, (%rdx)
copied_commit:
END copied

/* Loaded where it can't be seen. */
FUNCTION unproven
	DESCRIPTOR unproven
	HANDLER unproven, unproven
unproven_gate:
	mov 16(%rsi), %rax
unproven_store:
	mov %rax, 8(%rdi)
unproven_start:
	mov %rcx, (%rdx)
unproven_commit:
END unproven

/* What ends at start_ip stores to the stack, another value, 0, or something else. */
FUNCTION spill
	DESCRIPTOR spill
	HANDLER spill, spill
	mov 16(%rsi), %rax
	mov %rax, -8(%rsp)
spill_start:
	mov %rcx, (%rdx)
spill_commit:
END spill

FUNCTION foreign
	DESCRIPTOR foreign
	HANDLER foreign, foreign
	lea adjacent_cs(%rip), %rax
	mov %rax, %fs:8
foreign_start:
	mov %rcx, (%rdx)
foreign_commit:
END foreign

FUNCTION zero
	DESCRIPTOR zero
	HANDLER zero, zero
	movq $0, %fs:8
zero_start:
	mov %rcx, (%rdx)
zero_commit:
END zero

FUNCTION zeroed
	DESCRIPTOR zeroed
	HANDLER zeroed, zeroed
	xor %eax, %eax
	mov %rax, %fs:8
zeroed_start:
	mov %rcx, (%rdx)
zeroed_commit:
END zeroed

/* The register is changed between the load and STORE. */
FUNCTION clobbered
	DESCRIPTOR clobbered
	HANDLER clobbered, clobbered
	lea clobbered_cs(%rip), %rax
	pop %rax
	mov %rax, %fs:8
	nop
clobbered_start:
	mov %rcx, (%rdx)
clobbered_commit:
END clobbered

/* A branch out that is declared, one that is not, one straight to the abort handler. */
FUNCTION exits
	DESCRIPTOR exits
	HANDLER exits, exits
	EXIT_POINT exits, exits_declared
	EXIT_POINT exits, exits_unreached
	ARM exits
exits_from_abort:
	jne exits_abort
exits_from_declared:
	je exits_declared
exits_from_branch:
	jb exits_branch
exits_last:
	mov %rcx, (%rdx)
exits_commit:
	ret
exits_declared:
	ret
exits_unreached:
	ret
exits_branch:
END exits

/* A branch to the commit address, and a loop to the start and one further in. */
FUNCTION loops
	SECTION loops
	EXIT_POINT loops, loops_middle /* inside: no way out */
	dec %rcx
loops_from_commit:
	je loops_commit
loops_middle:
	jb loops_middle
	ja loops_start
loops_last:
	mov %rcx, (%rdx)
loops_commit:
END loops

/* Only a branch leads to the commit address. */
FUNCTION jumped
	SECTION jumped
	dec %rcx
jumped_from:
	je jumped_commit
	jmp jumped_start
jumped_commit:
END jumped

FUNCTION leaves
	SECTION leaves
	dec %rcx
	je 1f
leaves_ret:
	ret
1:	jb 2f
leaves_ret2:
	ret
2:	ja 3f
leaves_indirect:
	jmp *%rsi
3:	mov %rcx, (%rdx)
leaves_commit:
END leaves

FUNCTION calls
	SECTION calls
	call adjacent
	syscall
	je 1f
	ud2
1:	mov %rcx, (%rdx)
calls_commit:
END calls

/* Control reaches a byte that is no instruction. */
FUNCTION undecoded
	SECTION undecoded
	je 1f
	.byte 0x06
1:	mov %rcx, (%rdx)
undecoded_commit:
END undecoded

/* The range ends in a jump over the section's own abort handler. */
FUNCTION onsignature
	DESCRIPTOR onsignature
	ARM onsignature
	mov %rcx, (%rdx)
onsignature_from:
	jne onsignature_commit
	jmp 1f
onsignature_commit:
	.long SIGNATURE
onsignature_abort:
	nop
1:
END onsignature

/* Signatures inside the function, in front of the section, are no instructions. */
FUNCTION outofstep
	DESCRIPTOR outofstep
	jmp 1f
	.long SIGNATURE
outofstep_abort:
	jmp outofstep
1:	ARM outofstep
	mov %rcx, (%rdx)
outofstep_commit:
END outofstep

/* Reached by an indirect jump only. */
FUNCTION switched
	DESCRIPTOR switched
	HANDLER switched, switched
	jmp *%rsi
	mov %rdi, %rcx
switched_branch:
	jmp switched_store
	ARM switched
	mov %rcx, (%rdx)
switched_commit:
END switched

/* A signature ends the code that only an indirect jump reaches. */
FUNCTION jumbled
	DESCRIPTOR jumbled
	jmp *%rsi
jumbled_branch:
	jmp jumbled_store
	.long SIGNATURE
jumbled_abort:
	jmp 1f
1:	ARM jumbled
	mov %rcx, (%rdx)
jumbled_commit:
END jumbled

/* Data that looks like a branch to STORE, and is out of step with the code behind. */
FUNCTION data
	DESCRIPTOR data
	HANDLER data, data
	test %rdi, %rdi
	je 1f
	jmp *%rsi
2:	.byte 0xeb
	.byte data_store - (2b + 2)
	.byte 0x48
1:	ARM data
	mov %rcx, (%rdx)
data_commit:
END data

/* What leads to one STORE stands between another one and its start_ip. */
FUNCTION nested
	DESCRIPTOR nested
	DESCRIPTOR nested2
	HANDLER nested, nested
	HANDLER nested2, nested
	lea nested2_cs(%rip), %r8
nested_gate:
	lea nested_cs(%rip), %rax
nested_store:
	mov %rax, %fs:8
nested2_gate:
	nop
nested2_store:
	mov %r8, %fs:8
nested2_start:
	nop
nested_start:
	mov %rcx, (%rdx)
nested_commit:
nested2_commit:
END nested

/* The last instruction of one section leads to STORE of the next. */
FUNCTION chained
	DESCRIPTOR chained
	DESCRIPTOR chained2
	HANDLER chained, chained
	HANDLER chained2, chained
	lea chained2_cs(%rip), %r8
	ARM chained
	dec %rcx
chained2_gate:
	mov %rcx, (%rdx)
chained_commit:
chained2_store:
	mov %r8, %fs:8
chained2_start:
	mov %rcx, (%rdx)
chained2_commit:
END chained

/* The range ends in the middle of an instruction. */
FUNCTION cut
	SECTION cut
	nop
cut_last:
	.byte 0x48
cut_commit:
	.byte 0x89, 0x0a
cut_after:
END cut

/* Longer than the window in front of a section that is searched without a symbol. */
FUNCTION far
	.rept 40
	mov 16(%rsi), %rbx
	add %rbx, 24(%rdi)
	.endr
	SECTION far
	mov %rcx, (%rdx)
far_commit:
END far

	.section .note.GNU-stack, "", @progbits
