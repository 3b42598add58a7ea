# SPDX-License-Identifier: MIT
"""Traps of other threads under a thread that is about to be held, in non-stop mode.

GDB steps off any breakpoint at the pc where a thread resumes, whichever thread it is
for, so the trap that has to hold that thread would come too late.
"""

from __future__ import annotations

import time

import gdb

from . import TYPE_CHECKING
from .interrupt import interrupt
from .target import is_native
from .traps import Trap, unheard

if TYPE_CHECKING:
    from typing import List

_PATIENCE = 0.1  # seconds; a thread that was let go at its trap is back as soon as it runs
_PAUSE = 0.0005


def _has_stopped(thread: gdb.InferiorThread) -> bool:
    """Does the kernel have THREAD stopped, whether GDB has heard of it or not?

    True where that is not known: in gdbserver.
    """
    if not thread.is_valid() or not thread.is_running() or not is_native():
        return True
    pid, tid, _ = thread.ptid
    try:
        with open("/proc/%d/task/%d/stat" % (pid, tid or pid), encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] == "t"
    except OSError:
        return True


def _owners(traps: List[Trap]) -> List[gdb.InferiorThread]:
    numbers = {trap.thread for trap in traps}
    return [thread for thread in gdb.selected_inferior().threads()
            if thread.global_num in numbers]


class Crowd:
    """The traps of other threads at one address, off until the thread there resumes."""

    def __init__(self) -> None:
        self._off: List[Trap] = []

    def part(self, address: int) -> None:
        """Switch those at ADDRESS off, when nobody can miss one meanwhile."""
        if not gdb.parameter("non-stop"):
            return  # there is one stepping command at a time
        traps = [each for each in gdb.breakpoints() if isinstance(each, Trap)
                 and each.address == address and each.enabled]
        if not traps or not self._have_stopped(_owners(traps)):
            return
        self._off = traps
        interrupt.shield(self._switch_off)

    def _switch_off(self) -> None:
        with unheard:
            for trap in self._off:
                trap.enabled = False

    @staticmethod
    def _have_stopped(threads: List[gdb.InferiorThread]) -> bool:
        end = time.monotonic() + _PATIENCE
        while not all(map(_has_stopped, threads)):
            if time.monotonic() > end:
                return False
            time.sleep(_PAUSE)
        return True

    def close(self) -> None:
        """Switch them on again; those deleted since are gone.  May be called twice."""
        interrupt.shield(self._close)

    def _close(self) -> None:
        with unheard:
            while self._off:
                if self._off[-1].is_valid():
                    self._off[-1].enabled = True
                self._off.pop()
