# SPDX-License-Identifier: MIT
"""One of the user's breakpoints with locations in sections, and its guards.

Its locations there are off; a guard on each gate of their sections has its condition,
thread, ignore count and commands, and stops for it.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, approach, conditions, frontend, spaces, spots, target
from .burial import bury
from .guards import AskingGuard, Guard, leads_to, why_not
from .objfiles import Section
from .prints import Dprintf
from .spots import Spot

if TYPE_CHECKING:
    from typing import Callable, Container, Dict, List, Optional, Set, Tuple

    from .spots import Where

# The first of a guard's commands.  They are done when GDB has dealt with the stop: sooner,
# in an event, gdb.execute() would do the user's before the stop is shown.
_ANNOUNCE = "maintenance rseq-breakpoints %d"

# What every guard has from the user's breakpoint; the last since GDB 15.
_FOLLOWED = ("thread", "task", "inferior")


# Where GDB before 14 does harm; see approach.py.
_HARMFUL = ("%s %s %s on an instruction relative to $rip: when a signal comes there, GDB %s"
            " leaves a wrong value in a register")


class Protected:
    """A breakpoint; its `number` outlives it."""

    noun, verb, does = "breakpoint", "stop", "stops"

    def __init__(self, breakpoint_: gdb.Breakpoint, tell: Callable[[str], None],
                 hits: int) -> None:
        self.breakpoint = breakpoint_
        self.number: int = breakpoint_.number
        self.spots: Dict[Where, Spot] = {}
        self._safe: Dict[Where, Spot] = {}  # of the spots, those that are protected
        self.guards: Dict[Where, Guard] = {}
        self._earlier: Tuple[object, bool] = (None, False)  # what _is_early() was, of what
        self._ways: Dict[Where, Set[int]] = {}  # from guards, where they are branches
        self.hits = hits  # of the guards
        self._refused: Optional[str] = None  # why it can't stop
        self._tell = tell

    # ---- locations ----

    def look(self) -> bool:
        """Find its locations in sections; False when there are none."""
        self.spots = spots.find(self.breakpoint, self.spots)
        return bool(self.spots)

    def is_safe(self) -> bool:
        """Is one of its locations protected?"""
        return bool(self._safe)

    def warn(self) -> None:
        """Say what the breakpoint does to the sections it stands in."""
        for spot in self.spots.values():
            self._tell("%s %s is %s, and breaks it" % (self.noun, spot.name, spot.words()))

    def shield(self, live: Container[gdb.Progspace]) -> None:
        """Switch its locations there off, and plant guards in the LIVE program spaces."""
        safe: Dict[Where, Spot] = {}
        for where, spot in self.spots.items():
            reason = self._why_not(spot)
            if reason is None:
                safe[where] = spot
            else:
                self._tell("%s %s is %s, and breaks it: no protection, as %s" % (
                    self.noun, spot.name, spot.words(), reason))
        self._safe = safe
        self.show(False)
        self._plant([spot for spot in safe.values() if spot.wanted and spot.space in live])
        self._follow()

    def _why_not(self, spot: Spot) -> Optional[str]:
        """Why SPOT can't be protected, None when it can."""
        if spot.place == spots.ON_SIGNATURE:
            return None
        reasons = [why_not(section) for section in spot.sections]
        return next((reason for reason in reasons if reason is not None), None)

    def expose(self) -> None:
        """Give its locations back as the user has them, and take the guards away."""
        self._plant([])
        self.show(True)

    def show(self, on: bool) -> None:
        """Switch its locations in sections ON, as the user has them, or off."""
        if self.breakpoint.is_valid():
            spots.switch(self.breakpoint, self._safe, on)

    def leave(self, space: Optional[gdb.Progspace] = None) -> None:
        """Take the guards away: the breakpoint, or the process in SPACE, is gone."""
        for where in [where for where in self.guards if space in (None, where[0])]:
            bury(self.guards.pop(where))

    def _tell_where(self) -> None:
        for spot in self._safe.values():
            if spot.place == spots.ON_SIGNATURE:
                what = "the kernel would kill the process, so it is off"
            elif self._refused is not None:
                what = "it does not %s, as %s" % (self.verb, self._refused)
            else:
                what = "it %s before the section" % self.does
            self._tell("%s %s is %s: %s" % (self.noun, spot.name, spot.words(), what))
            if self._refused is None and any(
                    approach.is_harmful(section, self._is_early())
                    for section in self._sections(spot)):
                self._tell(_HARMFUL % (self.noun, spot.name, self.does, gdb.VERSION))

    # ---- guards ----

    def _plant(self, wanted: List[Spot]) -> None:
        """Have guards before the sections of the WANTED spots, and nowhere else."""
        self._ways = ways = {}
        for spot in wanted:
            for section in self._sections(spot):
                for address, ahead in approach.by_address(section, self._is_early()).items():
                    ways.setdefault((spot.space, address), set()).update(ahead)
        for where in set(self.guards) - set(ways):
            bury(self.guards.pop(where))
        for where in sorted(set(ways) - set(self.guards), key=lambda where: where[1]):
            space, address = where
            with spaces.inside(space):
                if target.read(gdb.selected_inferior(), address, 1) is None:
                    continue  # not mapped yet, or not any more
                self.guards[where] = self._guard(address)
        for (space, _), guard in self.guards.items():
            spaces.confine(guard, space)

    def _guard(self, address: int) -> Guard:
        kind = self.breakpoint.type
        if self._asks() or approach.branches(address):
            guard: Guard = AskingGuard(address, kind, self.number, self._judge)
        else:
            guard = Guard(address, kind, self.number)
        guard.silent = not frontend.shows_every_stop()
        return guard

    @staticmethod
    def _sections(spot: Spot) -> List[Section]:
        """Those before which a guard stands for SPOT."""
        return [] if spot.place == spots.ON_SIGNATURE else spot.sections

    def _is_early(self) -> bool:
        """May its guards stand on outposts, as far as what they evaluate goes?"""
        text = self._evaluated()
        sections = [each for spot in self._safe.values() for each in self._sections(spot)]
        of_what = (text, sections)
        if self._earlier[0] != of_what:
            self._earlier = of_what, all(conditions.means_the_same_earlier(text, each)
                                         for each in sections)
        return self._earlier[1]

    def _evaluated(self) -> Optional[str]:
        """What its guards evaluate; None when that is not known."""
        return None if hasattr(self.breakpoint, "stop") else self.breakpoint.condition or ""

    def _asks(self) -> bool:
        """True when its guards can't do without Python."""
        return hasattr(self.breakpoint, "stop")

    def _refusal(self) -> Optional[str]:
        """Why it can't mean before the section what it means inside, None when it can."""
        return conditions.refusal(self.breakpoint.condition, self._safe.values())

    def _follow(self) -> None:
        """Give the guards what the user has given the breakpoint."""
        refused = self._refusal()
        for guard in self.guards.values():
            if refused is None:
                refused = self._copy(guard)
        for guard in self.guards.values():
            _assign(guard, "enabled", self.breakpoint.enabled and refused is None)
        self._refused = refused
        self._tell_where()
        if refused is None and self._sees() and conditions.misses_stores(self._safe.values()):
            self._tell("%s of %s %d does not see what the section stores" % (
                self._sees(), self.noun, self.number))

    def _sees(self) -> str:
        """What of it is evaluated, in words."""
        return "the condition" if self.breakpoint.condition else ""

    def _spot_behind(self, guard: Guard) -> Spot:
        return next(spot for spot in self._safe.values() if spot.wanted and (
            spot.space == guard.space and any(
                guard.address in approach.by_address(section, self._is_early())
                for section in self._sections(spot))))

    def _copy(self, guard: Guard) -> Optional[str]:
        """Give GUARD what the breakpoint has; the reason why its condition can't be."""
        for name in _FOLLOWED:
            if hasattr(guard, name):
                _assign(guard, name, getattr(self.breakpoint, name))
        guard.title = "%s %s" % (
            "Temporary breakpoint" if self.breakpoint.temporary else "Breakpoint",
            self._spot_behind(guard).name)
        if isinstance(guard, AskingGuard):
            return None
        guard.ignoring = self.breakpoint.ignore_count
        _assign(guard, "ignore_count", guard.ignoring)
        try:
            _assign(guard, "condition", self.breakpoint.condition)
        except gdb.error as error:
            return "its condition has no value there: %s" % error
        return None

    # ---- hits ----

    def _judge(self, guard: AskingGuard) -> bool:
        """Does the thread that came to GUARD stop there?"""
        ahead = self._ways.get((guard.space, guard.address), ())
        if not leads_to(guard.address, ahead) or not self._holds():
            return False
        if hasattr(self.breakpoint, "stop") and not self.breakpoint.stop():
            return False
        if self.breakpoint.ignore_count:
            self.hits += 1
            self.breakpoint.ignore_count -= 1
            return False
        return self._arrive()

    def _arrive(self) -> bool:
        """The thread has come to a guard, and its condition holds: does it stop?"""
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
        came = guard.hit_count > guard.counted
        guard.counted = guard.hit_count
        self.hits += came
        if guard.ignore_count != guard.ignoring:
            # One crossing was ignored, or `continue N' asks for more of that.
            self.breakpoint.ignore_count = guard.ignoring = guard.ignore_count
            return False
        if not came:
            return False
        lines = (self.breakpoint.commands or "").splitlines()
        at = 1 if self._is_silent() else 0  # GDB looks for `silent' in the first line only
        lines.insert(at, _ANNOUNCE % self.number)
        _assign(guard, "commands", "\n".join(lines) + "\n")
        return True

    def tell_stop(self, guard: Guard) -> bool:
        """Say that the thread has stopped at GUARD; False when the user wants silence."""
        if self.breakpoint.silent or self._is_silent():
            return False
        spot = self._spot_behind(guard)
        gdb.write("[rseq: breakpoint %s is %s: stopped before the section]\n" % (
            spot.name, spot.words()))
        return True

    def dispose(self) -> None:
        """Delete or disable it after a hit, if it is for one."""
        _dispose(self.breakpoint)

    def describe(self) -> str:
        """What `info breakpoints' can't know of it."""
        places = sorted({spot.sections[0].location() for spot in self._safe.values()})
        words = "%s %d %s before %s" % (
            self.noun, self.number,
            self.does if self._refused is None else "does not " + self.verb,
            " and ".join(places))
        if self._refused is not None:
            words += ", as " + self._refused
        elif self.guards:
            words += ", at %s" % ", ".join(
                "0x%x" % address for address in sorted({where[1] for where in self.guards}))
        if self.hits:
            words += "; already hit %d time%s" % (self.hits, "" if self.hits == 1 else "s")
        return words

    def document(self) -> Dict[str, object]:
        """The same for programs: the numbers of the guards are those that GDB/MI shows."""
        guards = sorted(self.guards.values(), key=lambda guard: guard.address)
        return {"number": self.number, "times": self.hits,
                "sections": [spot.words() for spot in self._safe.values()],
                "refused": self._refused,
                "guards": [{"number": guard.number, "addr": "0x%x" % guard.address}
                           for guard in guards]}

    def _is_silent(self) -> bool:
        """Do its commands begin with `silent'?"""
        return (self.breakpoint.commands or "").partition("\n")[0].strip() == "silent"


class ProtectedPrint(Protected):
    """A dprintf: its guards print, and never stop the thread."""

    noun, verb, does = "dprintf", "print", "prints"
    breakpoint: Dprintf

    def _asks(self) -> bool:
        return True

    def _why_not(self, spot: Spot) -> Optional[str]:
        if self.breakpoint.action.startswith("agent-printf"):
            return "the target prints it (set dprintf-style gdb)"
        return super()._why_not(spot)

    def _refusal(self) -> Optional[str]:
        return super()._refusal() or conditions.refusal(
            self.breakpoint.action, self._safe.values(), "it prints")

    def _evaluated(self) -> Optional[str]:
        return "%s %s" % (self.breakpoint.condition or "", self.breakpoint.action)

    def _sees(self) -> str:
        return "the text" if "," in self.breakpoint.action else super()._sees()

    def _arrive(self) -> bool:
        self.hits += 1
        gdb.newest_frame().select()
        self.breakpoint.print_now()
        return False


# What `info breakpoints' says of one that GDB is to disable, or when.
_DISABLES = r"(?m)^\d+ .* dis  y "
_AFTER = r"(?m)^\tdisable after next (\d+) hits$"


def _dispose(breakpoint_: gdb.Breakpoint) -> None:
    """Delete or disable BREAKPOINT_ after a hit, if it is a temporary one."""
    if breakpoint_.temporary:
        breakpoint_.delete()
        return
    text = gdb.execute("info breakpoints %d" % breakpoint_.number, to_string=True)
    if not re.search(_DISABLES, text):
        return
    after = re.search(_AFTER, text)
    if after is None:
        breakpoint_.enabled = False
    else:
        gdb.execute("enable count %d %d" % (int(after.group(1)) - 1, breakpoint_.number))


def _assign(guard: Guard, name: str, value: object) -> None:
    """Set what differs: every change is an event of its own."""
    if (getattr(guard, name) or "") != (value or ""):
        setattr(guard, name, value)
