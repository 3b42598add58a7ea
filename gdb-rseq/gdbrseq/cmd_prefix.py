# SPDX-License-Identifier: MIT
"""The prefixes of the commands and settings: `rseq', `set rseq', `show rseq'."""

from typing import List

import gdb


class SetRseq(gdb.Command):
    """Generic command for setting how restartable sequences are handled."""

    def __init__(self) -> None:
        super().__init__("set rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


class ShowRseq(gdb.Command):
    """Generic command for showing how restartable sequences are handled."""

    def __init__(self) -> None:
        super().__init__("show rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)

    def invoke(self, _argument: str, _from_tty: bool) -> None:
        """Show every setting, as other `show' prefixes do."""
        for name in ("stepping", "breakpoints", "notify"):
            gdb.execute("show rseq " + name)


class Rseq(gdb.Command):
    """Commands for restartable sequences.

step, next, stepi and nexti do what GDB's own commands of these names do with
gdb-rseq loaded, and always know their count, also in scripts."""

    def __init__(self) -> None:
        super().__init__("rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


def create() -> List[object]:
    """Create the prefixes."""
    return [SetRseq(), ShowRseq(), Rseq()]
