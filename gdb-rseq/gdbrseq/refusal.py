# SPDX-License-Identifier: MIT
"""Keeps `until LOCATION', `advance' and `finish' from setting a breakpoint in a section.

GDB sets it where no hook is told, and no API shows or moves it; so the command is ended
before the thread has run.
"""

import re
from typing import Iterator, Optional

import gdb

from .hold import Grip
from .settings import settings
from .spots import look
from .thread import active_section, selected_pc

COMMANDS = ("until", "advance", "finish")

# The breakpoints that they set for their time, as GDB lists them.
_SET = re.compile(r"^-?[0-9]+ +(?:until|finish) .* (0x[0-9a-f]+)\b", re.MULTILINE)


def _places() -> Iterator[int]:
    table = gdb.execute("maint info breakpoints", to_string=True)
    return (int(address, 16) for address in _SET.findall(table))


def _section_at(address: int) -> Optional[str]:
    """The section that a breakpoint at ADDRESS would break, in words."""
    place, sections = look(gdb.current_progspace(), address)
    return None if place is None else "%s %s" % (place, sections[0].location())


def _next_pc(thread: gdb.InferiorThread) -> int:
    """Where THREAD will be when it is resumed: the kernel aborts a section."""
    section = active_section()
    return selected_pc(thread) if section is None else section.abort


class Refusal(Grip):
    """Ends the command before it has run when it turns out to be one of those."""

    def __init__(self, thread: gdb.InferiorThread, command: str) -> None:
        super().__init__(thread)
        self._command = command
        self._where: Optional[str] = None  # in what section the breakpoint would be
        self._refused = False
        self._wait(_next_pc(thread), self._arrives)

    def _begin(self) -> None:
        if settings.breakpoints != "off":
            self._where = next((where for where in map(_section_at, _places()) if where), None)
        self._refused = self._where is not None and settings.breakpoints == "protect"
        if self._where is not None and not self._refused:
            gdb.write("[rseq: \"%s\" sets a breakpoint %s, and breaks it]\n" % (
                self._command, self._where))
        for trap in self._traps.traps:
            trap.enabled = self._refused or not self._quiet.is_empty()

    def _arrives(self) -> bool:
        """Asked by GDB at the trap, before the thread has run."""
        # GDB has seen none of the user's breakpoints here; it steps off them now.
        self._quiet.restore()
        return self._refused

    def stopped(self) -> bool:
        """True, and told, when the stop that GDB is about to announce is the refusal."""
        refused = any(trap.is_valid() and trap.hit_count > 0 for trap in self._traps.traps)
        self.release()
        if refused:
            gdb.write("[rseq: \"%s\" was not started: its breakpoint would be %s, and break"
                      " it; \"tbreak\" stops before the section]\n" % (
                          self._command, self._where))
        return refused
