# SPDX-License-Identifier: MIT
"""How far a thread can be run at full speed in the middle of a stepping command."""

from __future__ import annotations

from typing import NamedTuple

import gdb

from . import TYPE_CHECKING, _csinfo
from .code import decode_here, forbidden
from .ground import Ground, alike
from .objfiles import process
from .region import Region, explore
from .skip import Exits, Refused
from .traps import only_breakpoints, user_breakpoint_in

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

    from .ground import Inside
    from .judge import Origin
    from .objfiles import Section


class Fence(NamedTuple):
    """The REGION around a thread, and the sections on which it needs no gate."""

    region: Region
    through: List[Exits]

    def exits_at(self, pc: int) -> Optional[Exits]:
        """Those of the section that was left to PC."""
        return next((exits for exits in self.through
                     if pc in self.region.exits and exits.leads_to(pc)), None)


class Fences:
    """Those of one command; most are asked for again with the next pass of a loop."""

    def __init__(self) -> None:
        self._known: Dict[Tuple[object, ...], Fence] = {}
        self._grounds: Dict[Tuple[object, ...], Ground] = {}
        self._frame: Optional[gdb.Frame] = None  # that of the origin

    def around(self, pc: int, origin: Origin, detour: bool, through: bool) -> Fence:
        """What needs no decision of ORIGIN's command around PC.

        In a DETOUR, each address does.  THROUGH: a section does not, where it can be known.
        """
        if self._frame is None or self._frame != origin.frame:
            self._frame = origin.frame
            self._known.clear()
            self._grounds.clear()
        state = (origin.low, origin.high, origin.line, origin.mode, process.changes)
        key = (pc, detour, through) + state
        fence = self._known.get(key)
        if fence is None:
            # From a handler GDB may not find the frame of the origin.
            inside = (lambda address: address == pc) if detour else self._inside(pc, origin, state)
            fence = self._known[key] = _explore(
                inside, pc, origin.mode == "step" and not detour, through)
        return fence

    def _inside(self, pc: int, origin: Origin, state: Tuple[object, ...]) -> Inside:
        ground = self._grounds.get(state)
        if ground is None:
            ground = self._grounds[state] = Ground(origin)
        return ground.holds if ground.holds(pc) else alike(pc)


def _explore(inside: Inside, pc: int, stop_at_calls: bool, through: bool) -> Fence:
    passed: Dict[int, Optional[Exits]] = {}

    def run_through(address: int) -> Optional[List[int]]:
        if address not in passed:
            passed[address] = _exits_from(address) if through else None
        exits = passed[address]
        return None if exits is None else [place for place, _ in exits.places]

    region = explore(pc, inside, forbidden, decode_here, stop_at_calls, run_through)
    return Fence(region, [exits for exits in passed.values() if exits is not None])


def _armed_by(store: int) -> Optional[Section]:
    return next((section for section in process.index().near(store)
                 if not section.broken and section.flow.store == store), None)


def _exits_from(store: int) -> Optional[Exits]:
    """Those of the section that STORE arms; None where it has to be stopped at."""
    section = _armed_by(store)
    if section is None or section.flow.flags & _csinfo.FlowFlag.CALL:
        return None
    if not only_breakpoints() or user_breakpoint_in(section.armed_from, section.commit):
        return None
    try:
        exits = Exits(section)
    except Refused:
        return None
    if any(accept is not None or forbidden(place) for place, accept in exits.places):
        return None
    return exits
