# SPDX-License-Identifier: MIT
"""Keeps `until LOCATION', `advance' and `finish' from setting a breakpoint in a section.

GDB sets it where no hook is told, and no API shows or moves it; so the command is ended
before the thread has run.
"""

import re
from typing import Iterator, Optional

import gdb

from .objfiles import process
from .settings import settings
from .spots import look
from .thread import active_descriptor, selected_pc
from .traps import AskingTrap, Quiet, Trap

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
    pc = selected_pc(thread)
    for section in process.index().near(pc):
        if section.holds(pc) and section.descriptor == active_descriptor():
            return section.abort
    return pc


class Refusal:
    """A trap under the thread, switched on when the command turns out to be one of those.

    See hold.Hold for how that ends the command.
    """

    def __init__(self, thread: gdb.InferiorThread, command: str) -> None:
        self._command = command
        self._where: Optional[str] = None  # in what section the breakpoint would be
        self._refused = False
        pc = _next_pc(thread)
        self._quiet = Quiet()
        self._quiet.hush(pc, pc + 1, pc)
        self._trap: Optional[Trap] = AskingTrap(pc, thread.global_num, self._begins)
        self._trap.enabled = False
        self._waiting = True
        gdb.events.cont.connect(self._resumed)

    def _resumed(self, _event: gdb.ContinueEvent) -> None:
        self._stop_waiting()
        if settings.breakpoints != "off":
            self._where = next((where for where in map(_section_at, _places()) if where), None)
        self._refused = self._where is not None and settings.breakpoints == "protect"
        if self._where is not None and not self._refused:
            gdb.write("[rseq: \"%s\" sets a breakpoint %s, and breaks it]\n" % (
                self._command, self._where))
        if self._trap is not None:
            self._trap.enabled = self._refused or not self._quiet.is_empty()

    def _begins(self) -> bool:
        """Asked by GDB at the trap, before the thread has run."""
        # GDB has seen none of the user's breakpoints here; it steps off them now.
        self._quiet.restore()
        return self._refused

    def _stop_waiting(self) -> None:
        if self._waiting:
            self._waiting = False
            gdb.events.cont.disconnect(self._resumed)

    def stopped(self) -> bool:
        """True, and told, when the stop that GDB is about to announce is the refusal."""
        refused = self._trap is not None and self._trap.is_valid() and self._trap.hit_count > 0
        self.release()
        if refused:
            gdb.write("[rseq: \"%s\" was not started: its breakpoint would be %s, and break"
                      " it; \"tbreak\" stops before the section]\n" % (
                          self._command, self._where))
        return refused

    def release(self) -> None:
        """Take all away; may be called twice."""
        self._stop_waiting()
        self._quiet.restore()
        trap, self._trap = self._trap, None
        if trap is not None and trap.is_valid():
            trap.delete()
