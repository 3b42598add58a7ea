# SPDX-License-Identifier: MIT
"""The traps in front of the sections of a thread's functions."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, approach
from .objfiles import Section, process
from .resume import Notices, runs_to_location
from .traps import Trap, Traps
from .view import real_frame

if TYPE_CHECKING:
    from typing import AbstractSet, Callable, Dict, Iterable, Iterator, List, Optional, Set

# Frames looked at for gates; one command does not return through more.
_FRAME_LIMIT = 256

# Descriptors of the sections that the user was told can't be skipped: once is enough.
_told: Set[int] = set()


def callers(frame: Optional[gdb.Frame]) -> List[gdb.Frame]:
    """FRAME and its callers, without inlined ones."""
    found: List[gdb.Frame] = []
    while frame is not None and len(found) < _FRAME_LIMIT:
        if frame.type() != gdb.INLINE_FRAME:
            found.append(frame)
        frame = frame.older()
    return found


def aborted(frames: List[gdb.Frame]) -> Iterator[int]:
    """Where those of FRAMES go on that a signal aborted in a section."""
    for handler, frame in zip(frames, frames[1:]):
        if handler.type() == gdb.SIGTRAMP_FRAME and process.index().with_abort(frame.pc()):
            yield frame.pc()


def _addresses(sections: List[Section]) -> Set[int]:
    return {place.address for section in sections
            for place in approach.places(section, inside=True)}


class Gates:
    """Traps on what leads to STORE, in the functions on the thread's stack."""

    def __init__(self, thread: int, takes_over: Callable[[], bool], notices: Notices) -> None:
        """TAKES_OVER is asked at a gate, in a frame that stood when it was planted."""
        self._traps = Traps(thread)
        self._takes_over = takes_over
        self._notices = notices
        self._frames: List[gdb.Frame] = []
        self._sections: Dict[int, Section] = {}
        self._aborts: Set[int] = set()
        self._armed: List[Section] = []
        self._outposts: Dict[int, Set[int]] = {}  # by gate, where they stand for that
        self._open: List[Trap] = []  # those that are off

    def arm(self) -> None:
        """Plant them for the current stack, unless they stand already."""
        frames = callers(gdb.newest_frame())
        if (self._sections or self._aborts) and frames == self._frames:
            self._close()
            return
        self.disarm()
        self._frames = frames
        index = process.index()
        for frame in frames:
            for section in index.near(frame.pc()):
                if not section.broken:
                    self._arm_section(section)
        for address in aborted(frames):
            self._aborts.add(address)
            self._traps.add(address, self._is_back)

    def _arm_section(self, section: Section) -> None:
        if section.flow.store is None and section.descriptor not in _told:
            _told.add(section.descriptor)
            self._notices.tell("can't skip %s: the store that arms it was not found"
                               % section.location())
        self._armed.append(section)
        for place in approach.places(section, inside=True):
            if place.address != place.gate:
                self._outposts.setdefault(place.gate, set()).add(place.address)
            if place.address not in self._sections:
                self._sections[place.address] = section
                self._traps.add(place.address, self._arrived)

    def _arrived(self) -> bool:
        # Not in a deeper call of the same function: GDB runs over that.
        return real_frame(gdb.newest_frame()) in self._frames and self._takes_over()

    def _is_back(self) -> bool:
        """The handler has returned."""
        return real_frame(gdb.newest_frame()) in self._frames and not runs_to_location()

    def open(self, sections: Iterable[Section]) -> None:
        """Let the thread pass those of SECTIONS until they are armed again."""
        opened = list(sections)
        kept = [section for section in self._armed if section not in opened]
        places = _addresses(opened) - _addresses(kept)
        for trap in self._traps.traps:
            if trap.address in places:
                self._open.append(trap)
                trap.enabled = False

    def _close(self) -> None:
        while self._open:
            self._open[-1].enabled = True
            self._open.pop()

    def plant(self, section: Section) -> None:
        """Trap every way into SECTION, in whatever frame."""
        # Whoever arrives is about to run it: not on the way to a branch.
        early = not any(map(approach.branches, approach.by_address(section)))
        for address in approach.by_address(section, early):
            self._traps.add(address)

    def find_interrupt(self, pc: int) -> None:
        """Keep the interrupt that GDB forgot while it asked at PC."""
        self._traps.find_interrupt(pc)

    def trap_at(self, pc: int) -> Optional[Trap]:
        """The trap at PC, if there is one."""
        return self._traps.at(pc)

    def instead_of(self, addresses: AbstractSet[int]) -> AbstractSet[int]:
        """ADDRESSES, with outposts instead of the gates that have any."""
        return set().union(*(self._outposts.get(address, {address}) for address in addresses))

    def section_at(self, pc: int) -> Optional[Section]:
        """The section to which the gate at PC leads."""
        return self._sections.get(pc)

    def is_abort(self, pc: int) -> bool:
        """Is the thread back from the handler of a signal that aborted a section?"""
        return pc in self._aborts

    def disarm(self) -> None:
        """Take all away; may be called twice."""
        self._open.clear()
        self._traps.clear()
        self._sections.clear()
        self._aborts.clear()
        self._armed.clear()
        self._outposts.clear()
