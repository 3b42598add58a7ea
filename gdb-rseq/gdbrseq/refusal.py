# SPDX-License-Identifier: MIT
"""Keeps `until LOCATION', `advance' and `finish' from setting a breakpoint in a section, and
tells of a `jump' into one that is not armed.

GDB sets the breakpoint where no hook is told, and no API shows or moves it; so the command is
ended before the thread has run.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING
from .hold import Grip
from .objfiles import process
from .settings import settings
from .spots import look
from .thread import active_descriptor, active_section, is_native, selected_pc

if TYPE_CHECKING:
    from typing import Iterator, Optional

COMMANDS = ("until", "advance", "finish", "jump")

# The breakpoints that they set for their time, as GDB lists them.
_SET = re.compile(r"^-?[0-9]+ +(?:until|finish) .* (0x[0-9a-f]+)\b", re.MULTILINE)

# What is told, by `set rseq breakpoints', of COMMAND and where its breakpoint would be.
_BREAKPOINT = {
    "protect": "\"%s\" was not started: its breakpoint would be %s, and break it; \"tbreak\""
               " stops before the section",
    "warn": "\"%s\" sets a breakpoint %s, and breaks it"}


def _places() -> Iterator[int]:
    table = gdb.execute("maint info breakpoints", to_string=True)
    return (int(address, 16) for address in _SET.findall(table))


def _section_at(address: int) -> Optional[str]:
    """The section that a breakpoint at ADDRESS would break, in words."""
    place, sections = look(gdb.current_progspace(), address)
    return None if place is None else "%s %s" % (place, sections[0].location())


def enters_unarmed(pc: int, descriptor: int) -> Optional[str]:
    """What a thread with DESCRIPTOR does that was put on PC, if that is bad, in words."""
    for section in process.index().near(pc):
        if section.descriptor == descriptor and section.holds(pc):
            continue  # the kernel aborts it
        store = None if section.broken else section.flow.store
        if store is not None and section.armed_from <= pc < section.commit and pc > store:
            before = min((gate.address for gate in section.flow.gates), default=store)
            return ("enters %s behind the store that arms it, and runs it unprotected;"
                    " *0x%x is before that" % (section.location(), before))
    return None


class Refusal(Grip):
    """Ends the command before it has run when it turns out to be one of those."""

    def __init__(self, thread: gdb.InferiorThread, command: str) -> None:
        super().__init__(thread)
        self._command = command
        self._told: Optional[str] = None  # why it was refused
        self._inside = active_section()
        self._descriptor = active_descriptor() if command == "jump" else 0
        self._pc = selected_pc(thread)

    def plant(self) -> None:
        """Wait for the command to begin."""
        # The kernel aborts a section as the thread is resumed, unless GDB has it step off a
        # breakpoint, in a copy.
        if self._inside is not None:
            self._quiet.hush_at(self._pc)
        self._wait(self._pc if self._inside is None else self._inside.abort, self._arrives)

    def follow(self) -> None:
        """The thread may have been moved, through an abort handler."""
        pc = selected_pc(self._thread)
        if pc != self._pc:
            self._pc = pc
            self.release()
            self._wait(pc, self._arrives)

    def _begin(self) -> None:
        mode = settings.breakpoints
        if mode != "off":
            text = self._of_jump() if self._command == "jump" else self._of_breakpoint(mode)
            if mode == "protect" and self._command != "jump":
                self._told = text
            elif text is not None:
                gdb.write("[rseq: %s]\n" % text)
        for trap in self._traps.traps:
            trap.enabled = self._told is not None or not self._quiet.is_empty()

    def _of_breakpoint(self, mode: str) -> Optional[str]:
        where = next((where for where in map(_section_at, _places()) if where), None)
        return None if where is None else _BREAKPOINT[mode] % (self._command, where)

    def _of_jump(self) -> Optional[str]:
        # GDB has set the pc.  It takes no other now, and nothing may be asked of its frames.
        pc = selected_pc(self._thread) if is_native() else self._pc
        what = enters_unarmed(pc, self._descriptor)
        return None if what is None else '"jump" ' + what

    def _arrives(self) -> bool:
        """Asked by GDB at the trap, before the thread has run."""
        # GDB has seen none of the user's breakpoints here; it steps off them now.
        self._quiet.restore()
        return self._told is not None

    def stopped(self) -> bool:
        """True, and told, when the stop that GDB is about to announce is the refusal."""
        refused = any(trap.is_valid() and trap.hit_count > 0 for trap in self._traps.traps)
        self.release()
        if refused:
            gdb.write("[rseq: %s]\n" % self._told)
        return refused
