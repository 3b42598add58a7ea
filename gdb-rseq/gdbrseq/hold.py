# SPDX-License-Identifier: MIT
"""Getting hold of a thread at the start of a native command, before it has run.

A hook can't keep GDB from running its command, nor tell it another place to begin.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo
from .code import decode_here, forbidden
from .crowd import Crowd
from .interrupt import interrupt
from .objfiles import process
from .resume import comes_from_handler, runs_to_location
from .thread import selected_pc, selected_sp
from .traps import Quiet, Traps
from .view import handles_signal_at

if TYPE_CHECKING:
    from typing import Callable, List, Optional

# Instructions of which is known where they lead, in the same frame.
_KNOWN = (_csinfo.InsnKind.PLAIN, _csinfo.InsnKind.JUMP, _csinfo.InsnKind.BRANCH,
          _csinfo.InsnKind.SYSCALL)


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
        self._traps = Traps(thread.global_num)
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

    def release(self) -> List[int]:
        """Take all away; where traps were.  May be called twice."""
        self._stop_waiting()
        self._quiet.restore()
        held = [trap.address for trap in self._traps.traps]
        self._traps.clear()
        return held


class Hold(Grip):
    """Keeps a native command from running anything.

    A signal that comes as the thread resumes has its handler run first, and GDB then takes
    the trap for one to step off: the thread is held behind that one instruction.
    """

    def __init__(self, thread: gdb.InferiorThread, on_store: bool,
                 missed: Callable[[], None]) -> None:
        """ON_STORE: a STORE is held, too.  Other threads that come to it meanwhile abort.

        MISSED is called when the command goes on for one instruction, or altogether.
        """
        super().__init__(thread)
        self._on_store = on_store
        self._missed = missed
        self._pc = self._sp = 0
        self.has_stepped = False  # it is behind that instruction

    def plant(self, in_place: bool = False, at: Optional[int] = None) -> bool:
        """Hold the thread; False where no breakpoint may stand.

        IN_PLACE: the trap itself does not stop the thread, but a stepi has then done its
        one step, and GDB announces the end of that.  AT is where the kernel resumes it, if
        that is not its pc.
        """
        pc = selected_pc(self._thread) if at is None else at
        if forbidden(pc) and not (self._on_store and _is_store(pc)):
            return False
        self._pc, self._sp = pc, selected_sp(self._thread)
        self._wait(pc, (lambda: False) if in_place else self._arrives)
        return True

    def _arrives(self) -> bool:
        """Asked by GDB at the trap."""
        if not comes_from_handler(self._pc, self._thread.global_num) or self.is_in_handler():
            return True
        self._missed()
        for place in self._behind():
            if not forbidden(place) or _is_store(place):
                self._traps.add(place, lambda: not self.is_in_handler())
        self._traps.traps[0].enabled = False  # a copy of the instruction need not be run
        self.has_stepped = True
        return False

    def _behind(self) -> List[int]:
        """Where the thread can be behind the instruction at the trap."""
        insn = decode_here(self._pc)
        if insn.kind not in _KNOWN:
            return []
        found = [insn.next] if insn.goes_on else []
        return found if insn.target is None else found + [insn.target]

    def is_in_handler(self) -> bool:
        """Has a signal's handler come to the trap, which stands in what it interrupted?"""
        return selected_sp(self._thread) != self._sp and handles_signal_at(self._sp)

    def _begin(self) -> None:
        if runs_to_location():
            self._quiet.restore()  # a section on the way is run at full speed
            return
        for trap in self._traps.traps:
            trap.enabled = True
