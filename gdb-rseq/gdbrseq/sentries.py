# SPDX-License-Identifier: MIT
"""Breakpoints that tell when a thread enters and leaves one section."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo, approach, frontend, spaces
from .burial import bury
from .guards import misses
from .objfiles import Section
from .skip import Exits, Refused
from .traps import StandIn, asker

if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional, Set

    _Arrived = Callable[[Section, int], bool]

# Breakpoints that GDB can insert at every stop without being felt.
MANY = 256


class Sentry(StandIn):
    """Asks ARRIVED, with its section and address, whether a thread that came to it stops."""

    def __init__(self, address: int, section: Section, arrived: _Arrived) -> None:
        super().__init__(address, gdb.BP_BREAKPOINT, 0)
        spaces.confine(self, gdb.current_progspace())
        self.silent = not frontend.shows_every_stop()
        self.stop = asker(lambda: arrived(section, address))


class Fence:
    """Sentries on the ways into and out of SECTION; those on the latter are off at first."""

    def __init__(self, section: Section, entered: _Arrived, left: _Arrived) -> None:
        """Raises skip.Refused, having planted nothing."""
        self.section = section
        self._entered = entered
        self._leaves: List[Sentry] = []
        self._ways: Dict[int, Set[int]] = approach.by_address(section)
        self._enters: List[Sentry] = []
        if any(each.kind == _csinfo.ExitKind.RETURN for each in section.flow.exits):
            raise Refused("it returns, and the caller is not known")
        places = Exits(section).places
        try:
            for address, _ in places:
                self._leaves.append(Sentry(address, section, left))
                self._leaves[-1].enabled = False
            for address in sorted(self._ways):
                self._enters.append(Sentry(address, section, self._asked))
        except BaseException:
            self.remove()
            raise

    def _asked(self, section: Section, address: int) -> bool:
        return not misses(address, self._ways[address]) and self._entered(section, address)

    def enters_from(self, pc: Optional[int]) -> bool:
        """True when a thread that goes on at PC is about to run the section."""
        return pc is not None and (
            pc == self.section.flow.store or bool(approach.ahead(self.section, pc)))

    def watch_exits(self, on: bool) -> None:
        """Switch those on the ways out ON, or off."""
        for sentry in self._leaves:
            if sentry.is_valid() and sentry.enabled != on:
                sentry.enabled = on

    def give_commands(self, address: int, commands: Optional[str]) -> None:
        """Have GDB do COMMANDS at the coming stop of the one at ADDRESS, a way out."""
        for sentry in self._leaves:
            if sentry.address == address and (sentry.commands or "") != (commands or ""):
                sentry.commands = commands

    def remove(self) -> None:
        """Take all away; also in an event of a breakpoint."""
        for sentry in self._enters + self._leaves:
            bury(sentry)
