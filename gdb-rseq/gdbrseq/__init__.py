# SPDX-License-Identifier: MIT
"""gdb-rseq: GDB support for Linux restartable sequences.

Imports nothing: the modules that do without GDB are tested without it.
"""
