/* SPDX-License-Identifier: MIT */
/*
 * Critical sections with mistakes, each in a function with the name of the check that must find
 * it (and nothing else), and what must not be mistaken for one: names that end in _ok.  A number
 * tells variants apart.  Never run.
 */
#include "section.inc"

/* A function that begins with a plain section, whose code follows. */
.macro BEGIN name
FUNCTION \name
	SECTION \name
.endm

/* The usual commit, and the end of the function. */
.macro FINISH name
	mov %rcx, (%rdx)
\name\()_commit:
END \name
.endm

/* The same, with the descriptor and handler apart, for what begins in another way. */
.macro TABLES name
	DESCRIPTOR \name
	HANDLER \name, \name
.endm

	.text
	.globl _start
_start:
	ret

/* ---- what the code of a section does ---- */

BEGIN syscall_inside
	syscall
FINISH syscall_inside

BEGIN syscall_inside2
	int $0x80
FINISH syscall_inside2

BEGIN call_inside
	call _start
FINISH call_inside

BEGIN call_inside2
	call *%rsi
FINISH call_inside2

/* In front of STORE, in code that is not reached, and behind the commit. */
FUNCTION call_inside_ok
	call _start
	SECTION call_inside_ok
	jmp 1f
	call _start
	syscall
1:	mov %rcx, (%rdx)
call_inside_ok_commit:
	call _start
	syscall
END call_inside_ok

BEGIN indirect_jump_inside
	je 1f
	jmp *%rsi
1:
FINISH indirect_jump_inside

/* Bytes that do not decode. */
BEGIN code_not_checked
	je 1f
	.byte 0x06
1:
FINISH code_not_checked

BEGIN branch_undeclared
	je 1f
	mov %rcx, (%rdx)
branch_undeclared_commit:
	ret
1:
END branch_undeclared

BEGIN branch_undeclared2
	jne 1f
	ret
1:
FINISH branch_undeclared2

/* To a declared exit, to the abort handler, and to the end. */
BEGIN branch_undeclared_ok
	EXIT_POINT branch_undeclared_ok, 1f
	je 1f
	jb branch_undeclared_ok_abort
	ja branch_undeclared_ok_commit
	mov %rcx, (%rdx)
branch_undeclared_ok_commit:
	ret
1:
END branch_undeclared_ok

/* ---- the end of a section ---- */

BEGIN commit_inside_instruction
	nop
	.byte 0x48
commit_inside_instruction_commit:
	.byte 0x89, 0x0a
END commit_inside_instruction

BEGIN commit_not_last
	mov %rcx, (%rdx)
	nop
commit_not_last_commit:
END commit_not_last

/* A conditional store, and no other. */
BEGIN commit_not_last2
	test %rcx, %rcx
	je 1f
	lock incq (%rdx)
1:	test %rcx, %rcx
commit_not_last2_commit:
END commit_not_last2

/* A jump over what stands between the section and the rest of the function. */
BEGIN commit_not_last3
	mov %rcx, (%rdx)
	jmp 1f
commit_not_last3_commit:
	ud2
1:
END commit_not_last3

/* A store on the way to an exit is not the commit. */
BEGIN commit_not_last_ok
	EXIT_POINT commit_not_last_ok, 2f
	test %rcx, %rcx
	jne 1f
	movq $1, (%rsi)
	jmp 2f
1:	mov %rcx, (%rdx)
commit_not_last_ok_commit:
	nop
2:
END commit_not_last_ok

/* A store to the stack frame: whether it is the commit can't be told. */
BEGIN commit_not_last_ok2
	mov %rcx, -8(%rsp)
	nop
commit_not_last_ok2_commit:
END commit_not_last_ok2

/* No store at all. */
BEGIN commit_not_last_ok3
	mov (%rdx), %rcx
	test %rcx, %rcx
commit_not_last_ok3_commit:
END commit_not_last_ok3

BEGIN store_before_commit
	movq $1, (%rsi)
FINISH store_before_commit

/* A loop stores more than once. */
BEGIN store_before_commit2
1:	mov %rax, (%rsi,%rdi,8)
	dec %rdi
	jne 1b
FINISH store_before_commit2

/* The last one may be the commit, though it is to the stack frame. */
BEGIN store_before_commit3
	movq $1, (%rsi)
	mov %rcx, -8(%rsp)
store_before_commit3_commit:
END store_before_commit3

/* The stack, and what only looks like a store. */
BEGIN store_before_commit_ok
	mov %rcx, -8(%rsp)
	push %rcx
	pop %rcx
	cmpq $0, (%rsi)
	nopl (%rsi)
	test %rcx, (%rsi)
	prefetchw (%rsi)
	lea 8(%rsi), %rdi
FINISH store_before_commit_ok

/* Two ways with a store each. */
BEGIN store_before_commit_ok2
	EXIT_POINT store_before_commit_ok2, 2f
	test %rcx, %rcx
	jne 1f
	incq (%rsi)
	jmp 2f
1:	mov %rcx, (%rdx)
store_before_commit_ok2_commit:
	nop
2:
END store_before_commit_ok2

/* STORE is the first instruction of the range: it does not count. */
FUNCTION store_before_commit_ok3
	TABLES store_before_commit_ok3
	lea store_before_commit_ok3_cs(%rip), %rax
store_before_commit_ok3_start:
	mov %rax, %fs:8
FINISH store_before_commit_ok3

/* The range ends on the signature of its own handler, which follows. */
FUNCTION commit_on_signature
	DESCRIPTOR commit_on_signature
	ARM commit_on_signature
	mov (%rdx), %rcx
	jmp 1f
commit_on_signature_commit:
	.long SIGNATURE
commit_on_signature_abort:
	jmp commit_on_signature
1:
END commit_on_signature

/* With the opcode that hides the signature, the end is in front of it. */
FUNCTION commit_on_signature_ok
	DESCRIPTOR commit_on_signature_ok
	ARM commit_on_signature_ok
	mov (%rdx), %rcx
	jmp 1f
commit_on_signature_ok_commit:
	.byte 0x0f, 0xb9, 0x3d
	.long SIGNATURE
commit_on_signature_ok_abort:
	jmp commit_on_signature_ok
1:
END commit_on_signature_ok

/* The section falls onto it. */
FUNCTION exit_on_signature
	DESCRIPTOR exit_on_signature
	ARM exit_on_signature
	mov %rcx, (%rdx)
exit_on_signature_commit:
	.long SIGNATURE
exit_on_signature_abort:
	jmp exit_on_signature
END exit_on_signature

/* It branches to one: of its handler, which is where it meant to go. */
BEGIN exit_on_signature2
	je exit_on_signature2_abort - 4
FINISH exit_on_signature2

/* ---- how a section is entered ---- */

FUNCTION store_not_adjacent
	TABLES store_not_adjacent
	lea store_not_adjacent_cs(%rip), %rax
	mov %rax, %fs:8
	mov %fs:4, %ecx
store_not_adjacent_start:
FINISH store_not_adjacent

FUNCTION store_not_found
	TABLES store_not_found
	lea store_not_found_cs(%rip), %rax
	pop %rax
	mov %rax, -8(%rsp)
store_not_found_start:
FINISH store_not_found

/* What is armed in front of it is another section, which ends there. */
FUNCTION store_not_found2
	TABLES store_not_found2
	DESCRIPTOR store_not_found3
	HANDLER store_not_found3, store_not_found2
	ARM store_not_found2
	mov %ecx, (%rdx)
store_not_found2_commit:
store_not_found3_start:
	mov %rcx, (%rdx)
store_not_found3_commit:
END store_not_found2

/* Copied from the section behind it, and the name not changed. */
FUNCTION store_of_other
	TABLES store_of_other
	lea store_of_other_ok_cs(%rip), %rax
	mov %rax, %fs:8
store_of_other_start:
FINISH store_of_other

/* With instructions between. */
FUNCTION store_of_other2
	TABLES store_of_other2
	lea store_of_other_ok_cs(%rip), %rax
	mov %rax, %fs:8
	mov %fs:4, %ecx
store_of_other2_start:
FINISH store_of_other2

/* One section right behind the other, each armed by its own. */
FUNCTION store_of_other_ok
	TABLES store_of_other_ok
	TABLES store_of_other_ok2
	lea store_of_other_ok2_cs(%rip), %r8
	ARM store_of_other_ok
	mov %rcx, (%rdx)
store_of_other_ok_commit:
	mov %r8, %fs:8
store_of_other_ok2_start:
	mov %rcx, (%rdx)
store_of_other_ok2_commit:
	jmp store_of_other_ok2
END store_of_other_ok

/* The abort handler of the second one. */
FUNCTION store_of_other_ok2
	jmp store_of_other_ok
	.size store_of_other_ok2, . - store_of_other_ok2

/* Into the middle, from behind. */
BEGIN branch_into_section
	inc %rcx
1:	mov %rcx, (%rdx)
branch_into_section_commit:
	test %rcx, %rcx
	je 1b
END branch_into_section

/* To the start, which STORE alone may lead to. */
FUNCTION branch_into_section2
	test %rcx, %rcx
	je branch_into_section2_start
	SECTION branch_into_section2
FINISH branch_into_section2

/* To STORE, in front of it, and within the section. */
BEGIN branch_into_section_ok
1:	inc %rcx
	je 1b
	jb branch_into_section_ok_start
	mov %rcx, (%rdx)
branch_into_section_ok_commit:
	je branch_into_section_ok_store
	jmp branch_into_section_ok_gate
END branch_into_section_ok

/* STORE is inside. */
FUNCTION branch_into_section_ok2
	TABLES branch_into_section_ok2
	lea branch_into_section_ok2_cs(%rip), %rax
branch_into_section_ok2_start:
	mov %rax, %fs:8
	mov %rcx, (%rdx)
branch_into_section_ok2_commit:
	je branch_into_section_ok2_start
END branch_into_section_ok2

/* It has a STORE of its own in front. */
BEGIN branch_into_section_ok3
	mov %rcx, (%rdx)
branch_into_section_ok3_commit:
	lea branch_into_section_ok3_cs(%rip), %rax
	mov %rax, %fs:8
	jmp branch_into_section_ok3_start
END branch_into_section_ok3

/* The handler goes straight to the start. */
FUNCTION abort_without_store
	DESCRIPTOR abort_without_store
	HANDLER abort_without_store, abort_without_store_start
	ARM abort_without_store
FINISH abort_without_store

/* It counts, spills, disarms, and goes back. */
FUNCTION abort_without_store2
	DESCRIPTOR abort_without_store2
	ARM abort_without_store2
	mov %rcx, (%rdx)
abort_without_store2_commit:
	ret
	.long SIGNATURE
abort_without_store2_abort:
	incq 8(%rdx)
	mov %rcx, -8(%rsp)
	mov %ecx, 8(%rdx)
	movq $0, %fs:8
	je 1f
	jmp abort_without_store2_start
1:
END abort_without_store2

/* By way of a function that arms, of one that is called, and not at all. */
FUNCTION abort_without_store_ok
	DESCRIPTOR abort_without_store_ok
	HANDLER abort_without_store_ok, 1f
	ARM abort_without_store_ok
	mov %rcx, (%rdx)
abort_without_store_ok_commit:
	ret
1:	incq 8(%rdx)
	jmp abort_without_store_ok_store
END abort_without_store_ok

FUNCTION abort_without_store_ok2
	DESCRIPTOR abort_without_store_ok2
	HANDLER abort_without_store_ok2, 1f
	ARM abort_without_store_ok2
	mov %rcx, (%rdx)
abort_without_store_ok2_commit:
	ret
1:	call *%rsi
	jmp abort_without_store_ok2_start
	.size abort_without_store_ok2, . - abort_without_store_ok2

/* STORE has the frame pointer as its base, which is no stack here (tcmalloc). */
FUNCTION abort_without_store_ok3
	DESCRIPTOR abort_without_store_ok3
	HANDLER abort_without_store_ok3, 1f
1:	lea abort_without_store_ok3_cs(%rip), %rax
	mov %rax, 8(%rbp)
abort_without_store_ok3_start:
FINISH abort_without_store_ok3

/* ---- what only the tables say ---- */

FUNCTION range_leaves_function
	SECTION range_leaves_function
	nop
	.size range_leaves_function, . - range_leaves_function
	mov %rcx, (%rdx)
range_leaves_function_commit:
	ret

FUNCTION range_leaves_function_ok
	SECTION range_leaves_function_ok
	mov %rcx, (%rdx)
	.size range_leaves_function_ok, . - range_leaves_function_ok
range_leaves_function_ok_commit:
	ret

FUNCTION abort_not_code
	DESCRIPTOR abort_not_code
	.pushsection .data, "aw"
	.long SIGNATURE
abort_not_code_abort:
	.popsection
	ARM abort_not_code
FINISH abort_not_code

/* A handler of another registration. */
FUNCTION signature_differs
	DESCRIPTOR signature_differs
	.pushsection __rseq_failure, "ax"
	.long 0x12345678
signature_differs_abort:
	jmp signature_differs
	.popsection
	ARM signature_differs
FINISH signature_differs

/* One that stands in another function, before it. */
FUNCTION abort_inside
	DESCRIPTOR abort_inside
	ARM abort_inside
	jmp 1f
	.long SIGNATURE
abort_inside_abort:
1:
FINISH abort_inside

BEGIN exit_is_abort
	EXIT_POINT exit_is_abort, exit_is_abort_abort
	je exit_is_abort_abort
FINISH exit_is_abort

BEGIN exit_inside_section
	EXIT_POINT exit_inside_section, 1f
	je 1f
	inc %rcx
1:
FINISH exit_inside_section

BEGIN exit_outside_file
	EXIT_POINT exit_outside_file, exit_outside_file_cs
FINISH exit_outside_file

	.section .note.GNU-stack, "", @progbits
