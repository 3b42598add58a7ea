# SPDX-License-Identifier: MIT
"""Hearing of a loaded library when GDB has set its breakpoints in it.

GDB tells of a new objfile before that, and of each breakpoint that has got a location
in the middle of it, where none may be changed (GDB 16 dies of it).  Right behind it,
GDB asks the breakpoints that stand where its own on the dynamic linker stands.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, spaces

if TYPE_CHECKING:
    from typing import Callable, List, Set

_HEAD = r"^-\d+ +(\S.*?) +(?:keep|del|dis) "
# With the inferiors it is for, when there are several.
_ADDRESS = r"^-\d+.* (0x[0-9a-f]+)\b(?:.* inf ([\d, ]+)$)?"


def _is_selected(inferiors: str) -> bool:
    return not inferiors or gdb.selected_inferior().num in map(int, inferiors.split(","))


def _event_addresses() -> Set[int]:
    """Where the dynamic linker of the selected inferior tells of libraries, as GDB knows it."""
    found: Set[int] = set()
    wanted = False
    for line in gdb.execute("maint info breakpoints", to_string=True).splitlines():
        head = re.match(_HEAD, line)
        if head:
            wanted = head.group(1) == "shlib events"
        address = re.match(_ADDRESS, line)
        if wanted and address and _is_selected(address.group(2)):
            found.add(int(address.group(1), 16))
    return found


class Watch(gdb.Breakpoint):
    """Calls ARRIVED when a thread comes to ADDRESS of the current program space."""

    def __init__(self, address: int, arrived: Callable[[], None]) -> None:
        super().__init__("*0x%x" % address, internal=True)
        self.silent = True
        self.space = gdb.current_progspace()
        self._arrived = arrived

    def stop(self) -> bool:
        """Called by GDB; never stops the thread."""
        self._arrived()
        return False


class Libraries:
    """Calls LOADED in a process whenever a library has come or gone."""

    def __init__(self, loaded: Callable[[], None]) -> None:
        self._loaded = loaded
        self._watches: List[Watch] = []

    def watch(self) -> None:
        """Begin, in the selected inferior's process, which is about to run."""
        self._watches = [Watch(address, self._loaded) for address in _event_addresses()]

    def confine(self) -> None:
        """Watch no other inferior's process."""
        for watch in self._watches:
            if watch.is_valid():
                spaces.confine(watch, watch.space)

    def forget(self) -> None:
        """End; not from an event of a breakpoint."""
        while self._watches:
            watch = self._watches.pop()
            if watch.is_valid():
                watch.delete()
