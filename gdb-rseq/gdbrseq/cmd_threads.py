# SPDX-License-Identifier: MIT
"""`info rseq threads', also as plain `info rseq': what each thread's struct rseq says."""

from typing import List

import gdb

from .lazy import load


def _show_threads(argument: str) -> None:
    for line in load("info").threads(argument.strip()):
        gdb.write(line + "\n")


class InfoRseq(gdb.Command):
    """Show each thread's struct rseq: who registered it, where, and what it says.

Usage: info rseq [ID]...
The same as "info rseq threads"."""

    def __init__(self) -> None:
        super().__init__("info rseq", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB, also for an unknown word behind `info rseq'."""
        if argument[:1].isalpha():
            raise gdb.GdbError("Undefined info rseq command: \"%s\".  "
                               "Try \"help info rseq\"." % argument)
        _show_threads(argument)


class InfoRseqThreads(gdb.Command):
    """Show each thread's struct rseq: who registered it, where, and what it says.

Usage: info rseq threads [ID]...
If ID is given, it is a space-separated list of IDs of threads to display, as
for "info threads".  Otherwise, all threads are displayed.

A field that the kernel does not fill in is shown as "-"."""

    def __init__(self) -> None:
        super().__init__("info rseq threads", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        _show_threads(argument)


class InfoRseqThread(gdb.Command):
    """Show one thread's struct rseq in full, and the critical section it is in.

Usage: info rseq thread [ID]
Without ID, show the selected thread's."""

    def __init__(self) -> None:
        super().__init__("info rseq thread", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        which = load("info").one_thread(argument.strip())
        for line in load("detail").thread(which):
            gdb.write(line + "\n")


def create() -> List[object]:
    """Create the commands of this module."""
    return [InfoRseq(), InfoRseqThreads(), InfoRseqThread()]
