# SPDX-License-Identifier: MIT
"""Inferior calls of a thread that stands inside a section.

The kernel sees the thread outside of its section, in the function that is called, and
forgets the section.  Back in it the thread would run the rest unprotected, and commit what
the kernel should have aborted.  So it is reminded.
"""

from __future__ import annotations

from typing import NamedTuple

import gdb

from . import TYPE_CHECKING
from .interrupt import interrupt
from .objfiles import process
from .thread import active_descriptor, selected_pc, selected_sp, set_descriptor

if TYPE_CHECKING:
    from typing import List, Tuple


class _Call(NamedTuple):
    thread: int
    where: Tuple[int, int]  # pc and stack pointer before the call
    descriptor: int


def _where(thread: gdb.InferiorThread) -> Tuple[int, int]:
    return selected_pc(thread), selected_sp(thread)


class Calls:
    """Those that are under way, and those that were stopped in the middle."""

    def __init__(self) -> None:
        self._under_way: List[_Call] = []
        self._left: List[_Call] = []

    def called(self, event: object) -> None:
        """A call begins or ends in the selected thread."""
        if not process.index():
            return
        thread = gdb.selected_thread()
        if isinstance(event, gdb.InferiorCallPreEvent):
            where = _where(thread)
            inside = any(section.holds(where[0]) for section in process.index().near(where[0]))
            self._under_way.append(_Call(thread.global_num, where,
                                         active_descriptor() if inside else 0))
        elif self._under_way:
            self._ended(self._under_way.pop(), thread)

    def _ended(self, call: _Call, thread: gdb.InferiorThread) -> None:
        if call.descriptor == 0 or thread is None or thread.global_num != call.thread:
            return
        set_descriptor(call.descriptor)  # GDB puts the registers back next
        if gdb.newest_frame().type() != gdb.DUMMY_FRAME:
            # Stopped in the function: the kernel forgets the section as it goes on there.
            if not self._left:
                interrupt.connect(gdb.events.stop, self._stopped)
                interrupt.connect(gdb.events.exited, self._exited)
            self._left.append(call)

    def _stopped(self, _event: gdb.StopEvent) -> None:
        """Is the selected thread back from a call?"""
        thread = gdb.selected_thread()
        for call in self._left:
            if thread is not None and (call.thread, call.where) == (
                    thread.global_num, _where(thread)):
                set_descriptor(call.descriptor)
                self._left.remove(call)
                break
        if not self._left:
            self._forget()

    def _exited(self, _event: gdb.ExitedEvent) -> None:
        self._forget()

    def _forget(self) -> None:
        self._left.clear()
        interrupt.disconnect(gdb.events.stop, self._stopped)
        interrupt.disconnect(gdb.events.exited, self._exited)


calls = Calls()
