/* SPDX-License-Identifier: MIT */
/*
 * Critical sections of every shape that flow.c and store.c tell apart, for the
 * architectures of archflow.inc.  Never run.
 *
 * Comments that begin with = say what csinfo must find; names are labels with the
 * section's name in front of them, - stands for no address:
 *
 *   = NAME [FLAGS...]                        a section
 *   =   store LABEL POSITION
 *   =   gate LABEL KIND [FLAGS...]
 *   =   exit LABEL KIND from LABEL [FLAGS...]
 */
#include "archflow.inc"

#if defined(__x86_64__) && !defined(__ILP32__) || defined(__LP64__)
	.macro ADDRESS to
	.quad \to
	.endm
#elif defined(__ARMEB__) || defined(__BIG_ENDIAN__) || defined(__MIPSEB__)
	.macro ADDRESS to
	.long 0, \to
	.endm
#else
	.macro ADDRESS to
	.long \to, 0
	.endm
#endif

	.macro DESCRIPTOR name
	.pushsection __rseq_cs, "aw"
	.balign 32
\name\()_cs:
	.long 0, 0
	ADDRESS \name\()_start
	ADDRESS \name\()_commit-\name\()_start
	ADDRESS \name\()_abort
	.popsection
	.pushsection __rseq_cs_ptr_array, "aw"
	.balign 8
	ADDRESS \name\()_cs
	.popsection
	.endm

	.macro HANDLER name
	.pushsection __rseq_failure, "ax"
	.balign 4
	.long SIGNATURE
\name\()_abort:
	JUMP \name
	.popsection
	.endm

	.macro EXIT_POINT name, exit
	.pushsection __rseq_exit_point_array, "aw"
	.balign 8
	ADDRESS \name\()_start
	ADDRESS \exit
	.popsection
	.endm

	.macro FUNCTION name
	DESCRIPTOR \name
	HANDLER \name
	.type \name, %function
	.balign 16
\name:
	.endm

	.macro END name
	RETURN
	POOL \name
	.size \name, . - \name
	.endm

	/* The usual way in. */
	.macro ARM name
	LOAD1 \name
\name\()_gate:
	LOAD2 \name
\name\()_store:
	STORE
\name\()_start:
	.endm

	.text
	.globl _start, __start
_start:
__start:
	RETURN

/*
 * = adjacent
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit abort abort from -
 */
FUNCTION adjacent
	PLAIN
	ARM adjacent
	PLAIN
adjacent_last:
	COMMIT
adjacent_commit:
	PLAIN
END adjacent

/*
 * = earlier
 * =   store store earlier
 * =   gate gate fallthrough
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION earlier
	LOAD1 earlier
earlier_gate:
	LOAD2 earlier
earlier_store:
	STORE
	PLAIN
	PLAIN
earlier_start:
	COMMIT
earlier_commit:
END earlier

/*
 * = inside
 * =   store start inside
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit abort abort from -
 */
FUNCTION inside
	LOAD1 inside
inside_gate:
	LOAD2 inside
inside_start:
	STORE
inside_last:
	COMMIT
inside_commit:
END inside

/*
 * The register is changed between the load and what may be STORE.
 * = clobbered
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION clobbered
	LOAD1 clobbered
	LOAD2 clobbered
	CLOBBER
	STORE
	PLAIN
clobbered_start:
	COMMIT
clobbered_commit:
END clobbered

/*
 * Another section's descriptor.
 * = foreign
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
	.pushsection .rodata
foreign_other_cs:
	.long 0, 0, 0, 0, 0, 0, 0, 0
	.popsection
FUNCTION foreign
	LOAD1 foreign_other
	LOAD2 foreign_other
	STORE
	PLAIN
foreign_start:
	COMMIT
foreign_commit:
	POOL foreign_other
END foreign

/*
 * Loaded by the caller.
 * = unproven
 * =   store store adjacent
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION unproven
unproven_store:
	STORE
unproven_start:
	COMMIT
unproven_commit:
END unproven

/*
 * STORE is the target of branches, from in front of it and from behind.
 * = branched
 * =   store store adjacent
 * =   gate before branch
 * =   gate gate fallthrough
 * =   gate behind branch
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION branched
	LOAD1 branched
	LOAD2 branched
branched_before:
	BRANCH branched_store
branched_gate:
	PLAIN
branched_store:
	STORE
branched_start:
	COMMIT
branched_commit:
	PLAIN
branched_behind:
	BRANCH branched_store
END branched

/*
 * Only a branch leads to STORE; a call is none.
 * = entered
 * =   store store adjacent
 * =   gate branch branch
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION entered
	CALL entered_store
entered_branch:
	JUMP entered_store
	RETURN
entered_store:
	STORE
entered_start:
	COMMIT
entered_commit:
END entered

/*
 * What leads to STORE is reached by an indirect jump only.
 * = switched
 * =   store store adjacent
 * =   gate branch branch
 * =   gate gate fallthrough
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
FUNCTION switched
	INDIRECT
	PLAIN
switched_branch:
	JUMP switched_store
	ARM switched
	COMMIT
switched_commit:
END switched

/*
 * A branch straight to the abort handler, to a declared exit, to a stub that is not.
 * = exits
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit declared declared from from_declared by-code
 * =   exit unreached declared from -
 * =   exit stub branch from from_stub by-code
 * =   exit abort abort from start by-code
 */
FUNCTION exits
	EXIT_POINT exits, exits_declared
	EXIT_POINT exits, exits_unreached
	ARM exits
	BRANCH exits_abort
exits_from_declared:
	BRANCH exits_declared
exits_from_stub:
	BRANCH exits_stub
exits_last:
	COMMIT
exits_commit:
	RETURN
exits_declared:
	RETURN
exits_unreached:
	RETURN
exits_stub:
	JUMP exits_declared
END exits

/*
 * A branch to the commit address, a loop to the start and one further in.
 * = loops branch-to-commit branch-to-start
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code to-commit
 * =   exit abort abort from -
 */
FUNCTION loops
	ARM loops
	PLAIN
	BRANCH loops_commit
loops_middle:
	BRANCH loops_middle
	BRANCH loops_start
loops_last:
	COMMIT
loops_commit:
END loops

/*
 * Only a branch leads to the commit address.
 * = jumped branch-to-commit branch-to-start
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit branch from from by-code to-commit
 * =   exit abort abort from -
 */
FUNCTION jumped
	ARM jumped
	PLAIN
jumped_from:
	BRANCH jumped_commit
	JUMP jumped_start
jumped_commit:
END jumped

/*
 * = leaves indirect return
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit - return from return by-code
 * =   exit - indirect from indirect by-code
 * =   exit abort abort from -
 */
FUNCTION leaves
	ARM leaves
	BRANCH leaves_on
leaves_return:
	RETURN
leaves_on:
	BRANCH leaves_last
leaves_indirect:
	INDIRECT
leaves_last:
	COMMIT
leaves_commit:
END leaves

/*
 * = calls call syscall
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit abort abort from -
 */
FUNCTION calls
	ARM calls
	CALL adjacent
	SYSCALL
calls_last:
	COMMIT
calls_commit:
END calls

/*
 * = undecoded undecoded
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from last by-code
 * =   exit abort abort from -
 */
FUNCTION undecoded
	ARM undecoded
	BRANCH undecoded_last
	NO_INSTRUCTION
undecoded_last:
	COMMIT
undecoded_commit:
END undecoded

/*
 * The signature and the abort handler stand in front of the section.
 * = outofstep
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit commit from start by-code
 * =   exit abort abort from -
 */
	DESCRIPTOR outofstep
	.type outofstep, %function
	.balign 16
outofstep:
	JUMP outofstep_in
	.balign 4
	.long SIGNATURE
outofstep_abort:
	JUMP outofstep
outofstep_in:
	ARM outofstep
	COMMIT
outofstep_commit:
END outofstep

/*
 * The commit address is on a signature.
 * = onsignature branch-to-commit
 * =   store store adjacent
 * =   gate gate fallthrough
 * =   exit commit branch from from by-code to-commit on-signature
 * =   exit out branch from jump by-code
 * =   exit abort abort from -
 */
	DESCRIPTOR onsignature
	.type onsignature, %function
	.balign 16
onsignature:
	ARM onsignature
	COMMIT
onsignature_from:
	BRANCH onsignature_commit
onsignature_jump:
	JUMP onsignature_out
	.balign 4
onsignature_commit:
	.long SIGNATURE
onsignature_abort:
	PLAIN
onsignature_out:
END onsignature

