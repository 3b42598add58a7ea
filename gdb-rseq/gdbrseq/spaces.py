# SPDX-License-Identifier: MIT
"""The program spaces of GDB's inferiors: whose an address is.

A breakpoint on an address gets a location in every program space that GDB sets
breakpoints in anew, as that of a fork's child or of a second program, where the address
may be in the middle of an instruction.
"""

from __future__ import annotations

import contextlib

import gdb

from . import TYPE_CHECKING, selection

if TYPE_CHECKING:
    from typing import Iterator, List


def of(location: "gdb.BreakpointLocation") -> gdb.Progspace:
    """The program space that LOCATION is in."""
    inferiors = gdb.inferiors()
    if len(inferiors) > 1:
        groups = location.thread_groups
        inferiors = [each for each in inferiors if groups and each.num == groups[0]] or inferiors
    return inferiors[0].progspace


def live() -> List[gdb.Progspace]:
    """Those that have a process."""
    return list({inferior.progspace: None for inferior in gdb.inferiors() if inferior.pid})


def is_settled() -> bool:
    """False while GDB makes the program space of another inferior than the selected one."""
    return gdb.current_progspace() == gdb.selected_inferior().progspace


@contextlib.contextmanager
def inside(space: gdb.Progspace) -> Iterator[None]:
    """Have SPACE be the current one, and an inferior of it selected."""
    if space == gdb.selected_inferior().progspace:
        yield
        return
    inferiors = [each for each in gdb.inferiors() if each.progspace == space]
    if not inferiors:
        raise gdb.error("the program space is gone")
    with selection.kept():
        selection.select_inferior(max(inferiors, key=lambda each: each.pid != 0))
        yield


def confine(breakpoint_: gdb.Breakpoint, space: gdb.Progspace) -> None:
    """Switch the locations of BREAKPOINT_, one of ours, off that are not in SPACE."""
    locations = breakpoint_.locations
    if len(locations) > 1:
        for location in locations:
            wanted = of(location) == space
            if location.enabled != wanted:
                location.enabled = wanted
