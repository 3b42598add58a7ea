# SPDX-License-Identifier: MIT
"""The ways to a section's STORE, and where breakpoints may stand on them.

That is on the gates, if GDB does no harm there: it steps a thread off an instruction relative
to rip in a copy, for which it changes a register.  When a signal comes instead of the step's
end, GDB before 14 does not change it back (infrun.c: displaced_step_finish() calls
gdbarch_displaced_step_fixup() only after SIGTRAP there).  So there it is on the outposts
before such a gate, where they are known.
"""

from __future__ import annotations

import re
from collections import namedtuple

import gdb

from . import TYPE_CHECKING, _csinfo
from .code import decode_here
from .objfiles import Section, process

if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Set, Tuple

_MENDED = 14  # the first version of GDB that changes the register back


def _version() -> int:
    match = re.match(r"\d+", gdb.VERSION)
    return int(match.group()) if match else _MENDED


_IS_HARMFUL = _version() < _MENDED


class Place(namedtuple("Place", "address gate next")):
    """Where a breakpoint can stand for a GATE: on that, or on an outpost.

    NEXT is where a thread goes on from ADDRESS that comes to STORE.
    """

    __slots__ = ()
    address: int
    gate: int
    next: int


def usable_gates(section: Section) -> Iterator[int]:
    """Addresses that lead to STORE of SECTION and where a breakpoint breaks no section."""
    for gate in section.flow.gates:
        if not gate.flags & _csinfo.GateFlag.IN_SECTION:
            yield gate.address


def _outposts(section: Section, gate: int, inside: bool) -> List[Place]:
    found = [Place(each.address, gate, each.next) for each in section.flow.outposts
             if each.gate == gate and each.address is not None and each.next is not None]
    if inside and not all(section.low <= place.address < section.high for place in found):
        return []
    return found


def places(section: Section, early: bool = True, inside: bool = False) -> List[Place]:
    """Where to meet the threads that come to STORE of SECTION; not EARLY: on its gates.

    INSIDE: and on those that have an outpost outside of the function.
    """
    found: List[Place] = []
    for gate in usable_gates(section):
        outposts = _outposts(section, gate, inside) if early and _IS_HARMFUL else []
        found += outposts or [Place(gate, gate, section.flow.store)]
    return found


def by_address(section: Section, early: bool = True) -> Dict[int, Set[int]]:
    """The places of SECTION, and where threads that come to STORE go on from each."""
    found: Dict[int, Set[int]] = {}
    for place in places(section, early):
        found.setdefault(place.address, set()).add(place.next)
    return found


def is_harmful(section: Section, early: bool = True) -> bool:
    """May GDB harm a thread that it steps off one of the places of SECTION?"""
    return _IS_HARMFUL and _steps_copies() and bool(
        {place.address for place in places(section, early)}
        & {outpost.gate for outpost in section.flow.outposts})


def _steps_copies() -> bool:
    """Does GDB step off breakpoints in a copy, in the selected inferior?"""
    chosen = gdb.parameter("displaced-stepping")
    if chosen is not None:
        return bool(chosen)
    connection = gdb.selected_inferior().connection
    return connection is None or connection.type == "native" or bool(gdb.parameter("non-stop"))


# Where a Place leads through, as long as the objfiles are the same.
_paths: Dict[Tuple[Section, Place], Tuple[int, ...]] = {}
_changes = 0


def path(section: Section, place: Place) -> Tuple[int, ...]:
    """The instructions from PLACE, one of SECTION's, to its gate, with both.

    Raises CsinfoError.
    """
    global _changes
    if _changes != process.changes:
        _paths.clear()
        _changes = process.changes
    known = _paths.get((section, place))
    if known is None:
        at, found = place.next, [place.address]
        while found[-1] != place.gate:
            found.append(at)
            at = decode_here(at).next
        known = _paths[section, place] = tuple(found)
    return known


def ahead(section: Section, pc: int) -> Tuple[int, ...]:
    """What a thread at PC runs up to STORE of SECTION, with that; () when it is not on its way.

    Raises CsinfoError.
    """
    store = section.flow.store
    if any(gate.address == pc for gate in section.flow.gates):
        return (store,)
    if _IS_HARMFUL:
        for place in places(section):
            way = path(section, place)
            if pc in way:
                return (*way[way.index(pc) + 1:], store)
    return ()


def branches(address: int) -> bool:
    """True when the instruction at ADDRESS may lead to two places."""
    try:
        return decode_here(address).kind == _csinfo.InsnKind.BRANCH
    except _csinfo.CsinfoError:
        return False
