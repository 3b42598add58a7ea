# SPDX-License-Identifier: MIT
"""Getting hold of a thread at the start of a native command, before it has run.

A hook can't keep GDB from running its command, nor tell it another place to begin.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .code import forbidden
from .crowd import Crowd
from .interrupt import interrupt
from .objfiles import process
from .resume import runs_to_location
from .thread import selected_pc
from .traps import Quiet, Traps

if TYPE_CHECKING:
    from typing import Callable, Optional


def _is_store(pc: int) -> bool:
    near = process.index().near(pc)
    return any(section.flow.store == pc for section in near if not section.broken) and (
        not any(section.holds(pc) and section.flow.store != pc for section in near))


class Grip:
    """A trap where a thread resumes, which the coming command hits at once.

    GDB steps off a breakpoint at the pc where a thread stopped, but looks for one
    before it tells of the resumption: the trap is switched on in between (proceed() of
    infrun.c), so no instruction is run, and no register has to be changed.
    """

    def __init__(self, thread: gdb.InferiorThread) -> None:
        self._thread = thread
        self._traps = Traps(thread.global_num)  # one at most
        self._quiet = Quiet()
        self._crowd = Crowd()
        self._waiting = False

    def _wait(self, pc: int, accept: Optional[Callable[[], bool]]) -> None:
        """Plant the trap at PC; see Traps.add() for ACCEPT."""
        # The user's own at this pc would make GDB step off both.
        self._quiet.hush(pc, pc + 1, pc)
        self._crowd.part(pc)
        self._traps.add(pc, accept).enabled = False
        self._waiting = True
        interrupt.connect(gdb.events.cont, self._resumed)

    def _resumed(self, _event: gdb.ContinueEvent) -> None:
        self._stop_waiting()
        self._begin()

    def _begin(self) -> None:
        """GDB resumes the thread: switch the trap on, or not."""
        raise NotImplementedError

    def _stop_waiting(self) -> None:
        self._crowd.close()
        if self._waiting:
            interrupt.disconnect(gdb.events.cont, self._resumed)
            self._waiting = False

    def release(self) -> Optional[int]:
        """Take all away; the pc of the trap, if there was one.  May be called twice."""
        self._stop_waiting()
        self._quiet.restore()
        held = next((trap.address for trap in self._traps.traps), None)
        self._traps.clear()
        return held


class Hold(Grip):
    """Keeps a native command from running anything."""

    def __init__(self, thread: gdb.InferiorThread, on_store: bool) -> None:
        """ON_STORE: a STORE is held, too.  Other threads that come to it meanwhile abort."""
        super().__init__(thread)
        self._on_store = on_store

    def plant(self, in_place: bool = False) -> bool:
        """Hold the thread; False where no breakpoint may stand.

        IN_PLACE: the trap itself does not stop the thread, but a stepi has then done its
        one step, and GDB announces the end of that.
        """
        pc = selected_pc(self._thread)
        if forbidden(pc) and not (self._on_store and _is_store(pc)):
            return False
        self._wait(pc, (lambda: False) if in_place else None)
        return True

    def _begin(self) -> None:
        if runs_to_location():
            self._quiet.restore()  # a section on the way is run at full speed
            return
        for trap in self._traps.traps:
            trap.enabled = True
