# SPDX-License-Identifier: MIT
"""Print assembly with N functions of one critical section each."""

import sys

HEAD = '#include "rseq-asm.h"\n\t.text\n'
ONE = """\t.globl\tmany_{n}
\t.type\tmany_{n}, @function
many_{n}:
\tleaq\tmany_cs_{n}(%rip), %rax
\tmovq\t%rax, RSEQ_CS(%rdi)
1:\tcmpl\t%esi, RSEQ_CPU_ID(%rdi)
\tjne\tmany_abort_{n}
\taddq\t$1, (%rdx)
2:\tret
\t.size\tmany_{n}, .-many_{n}
\trseq_table many_cs_{n}, 1b, 2b, many_abort_{n}
\trseq_abort many_abort_{n}, 2b
"""

NOTE = '\t.section .note.GNU-stack, "", @progbits\n'

print(HEAD + "".join(ONE.format(n=n) for n in range(int(sys.argv[1]))) + NOTE)
