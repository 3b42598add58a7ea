# SPDX-License-Identifier: MIT
"""One of the user's breakpoints with locations in sections, and its guards.

Its locations there are off; a guard on each gate of their sections has its condition,
thread, ignore count and commands, and stops for it.
"""

from typing import Callable, Dict, List, Optional

import gdb

from . import conditions, spots
from .guards import AskingGuard, Guard, branches, bury, gates_of, leads_to, why_not
from .interrupt import interrupt
from .objfiles import Section
from .spots import Spot

# What every guard has from the user's breakpoint; the last since GDB 15.
_FOLLOWED = ("thread", "task", "inferior")


class Protected:
    """A breakpoint; its `number` outlives it."""

    def __init__(self, breakpoint_: gdb.Breakpoint, tell: Callable[[str], None]) -> None:
        self.breakpoint = breakpoint_
        self.number: int = breakpoint_.number
        self.spots: Dict[int, Spot] = {}
        self.guards: Dict[int, Guard] = {}
        self.hits = 0  # of the guards
        self._tell = tell

    # ---- locations ----

    def look(self) -> bool:
        """Find its locations in sections; False when there are none."""
        self.spots = spots.find(self.breakpoint, self.spots)
        return bool(self.spots)

    def warn(self) -> None:
        """Say what the breakpoint does to the sections it stands in."""
        for spot in self.spots.values():
            self._tell("breakpoint %s is %s, and breaks it" % (spot.name, spot.words()))

    def shield(self, live: bool) -> None:
        """Switch its locations there off, and plant guards where the process is LIVE."""
        safe: Dict[int, Spot] = {}
        for address, spot in self.spots.items():
            reason = _why_not(spot)
            if reason is None:
                safe[address] = spot
                self._tell_where(spot)
            else:
                self._tell("breakpoint %s is %s, and breaks it: no protection, as %s" % (
                    spot.name, spot.words(), reason))
        spots.switch(self.breakpoint, safe, False)
        self._plant([spot for spot in safe.values() if spot.wanted] if live else [])
        self.follow()

    def expose(self) -> None:
        """Give its locations back as the user has them, and take the guards away."""
        self._plant([])
        if self.breakpoint.is_valid():
            spots.switch(self.breakpoint, self.spots, True)

    def leave(self) -> None:
        """Take the guards away: the breakpoint or the process is gone."""
        self._plant([])

    def _tell_where(self, spot: Spot) -> None:
        if spot.place == spots.ON_SIGNATURE:
            self._tell("breakpoint %s is %s: the kernel would kill the process, so it is off" % (
                spot.name, spot.words()))
        else:
            self._tell("breakpoint %s is %s: it stops before the section" % (
                spot.name, spot.words()))

    # ---- guards ----

    def _plant(self, wanted: List[Spot]) -> None:
        """Have guards before the sections of the WANTED spots, and nowhere else."""
        gates: Dict[int, Section] = {}
        for spot in wanted:
            if spot.place != spots.ON_SIGNATURE:
                gates.update((gate, section) for section in spot.sections
                             for gate in gates_of(section))
        for address in set(self.guards) - set(gates):
            bury(self.guards.pop(address))
        for address in sorted(set(gates) - set(self.guards)):
            self.guards[address] = self._guard(address, gates[address])

    def _guard(self, address: int, section: Section) -> Guard:
        kind = self.breakpoint.type
        if hasattr(self.breakpoint, "stop") or branches(address):
            store = section.flow.store
            guard: Guard = AskingGuard(
                address, kind, self.number,
                lambda guard: interrupt.surely(lambda: self._judge(guard, store)))
        else:
            guard = Guard(address, kind, self.number)
        guard.silent = True
        return guard

    def follow(self) -> None:
        """Give the guards what the user has given the breakpoint."""
        refused = conditions.refusal(self.breakpoint.condition, self.spots.values())
        for guard in self.guards.values():
            if refused is None:
                refused = self._copy(guard)
        for guard in self.guards.values():
            _assign(guard, "enabled", self.breakpoint.enabled and refused is None)
        if refused is not None and self.spots:
            self._tell("breakpoint %d does not stop: %s" % (self.number, refused))

    def _copy(self, guard: Guard) -> Optional[str]:
        """Give GUARD what the breakpoint has; the reason why its condition can't be."""
        for name in _FOLLOWED:
            if hasattr(guard, name):
                _assign(guard, name, getattr(self.breakpoint, name))
        guard.title = "%s %d" % (
            "Temporary breakpoint" if self.breakpoint.temporary else "Breakpoint", self.number)
        if isinstance(guard, AskingGuard):
            return None
        guard.ignoring = self.breakpoint.ignore_count
        _assign(guard, "ignore_count", guard.ignoring)
        try:
            _assign(guard, "condition", self.breakpoint.condition)
        except gdb.error as error:
            return "its condition can't be evaluated before the section: %s" % error
        return None

    # ---- hits ----

    def _judge(self, guard: AskingGuard, store: int) -> bool:
        """Does the thread that came to GUARD stop there?"""
        if not leads_to(guard.address, store) or not self._holds():
            return False
        if hasattr(self.breakpoint, "stop") and not self.breakpoint.stop():
            return False
        if self.breakpoint.ignore_count:
            self.hits += 1
            self.breakpoint.ignore_count -= 1
            return False
        return True

    def _holds(self) -> bool:
        """Is the condition true here?"""
        condition = self.breakpoint.condition
        if condition is None:
            return True
        try:
            gdb.newest_frame().select()
            return bool(gdb.parse_and_eval(condition))
        except gdb.error as error:
            gdb.write("Error in testing condition for breakpoint %d:\n%s\n" % (
                self.number, error))
            return True

    def hit(self, guard: Guard) -> bool:
        """GDB has changed GUARD: True when it is about to stop there."""
        if guard.hit_count == guard.counted:
            return False
        guard.counted = guard.hit_count
        self.hits += 1
        if guard.ignore_count < guard.ignoring:
            self.breakpoint.ignore_count = guard.ignoring = guard.ignore_count
            return False
        _assign(guard, "commands", self.breakpoint.commands or "")
        return True

    def is_silent(self) -> bool:
        """Does the user want no announcement?"""
        commands = (self.breakpoint.commands or "").split("\n")
        return self.breakpoint.silent or commands[0].strip() == "silent"


def _why_not(spot: Spot) -> Optional[str]:
    if spot.place == spots.ON_SIGNATURE:
        return None
    reasons = [why_not(section) for section in spot.sections]
    return next((reason for reason in reasons if reason is not None), None)


def _assign(guard: Guard, name: str, value: object) -> None:
    """Set what differs: every change is an event of its own."""
    if (getattr(guard, name) or "") != (value or ""):
        setattr(guard, name, value)
