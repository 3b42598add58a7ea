# SPDX-License-Identifier: MIT
"""Locations of the user's breakpoints that stand where none may."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo, spaces
from .objfiles import Index, Section, process

if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Optional, Tuple

    # Where a spot is: the program space, and the address in it.
    Where = Tuple[gdb.Progspace, int]

ON_SIGNATURE = "on the signature of the abort handler of"
ON_STORE = "on the store that arms"
INSIDE = "inside"


class Spot:
    """One location, at ADDRESS of SPACE, in or before SECTIONS.

    KEY is its function and line: what stays as code is relocated.
    """

    def __init__(self, name: str, space: gdb.Progspace, address: int,
                 key: Tuple[object, object], place: str, sections: List[Section],
                 wanted: bool) -> None:
        self.name = name  # as GDB numbers it: 2, or 2.1
        self.space = space
        self.address = address
        self.key = key
        self.place = place
        self.sections = sections
        self.wanted = wanted  # the user has it enabled
        self.off = False  # we have it switched off

    def words(self) -> str:
        """Where it is, for the user."""
        return "%s %s" % (self.place, self.sections[0].location())


def _place(section: Section, address: int) -> Optional[str]:
    try:
        if section.flow.store == address:
            return ON_STORE
        if section.armed_from <= address < section.commit:
            return INSIDE
    except _csinfo.CsinfoError:
        pass
    return INSIDE if section.holds(address) else None


def _index(space: gdb.Progspace) -> Index:
    known = process.known(space)
    if known is None:
        with spaces.inside(space):
            known = process.index()
    return known


def look(space: gdb.Progspace, address: int) -> Tuple[Optional[str], List[Section]]:
    """What ADDRESS of SPACE is in, and the sections."""
    index = _index(space)
    found = [(_place(section, address), section) for section in index.around(address)
             if not section.broken]
    found = [(place, section) for place, section in found if place is not None]
    if found:
        return found[0][0], [section for _, section in found]
    signed = index.with_signature(address)
    return (None, []) if signed is None else (ON_SIGNATURE, [signed])


def _locations(breakpoint_: gdb.Breakpoint) -> Iterator[Tuple[str, "gdb.BreakpointLocation"]]:
    locations = breakpoint_.locations
    for number, location in enumerate(locations, 1):
        name = "%d.%d" % (breakpoint_.number, number)
        yield name if len(locations) > 1 else "%d" % breakpoint_.number, location


def where(location: "gdb.BreakpointLocation") -> Where:
    """The key of the spot at LOCATION."""
    return spaces.of(location), location.address


def _was_wanted(location: "gdb.BreakpointLocation", key: Tuple[object, object],
                before: Dict[Where, Spot]) -> bool:
    """Had the user this disabled location enabled, as far as BEFORE tells?"""
    known = before.get(where(location))
    if known is None:
        known = next((spot for spot in before.values() if spot.key == key), None)
    return known is not None and known.off and known.wanted


def _enable(location: "gdb.BreakpointLocation", on: bool) -> None:
    try:
        location.enabled = on
    except gdb.error:  # GDB itself has it off: its condition has no value there (-force)
        pass


def _give_back(location: "gdb.BreakpointLocation", before: Dict[Where, Spot]) -> None:
    """LOCATION is in no section: in none any more, or its library is not loaded now."""
    spot = before.get(where(location))
    if spot is not None and spot.off:
        _enable(location, spot.wanted)


def find(breakpoint_: gdb.Breakpoint, before: Dict[Where, Spot]) -> Dict[Where, Spot]:
    """The spots of BREAKPOINT_; BEFORE are those that were known."""
    spots: Dict[Where, Spot] = {}
    for name, location in _locations(breakpoint_):
        space, address = at = where(location)
        place, sections = look(space, address)
        if place is None:
            _give_back(location, before)
            continue
        key = (location.function, location.source)
        wanted = location.enabled or _was_wanted(location, key, before)
        spots[at] = Spot(name, space, address, key, place, sections, wanted)
    return spots


def switch(breakpoint_: gdb.Breakpoint, spots: Dict[Where, Spot], on: bool) -> None:
    """Give back the locations of SPOTS, as the user has them, or switch them off."""
    for location in breakpoint_.locations:
        spot = spots.get(where(location))
        if spot is None:
            continue
        spot.off = not on
        if location.enabled != (on and spot.wanted):
            _enable(location, on and spot.wanted)
