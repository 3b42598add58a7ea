# SPDX-License-Identifier: MIT
"""The commands that show critical sections."""

from typing import List

import gdb

from .lazy import load


class InfoRseqSections(gdb.Command):
    """List the rseq critical sections of the program and its libraries.

Usage: info rseq sections [REGEXP]
With REGEXP, only those whose function or file name matches."""

    def __init__(self) -> None:
        super().__init__("info rseq sections", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        for line in load("listing").sections(argument):
            gdb.write(line + "\n")


def create() -> List[object]:
    """Create the commands of this module."""
    return [InfoRseqSections()]
