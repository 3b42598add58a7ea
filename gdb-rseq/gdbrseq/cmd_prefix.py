# SPDX-License-Identifier: MIT
"""The prefixes of the commands and settings: `rseq', `set rseq', `show rseq'."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import List


class _Prefix(gdb.Command):
    """One that lists its subcommands when it is given alone, as GDB's own do."""

    _name = ""

    def __init__(self) -> None:
        super().__init__(self._name, gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB, also for an unknown word."""
        if argument:
            raise gdb.GdbError("Undefined %s command: \"%s\".  Try \"help %s\"." % (
                self._name, argument, self._name))
        self._alone()

    def _alone(self) -> None:
        text = gdb.execute("help " + self._name, to_string=True)
        gdb.write(text[text.index("List of "):])


class SetRseq(_Prefix):
    """Generic command for setting how restartable sequences are handled."""

    _name = "set rseq"


class ShowRseq(_Prefix):
    """Generic command for showing how restartable sequences are handled."""

    _name = "show rseq"

    def _alone(self) -> None:
        for name in ("breakpoints", "notify", "stepping"):
            gdb.write("rseq %s:  " % name)
            gdb.execute("show rseq " + name)


class Rseq(_Prefix):
    """Commands for restartable sequences.

step, next, stepi and nexti do what GDB's own commands of these names do with
gdb-rseq loaded, and always know their count, also in scripts."""

    _name = "rseq"


def create() -> List[object]:
    """Create the prefixes."""
    return [SetRseq(), ShowRseq(), Rseq()]
