# SPDX-License-Identifier: MIT
"""Getting hold of a thread at the start of a native command, before it has run.

A hook can't keep GDB from running its command, nor tell it another place to begin.
"""

from typing import Callable, Optional, Tuple

import gdb

from .code import harmless_address
from .objfiles import Section
from .thread import registers


class Diversion:
    """A pc that is not the thread's own, from its hook to the stop behind it."""

    def __init__(self, thread: gdb.InferiorThread) -> None:
        self._thread = thread
        self._pcs: Optional[Tuple[int, int]] = None  # to go back to, and from where

    def away(self, resume_at: int, trap: Callable[[int], None]) -> bool:
        """Make the coming command stop before it has run an instruction.

        GDB does not stop at a breakpoint at the pc where the thread stopped, but does
        at any other, so the pc is moved to a harmless one, where TRAP plants one;
        back() then moves it to RESUME_AT.  False when there is no such place.
        """
        target = harmless_address(gdb.newest_frame().pc())
        if target is None:
            return False
        self._pcs = (resume_at, target)
        trap(target)
        gdb.execute("set var $pc = 0x%x" % target)
        return True

    def over_store(self, section: Section) -> None:
        """The coming stepi runs STORE of SECTION; back() puts the thread on it again.

        STORE is idempotent, and cheaper to run twice than to divert from.
        """
        flow = section.flow
        self._pcs = (flow.store, flow.store + flow.store_length)

    def back(self) -> bool:
        """Give the thread its own pc back.  True when it had to be, in this thread."""
        if self._pcs is None:
            return False
        resume_at, target = self._pcs
        self._pcs = None
        selected = gdb.selected_thread()
        if selected is None or not self._thread.is_valid():
            return False
        same = selected.ptid == self._thread.ptid
        if not same:
            self._thread.switch()
        try:
            there = registers(self._thread)[0] == target
            if there:
                gdb.execute("set var $pc = 0x%x" % resume_at)
        finally:
            if not same and selected.is_valid():
                selected.switch()
        return there and same
