# SPDX-License-Identifier: MIT
"""Hearing of a loaded library when GDB has set its breakpoints in it.

GDB tells of a new objfile before that, and of each breakpoint that has got a location
in the middle of it, where none may be changed (GDB 16 dies of it).  Right behind it,
GDB asks the breakpoints that stand where its own on the dynamic linker stands.
"""

import re
from typing import Callable, List, Set

import gdb

_HEAD = re.compile(r"^-\d+ +(\S.*?) +(?:keep|del|dis) ")
_ADDRESS = re.compile(r"^-\d+.* (0x[0-9a-f]+)\b")


def _event_addresses() -> Set[int]:
    """Where the dynamic linker tells of libraries, as GDB knows it."""
    found: Set[int] = set()
    wanted = False
    for line in gdb.execute("maint info breakpoints", to_string=True).splitlines():
        head = _HEAD.match(line)
        if head:
            wanted = head.group(1) == "shlib events"
        address = _ADDRESS.match(line)
        if wanted and address:
            found.add(int(address.group(1), 16))
    return found


class _Watch(gdb.Breakpoint):
    """Never stops the thread."""

    def __init__(self, address: int, loaded: Callable[[], None]) -> None:
        super().__init__("*0x%x" % address, internal=True)
        self.silent = True
        self._loaded = loaded

    def stop(self) -> bool:
        """Called by GDB."""
        self._loaded()
        return False


class Libraries:
    """Calls LOADED in the process whenever a library has come or gone."""

    def __init__(self, loaded: Callable[[], None]) -> None:
        self._loaded = loaded
        self._watches: List[_Watch] = []

    def watch(self) -> None:
        """Begin, in the process that is about to run."""
        self.forget()
        self._watches = [_Watch(address, self._loaded) for address in _event_addresses()]

    def forget(self) -> None:
        """End; not from an event of a breakpoint."""
        while self._watches:
            watch = self._watches.pop()
            if watch.is_valid():
                watch.delete()
