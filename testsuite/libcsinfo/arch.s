# SPDX-License-Identifier: MIT
#
# Critical sections for any architecture: the tables are real, the code is words that nobody
# runs.  To be defined: WORD (bytes of an address), BIG (whether the high half of a padded
# address comes first), SIGNATURE, OPD (whether a function's symbol is in .opd), and THUMB.

	# An address or a difference of addresses, padded to 64 bits.
	.macro FIELD value
	.if WORD == 8
	.quad \value
	.else
	.if BIG
	.long 0, \value
	.else
	.long \value, 0
	.endif
	.endif
	.endm

	.macro DESCRIPTOR name
	.balign 32
\name\()_cs:
	.long 0, 0
	FIELD \name\()_start
	FIELD (\name\()_commit - \name\()_start)
	FIELD \name\()_abort
	.endm

	.macro POINTER name
	.pushsection __rseq_cs_ptr_array, "aw"
	FIELD \name\()_cs
	.popsection
	.endm

	.macro EXIT_POINT name, exit
	.pushsection __rseq_exit_point_array, "aw"
	FIELD \name\()_start
	FIELD \exit
	.popsection
	.endm

	.macro HANDLER name
	.pushsection __rseq_failure, "ax"
	.balign 8
	.long 0x11111111
	.long SIGNATURE
\name\()_abort:
	.long 0x22222222
	.popsection
	.endm

	# The code of a section, in a function of its own.
	.macro CODE name, before, inside
	.if OPD
	.pushsection .opd, "aw"
	.balign 8
\name:
	.quad \name\()_entry, .TOC.@tocbase, 0
	.popsection
\name\()_entry:
	.else
	.if THUMB
	.thumb
	.thumb_func
	.endif
\name:
	.endif
	.globl \name
	.type \name, %function
	.rept \before
	.long 0x01010101
	.endr
\name\()_start:
	.rept \inside
	.long 0x02020202
	.endr
\name\()_commit:
	.long 0x03030303
\name\()_out:
	.long 0x04040404
\name\()_other_out:
	.long 0x05050505
	.if OPD
	.size \name, . - \name\()_entry
	.else
	.size \name, . - \name
	.endif
	.endm

	.text
	.balign 32
	.long 0
	CODE one, 2, 3
	CODE two, 1, 5
	.section .text.far, "ax"
	.balign 16
	.long 0, 0
	CODE three, 3, 1
	CODE four, 1, 2
	HANDLER one
	HANDLER two
	HANDLER three
	HANDLER four

	.section __rseq_cs, "aw"
	DESCRIPTOR three
	DESCRIPTOR one
	# As old code has it, without a pointer, and with padding in front.
	.section __rseq_table, "aw"
	.balign 32
	.zero 32
	DESCRIPTOR four
	.zero 64
	DESCRIPTOR two
	POINTER one
	POINTER three
	EXIT_POINT three, three_other_out
	EXIT_POINT one, one_other_out
	EXIT_POINT one, one_out
