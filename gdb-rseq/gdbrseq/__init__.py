# SPDX-License-Identifier: MIT
"""gdb-rseq: GDB support for Linux restartable sequences.

Imports nothing: the modules that do without GDB are tested without it.
"""

# As typing's, which takes 2 ms to load: nothing at GDB's start needs more of it than this.
TYPE_CHECKING = False
