# SPDX-License-Identifier: MIT
"""`info rseq': what each thread's struct rseq says."""

from typing import List

import gdb

from .lazy import load


class InfoRseq(gdb.Command):
    """Show each thread's struct rseq: its address, cpu ids and critical section.

Usage: info rseq"""

    def __init__(self) -> None:
        super().__init__("info rseq", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        if argument:
            raise gdb.GdbError("Undefined info rseq command: \"%s\".  "
                               "Try \"help info rseq\"." % argument)
        selected = gdb.selected_thread()
        if selected is None:
            raise gdb.GdbError("The program is not being run.")
        frame = None if selected.is_running() else gdb.selected_frame()
        try:
            for line in load("info").threads():
                gdb.write(line + "\n")
        finally:
            selected.switch()
            if frame is not None:
                frame.select()


def create() -> List[object]:
    """Create the commands of this module."""
    return [InfoRseq()]
