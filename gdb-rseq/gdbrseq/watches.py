# SPDX-License-Identifier: MIT
"""Keeps the user's watchpoints from aborting a section for ever.

A watchpoint on what a section stores or reads before its end traps inside it, and the kernel
aborts; a software watchpoint steps each instruction.  So the watchpoints are off while the
thread runs the section once more, and their values are compared behind it.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import NamedTuple

import gdb

from . import TYPE_CHECKING, _csinfo, announce, frontend, resume
from .burial import bury
from .guards import why_not
from .interrupt import interrupt
from .objfiles import Index, Section, process
from .selection import selected_number
from .sentries import MANY, Fence, Sentry
from .skip import Refused
from .target import is_native, pc as pc_of
from .thread import active_section

if TYPE_CHECKING:
    from typing import Callable, ContextManager, Dict, Iterator, List, Optional, Set, Tuple

    _Where = Tuple[int, int]  # a thread's global number, and a section's start
    # Where each name in an expression is declared; None where it is no variable.
    _Meaning = Tuple[Optional[Tuple[str, int]], ...]

_HARDWARE = {gdb.BP_HARDWARE_WATCHPOINT: "Hardware watchpoint",
             gdb.BP_READ_WATCHPOINT: "Hardware read watchpoint",
             gdb.BP_ACCESS_WATCHPOINT: "Hardware access (read/write) watchpoint"}

# Aborts of one thread in one section that follow each other like this are no accident: the
# kernel lets a thread run for longer before it preempts it.
_IN_A_ROW = 5
_RAN = 0.0005  # seconds on a CPU, where that is known
_PASSED = 0.05

_NAME = r"[A-Za-z_]\w*"

# The first of a Sentry's commands; see protected.py on why.
_ANNOUNCE = "maintenance rseq-breakpoints watch\n"


def _meaning(expression: str) -> Optional[_Meaning]:
    """What the names of EXPRESSION mean here; None when it needs the frame it was set in."""
    found: List[Optional[Tuple[str, int]]] = []
    for name in re.findall(_NAME, expression):
        try:
            symbol = gdb.lookup_symbol(name)[0]
        except gdb.error:
            return None
        if symbol is not None and symbol.needs_frame:
            return None
        found.append(symbol and (symbol.symtab.filename, symbol.line))
    return tuple(found)


@contextlib.contextmanager
def _where_it_means(expression: str, meaning: _Meaning) -> Iterator[None]:
    """Select, for a time, the nearest frame where no local variable hides one of EXPRESSION."""
    selected = frame = _selected_frame()
    try:
        while frame is not None and _meaning(expression) != meaning:
            frame = _select_older(frame)
        yield
    finally:
        if selected is not None and frame is not selected and selected.is_valid():
            selected.select()


def _selected_frame() -> Optional[gdb.Frame]:
    try:
        return gdb.selected_frame()
    except gdb.error:
        return None


def _select_older(frame: gdb.Frame) -> Optional[gdb.Frame]:
    """Select the caller of FRAME, if there is one."""
    try:
        older = frame.older()
    except gdb.error:  # it can't be unwound
        return None
    if older is not None:
        older.select()
    return older


class Watch:
    """One of the user's watchpoints."""

    def __init__(self, breakpoint_: gdb.Breakpoint) -> None:
        self.breakpoint = breakpoint_
        self.number: int = breakpoint_.number
        self.off = False  # by us
        self.value: Optional[str] = None  # when it was switched off
        text = breakpoint_.expression
        at, found, rest = text.partition("-location ")
        if found and not at:
            self._expression = self._at_location(rest)
            self._meaning: Optional[_Meaning] = None  # it is an address
        else:
            self._meaning = _meaning(text)
            self._expression = None if self._meaning is None else text

    @staticmethod
    def _at_location(text: str) -> Optional[str]:
        try:
            place = gdb.parse_and_eval("&(%s)" % text)
        except gdb.error:
            return None
        return "*(%s) %d" % (place.type, int(place))

    def is_software(self) -> bool:
        """True when GDB steps each instruction for it."""
        return self.breakpoint.type == gdb.BP_WATCHPOINT

    def look(self) -> Optional[str]:
        """Its value as GDB would show it; None when that can't be known here."""
        if self._expression is None:
            return None
        try:
            with self._in_scope():
                return gdb.parse_and_eval(self._expression).format_string()
        except gdb.error:
            return None

    def enable(self, on: bool) -> None:
        """Switch it; GDB reads its expression anew then, as the selected frame sees it."""
        with self._in_scope():
            self.breakpoint.enabled = on

    def _in_scope(self) -> ContextManager[None]:
        if self._expression is None or self._meaning is None:
            return contextlib.nullcontext()
        return _where_it_means(self._expression, self._meaning)

    def title(self) -> str:
        """How GDB names it."""
        kind = _HARDWARE.get(self.breakpoint.type, "Watchpoint")
        return "%s %d: %s" % (kind, self.number, self.breakpoint.expression)

    def stops(self) -> bool:
        """It has changed: does that stop the thread?"""
        if self.breakpoint.type == gdb.BP_READ_WATCHPOINT:
            return False
        condition = self.breakpoint.condition
        if condition is not None and not gdb.parse_and_eval(condition):
            return False
        if self.breakpoint.ignore_count:
            self.breakpoint.ignore_count -= 1
            return False
        return self.breakpoint.thread in (None, gdb.selected_thread().global_num)


_HANDLED = r"(?m)^SIGTRAP\s+(Yes|No)\s+(Yes|No)\s+(Yes|No)\s"


class _Sigtrap:
    """Keeps GDB from showing the end of a step that it has begun for a software watchpoint.

    Other threads are in such steps when that is switched off, and GDB knows no reason for
    the SIGTRAP any more.
    """

    def __init__(self) -> None:
        self._before = ""  # what the user has GDB do with the signal

    def ignore(self) -> None:
        """From now on."""
        shown = re.search(_HANDLED, gdb.execute("info signals SIGTRAP", to_string=True))
        if shown is None or self._before:
            return
        self._before = " ".join(("" if said == "Yes" else "no") + action for said, action in zip(
            shown.groups(), ("stop", "print", "pass")))
        self._handle("nostop noprint nopass")

    @staticmethod
    def _handle(actions: str) -> None:
        gdb.execute("with confirm off -- handle SIGTRAP " + actions, to_string=True)

    def restore(self) -> None:
        """As the user has it."""
        before, self._before = self._before, ""
        if before:
            self._handle(before)


class _Aborts(NamedTuple):
    count: int
    last: float


def _clock() -> Tuple[float, float]:
    """The seconds that the selected thread has run, and how many are few; or that passed."""
    if is_native():
        try:
            # Nanoseconds on a CPU come first: Documentation/scheduler/sched-stats.rst.
            with open("/proc/%d/task/%d/schedstat" % gdb.selected_thread().ptid[:2],
                      encoding="ascii") as stream:
                return int(stream.read().split()[0]) / 1e9, _RAN
        except (OSError, ValueError, IndexError):
            pass
    return time.monotonic(), _PASSED


class Watches:
    """All of them, and the sections that they abort."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._watches: Dict[int, Watch] = {}
        self._fences: Dict[int, Fence] = {}  # by start of the section
        self._scouts: Dict[int, Sentry] = {}  # on abort handlers
        self._aborts: Dict[_Where, _Aborts] = {}
        self._armed: Set[_Where] = set()  # who runs what without watchpoints next
        self._passes: Dict[int, Section] = {}  # threads that do so now
        self._changed: List[Tuple[Watch, str, str]] = []  # what the coming stop shows
        self._sigtrap = _Sigtrap()
        self._working = False
        self._connected = False
        self._covered: Optional[Tuple[Index, bool]] = None  # what _cover() was last done for

    # ---- what the user has ----

    def look(self, breakpoint_: gdb.Breakpoint) -> None:
        """BREAKPOINT_, a watchpoint, is new or has changed."""
        number = breakpoint_.number
        known = self._watches.get(number)
        if self._working or known is not None and known.off:
            return
        if breakpoint_.enabled and known is None:
            self._watches[number] = Watch(breakpoint_)
        elif not breakpoint_.enabled:
            self._watches.pop(number, None)

    def deleted(self, number: int) -> None:
        """Breakpoint NUMBER is gone."""
        self._watches.pop(number, None)

    def exist(self) -> bool:
        """True when there is one, or something of ours is left of it."""
        return bool(self._watches) or self._connected

    def begin(self) -> None:
        """The process is about to run."""
        if not self._watches:
            if self._connected:
                self.forget()
            return
        if not self._connected:
            self._connected = True
            interrupt.connect(gdb.events.stop, self._stopped)
        for_what = (process.index(), self._has_software())
        if self._covered != for_what:
            self._cover(*for_what)
            self._covered = for_what
        self._begin_at_gates()

    def _cover(self, index: Index, software: bool) -> None:
        """Hear of what aborts the sections of INDEX, and with SOFTWARE of each pass."""
        sections = [each for each in index if not each.broken]
        if len(sections) > MANY:
            self._tell("watchpoints abort the sections that access what they watch, perhaps for"
                       " ever: there are too many sections to do without them there")
            return
        for section in sections:
            if software:
                self._fence(section)
            if section.abort not in self._scouts:
                self._scouts[section.abort] = Sentry(section.abort, section, self._aborted)

    def _begin_at_gates(self) -> None:
        """Those that stand at a gate, or on STORE, are not asked there any more."""
        if not self._armed and not self._has_software():
            return
        for thread in gdb.selected_inferior().threads():
            if thread.is_valid() and self._fences:
                pc = pc_of(thread)
                for fence in self._fences.values():
                    if fence.enters_from(pc):
                        self._enter(fence.section, thread.global_num)

    def _has_software(self) -> bool:
        return any(watch.is_software() for watch in self._watches.values())

    def forget(self) -> None:
        """There are no watchpoints, or is no process any more."""
        self._end_passes()
        for sentry in self._scouts.values():
            bury(sentry)
        for fence in self._fences.values():
            fence.remove()
        for each in (self._scouts, self._fences, self._aborts, self._armed):
            each.clear()
        self._covered = None
        if self._connected:
            self._connected = False
            interrupt.disconnect(gdb.events.stop, self._stopped)

    # ---- sections ----

    def _fence(self, section: Section) -> bool:
        """Know from now on when threads enter and leave SECTION; False if that can't be."""
        if section.start in self._fences:
            return True
        reason = why_not(section)
        try:
            if reason is None:
                self._fences[section.start] = Fence(section, self._entered, self._left)
                return True
        except (Refused, _csinfo.CsinfoError) as refused:
            reason = str(refused)
        self._tell("watchpoints abort %s, perhaps for ever, as %s: disable them before it" % (
            section.location(), reason))
        return False

    def _arm(self, section: Section, number: int) -> bool:
        """Have thread NUMBER run SECTION without watchpoints when it comes to it next."""
        if not self._fence(section):
            return False
        self._armed.add((number, section.start))
        return True

    def _aborted(self, section: Section, _address: int) -> bool:
        """Asked at the abort handler of SECTION."""
        where = (selected_number(), section.start)
        now, few = _clock()
        before = self._aborts.get(where, _Aborts(0, 0))
        count = before.count + 1 if now - before.last < few else 1
        self._aborts[where] = _Aborts(count, now)
        if count >= _IN_A_ROW and where not in self._armed and self._arm(section, where[0]):
            self._tell("%s is aborted again and again: watchpoints are off while it runs"
                       % section.location())
        return False

    def _entered(self, section: Section, _address: int) -> bool:
        """Asked at a gate of SECTION."""
        self._enter(section, selected_number())
        return False

    def _enter(self, section: Section, number: int) -> None:
        """Thread NUMBER is about to run SECTION."""
        where = (number, section.start)
        if where not in self._armed and not self._has_software():
            return
        self._armed.discard(where)
        if not self._passes:
            if self._has_software():
                self._sigtrap.ignore()
            self._switch(False)
        self._passes[number] = section
        self._fences[section.start].watch_exits(True)

    def _left(self, section: Section, address: int) -> bool:
        """Asked at a way out of SECTION."""
        number = selected_number()
        if self._passes.get(number) is not section:
            return False
        if address == section.abort:
            self._armed.add((number, section.start))  # by something else: once more
        del self._passes[number]
        changed = [(watch, watch.value, now) for watch, now in self._now() if now != watch.value]
        for watch, _, now in changed:
            watch.value = now
        self._changed = [each for each in changed if each[0].stops()]
        if self._changed:
            self._fences[section.start].give_commands(
                address, _ANNOUNCE + (self._changed[0][0].breakpoint.commands or ""))
        if not self._passes:
            self._end_passes()
        return bool(self._changed)

    def _now(self) -> List[Tuple[Watch, str]]:
        """Those that are off, whose value was and is known, with their value now."""
        known = [(watch, watch.look()) for watch in self._watches.values()
                 if watch.off and watch.breakpoint.is_valid() and watch.value is not None]
        return [(watch, now) for watch, now in known if now is not None]

    # ---- switching ----

    def _switch(self, on: bool) -> None:
        self._working = True
        try:
            for watch in list(self._watches.values()):
                if watch.breakpoint.is_valid() and watch.breakpoint.enabled != on:
                    watch.value = watch.look()
                    watch.off = not on
                    watch.enable(on)
        finally:
            self._working = False

    def _end_passes(self) -> None:
        """All watchpoints are on again."""
        for section in self._passes.values():
            self._fences[section.start].watch_exits(False)
        for fence in self._fences.values():
            fence.watch_exits(False)
        self._passes.clear()
        self._switch(True)
        self._sigtrap.restore()

    # ---- stops ----

    def _stopped(self, event: gdb.StopEvent) -> None:
        """GDB has shown a stop."""
        for number, section in list(self._passes.items()):
            self._armed.add((number, section.start))  # the stop has aborted it
        self._end_passes()
        if not isinstance(event, gdb.BreakpointEvent):
            return
        hit = [each for each in event.breakpoints if each.type in _HARDWARE]
        section = active_section() if hit else None
        if section is not None and self._arm(section, selected_number()):
            self._tell("watchpoint %d stops inside %s: it is off when that is run once more" % (
                hit[0].number, section.location()))

    def announce(self) -> None:
        """Show the stop behind a section as GDB would.

        Called by the commands of the Sentry that stopped the thread.
        """
        changed, self._changed = self._changed, []
        for place, (watch, old, new) in enumerate(changed):
            prefix = resume.hit_prefix(watch.title())[:-2] if place == 0 else "\n" + watch.title()
            gdb.write("%s\n\nOld value = %s\nNew value = %s\n" % (prefix, old, new))
        if changed and not frontend.shows_every_stop():
            announce.step_end(None, None)
