# SPDX-License-Identifier: MIT
"""Breakpoints of ours, and the user's that must be quiet for a moment."""

from __future__ import annotations

import functools
import itertools

import gdb

from . import TYPE_CHECKING, events
from .interrupt import interrupt, pass_on

if TYPE_CHECKING:
    from typing import Callable, Dict, Iterable, List, Optional, Tuple, Union

    # What a trap asks, if it does, whether it stops the thread.
    Accept = Optional[Callable[[], bool]]

    Place = Tuple[int, Accept]  # an address and that

    # What is switched off of the user's: the number of the breakpoint, and the address of its
    # location where it is not the whole; and how often, in non-stop mode for several threads.
    _Key = Tuple[int, Optional[int]]


# What GDB tells of a trap that comes or goes, nobody has to hear.
unheard = events.HeldOff(events.breakpoint_created, events.breakpoint_modified,
                         events.breakpoint_deleted)


def asker(answer: Callable[[], bool]) -> Callable[[], bool]:
    """What a breakpoint needs as `stop', to have ANSWER called and no Ctrl-C lost.

    The interrupt may be raised by its very first instruction, and GDB goes on without a
    word.  Counting runs none of ours, so the next call knows.
    """
    ended = 0

    def ask(number: int) -> bool:
        nonlocal ended
        result = interrupt.shield(answer)
        lost, ended = number != ended, number + 1
        if interrupt.take() or lost:  # the former also where the answer enabled a breakpoint
            gdb.post_event(pass_on)
        return result

    return functools.partial(next, map(ask, itertools.count()))


class Trap(gdb.Breakpoint):
    """A silent internal breakpoint for one thread.

    Whoever makes a Trap deletes it.
    """

    def __init__(self, address: int, thread: int) -> None:
        self.address = address
        super().__init__("*0x%x" % address, internal=True)
        self.silent = True
        self.thread = thread


class AskingTrap(Trap):
    """A Trap that asks ACCEPT at each arrival whether the thread shall stop."""

    def __init__(self, address: int, thread: int, accept: Callable[[], bool]) -> None:
        self.accept = accept
        self.answered = False  # stop() came to its end
        super().__init__(address, thread)

    def stop(self) -> bool:
        """Called by GDB, which prints and forgets an interrupt that is raised in it."""
        self.answered = False
        answer = self.accept()
        self.answered = True
        return answer


class StandIn(gdb.Breakpoint):
    """An internal breakpoint that stops for one of the user's, number STANDS_FOR.

    It counts as the user's: a hit of it ends a stepping command, and is announced.
    """

    def __init__(self, address: int, kind: int, stands_for: int) -> None:
        self.address = address
        self.stands_for = stands_for
        self.title = ""  # as GDB begins to announce it
        super().__init__("*0x%x" % address, type=kind, internal=True)


class Traps:
    """Traps that come and go together."""

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.traps: List[Trap] = []

    def add(self, address: int, accept: Accept = None) -> Trap:
        """Plant one at ADDRESS; with ACCEPT, one that asks."""
        self.add_all([(address, accept)])
        return self.traps[-1]

    def add_all(self, places: Iterable[Place]) -> None:
        """Plant one at each address, likewise."""
        interrupt.shield(lambda: self._plant(places))

    def _plant(self, places: Iterable[Place]) -> None:
        with unheard:
            for address, accept in places:
                # In the list before GDB makes it: Ctrl-C may come right behind that.
                if accept is None:
                    trap = Trap.__new__(Trap)
                    self.traps.append(trap)
                    Trap.__init__(trap, address, self.thread)
                else:
                    asking = AskingTrap.__new__(AskingTrap)
                    self.traps.append(asking)
                    AskingTrap.__init__(asking, address, self.thread, accept)

    def find_interrupt(self, pc: int) -> None:
        """Keep the interrupt that GDB forgot if it stopped at PC without an answer."""
        for trap in self.traps:
            if isinstance(trap, AskingTrap) and trap.address == pc and not trap.answered:
                interrupt.pending = True

    def at(self, address: int) -> Optional[Trap]:
        """The one at ADDRESS, if there is one."""
        return next((trap for trap in self.traps if trap.address == address), None)

    def clear(self) -> None:
        """Delete them all; one that went with its thread or program is no error."""
        if self.traps:
            interrupt.shield(self._delete)

    def _delete(self) -> None:
        with unheard:
            while self.traps:
                if self.traps[-1].is_valid():
                    self.traps[-1].delete()
                self.traps.pop()


def _users() -> List[gdb.Breakpoint]:
    # gdb.breakpoints() has internal ones too, with numbers below 0.
    return [breakpoint_ for breakpoint_ in gdb.breakpoints()
            if breakpoint_.number > 0 or isinstance(breakpoint_, StandIn)]


_off: Dict[_Key, int] = {}


def _locations() -> Iterable[Tuple[gdb.Breakpoint, "gdb.BreakpointLocation"]]:
    """Those that the user has enabled."""
    for breakpoint_ in _users():
        number = breakpoint_.number
        if (breakpoint_.enabled or (number, None) in _off) and not breakpoint_.pending and (
                breakpoint_.type in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT)):
            for location in breakpoint_.locations:
                if location.enabled or (number, location.address) in _off:
                    yield breakpoint_, location


def user_breakpoint_in(low: int, high: int) -> bool:
    """True when an enabled breakpoint of the user stands in [LOW, HIGH)."""
    return any(low <= location.address < high for _, location in _locations())


class Quiet:
    """Breakpoints of the user's, or locations of them, that are switched off for a skip.

    Stepping off a breakpoint inside a section would break its atomicity.  As a context
    it restores them at its end.
    """

    def __init__(self) -> None:
        self._off: List[Tuple[_Key, Union[gdb.Breakpoint, "gdb.BreakpointLocation"]]] = []

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_args: object) -> None:
        self.restore()

    def hush(self, low: int, high: int, pc: int) -> None:
        """Switch off what stands in [LOW, HIGH), for a thread at PC.

        At PC itself the whole breakpoint: GDB steps off one that is enabled, though
        its location is not.
        """
        interrupt.shield(lambda: self._hush(low, high, pc))

    def _hush(self, low: int, high: int, pc: int) -> None:
        for breakpoint_, location in list(_locations()):
            if location.address == pc and low <= pc < high:
                self._switch_off((breakpoint_.number, None), breakpoint_)
            elif low <= location.address < high:
                self._switch_off((breakpoint_.number, location.address), location)

    def hush_at(self, pc: int) -> None:
        """Switch off what GDB would step off at PC: also where just the location is off."""
        interrupt.shield(lambda: self._hush_at(pc))

    def _hush_at(self, pc: int) -> None:
        for breakpoint_ in _users():
            if breakpoint_.enabled and not breakpoint_.pending and any(
                    location.address == pc for location in breakpoint_.locations):
                self._switch_off((breakpoint_.number, None), breakpoint_)

    def _switch_off(self, key: _Key, what: Union[gdb.Breakpoint, "gdb.BreakpointLocation"]) -> None:
        self._off.append((key, what))
        _off[key] = _off.get(key, 0) + 1
        what.enabled = False

    def is_empty(self) -> bool:
        """True when nothing is switched off."""
        return not self._off

    def restore(self) -> None:
        """Switch them on again; those deleted since are gone."""
        if self._off:
            interrupt.shield(self._restore)

    def _restore(self) -> None:
        while self._off:
            key, off = self._off[-1]
            if _off.get(key, 0) <= 1:
                try:
                    off.enabled = True
                except RuntimeError:
                    pass
            self._off.pop()
            left = _off.pop(key, 1) - 1
            if left:
                _off[key] = left


def user_hits() -> Dict[int, int]:
    """How often each breakpoint or watchpoint of the user was hit, by number."""
    return {breakpoint_.number: breakpoint_.hit_count for breakpoint_ in _users()}


def hit_since(before: Dict[int, int]) -> bool:
    """True when the selected thread, which has stopped, hit one of them after BEFORE."""
    # One that has gone meanwhile was not hit: GDB deletes a temporary one behind the stop.
    hit = [breakpoint_ for breakpoint_ in _users()
           if breakpoint_.hit_count != before.get(breakpoint_.number, 0)]
    if not hit or not gdb.parameter("non-stop"):
        return bool(hit)
    # Other threads come and go, but not here.
    pc = gdb.newest_frame().pc()
    return any(not breakpoint_.locations or pc in [
        location.address for location in breakpoint_.locations] for breakpoint_ in hit)


def only_breakpoints() -> bool:
    """True when the user has neither watchpoints nor catchpoints."""
    return all(breakpoint_.type in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT)
               for breakpoint_ in _users())
