# SPDX-License-Identifier: MIT
"""Resuming the program from inside a command, and knowing what stopped it."""

from __future__ import annotations

import _signal  # as interrupt.py does
import re
from collections import namedtuple

import gdb

from . import TYPE_CHECKING, events, selection
from .interrupt import interrupt, remove
from .traps import StandIn, Trap, hit_since

if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional

# How a resume, or a round of a command, ended.
DONE = "done"  # at one of our traps; nothing was announced
NATIVE = "native"  # a stepping command of GDB is complete and announced
FOREIGN = "foreign"  # another event came first, and GDB has announced it
REFUSED = "refused"  # in front of a section that can't be run


class Request(namedtuple("Request", "command quiet", defaults=(False,))):
    """A resumption that a session asks for: the COMMAND, and whether its end is not shown."""

    __slots__ = ()
    command: str
    quiet: bool


class Notices:
    """What the user is told of sections; a repeated line is counted, not repeated."""

    def __init__(self) -> None:
        self._seen: Dict[str, int] = {}
        self.are_more = False  # some may have come that were not seen

    def tell(self, text: str) -> None:
        """Print TEXT, the first time."""
        count = self._seen.get(text, 0)
        self._seen[text] = count + 1
        if count == 0:
            gdb.write("[rseq: %s]\n" % text)

    def close(self) -> None:
        """Say how often the repeated ones came."""
        for text, count in self._seen.items():
            if count > 1:
                gdb.write("[rseq: %d times%s: %s]\n" % (
                    count, " or more" if self.are_more else "", text))
        self._seen.clear()
        self.are_more = False


# What GDB says of the last stop (print_it of infcmd.c, info_program_command).
_STEPPED = r"(?m)^It stopped after being stepped\.$"
_AT_BREAKPOINT = r"(?m)^It stopped at breakpoint (-?[0-9]+)\.$"
_STOPPED_AT = r"(?m)^Program stopped at (0x[0-9a-f]+)\.$"
_AT_SIGNAL = r"(?m)^It stopped with signal (SIG[A-Z0-9]+), "


def _last_stop() -> str:
    """What GDB says of the selected thread's last stop; no API does before it is shown."""
    try:
        return gdb.execute("info program", to_string=True)
    except gdb.error:
        return ""


def was_stepped() -> bool:
    """True when the last stop was the end of a step, not a breakpoint or signal."""
    return re.search(_STEPPED, _last_stop()) is not None


def was_moved(pc: int) -> bool:
    """True when the user has put the selected thread on PC, where it stands, since it stopped."""
    match = re.search(_STOPPED_AT, _last_stop())
    return match is not None and int(match[1], 16) != pc


def gets_signal() -> bool:
    """True when GDB passes the selected thread the signal that stopped it, as it resumes it."""
    match = re.search(_AT_SIGNAL, _last_stop())
    if match is None or not _is_last_signal(match[1]):
        return False
    row = gdb.execute("info signals " + match[1], to_string=True).splitlines()[-1]
    return row.split("\t")[2] == "Yes"


def _is_last_signal(name: str) -> bool:
    """Did the signal NAME stop the selected thread itself?"""
    number = getattr(_signal, name, name[3:])  # real-time signals are SIG34 and so on
    try:
        return int(gdb.parse_and_eval("$_siginfo.si_signo")) == int(number)
    except (gdb.error, ValueError):
        return False


def trapped_at(hits: Dict[int, int]) -> bool:
    """True when a breakpoint of ours stopped the thread, and none of the user's.

    HITS is what user_hits() was: GDB lists a software watchpoint at every stop, also
    when it did not trigger.  Internal breakpoints have numbers below 0.
    """
    if hit_since(hits):
        return False  # before GDB is asked: gdb.execute() would do its commands first
    numbers = [int(number) for number in re.findall(_AT_BREAKPOINT, _last_stop())]
    return any(number < 0 for number in numbers)


# The type of the breakpoint that `until LOCATION' and `advance' set for their time.
_UNTIL = r"(?m)^-?[0-9]+ +until "


def runs_to_location() -> bool:
    """True while `until LOCATION' runs; its hook is not told of the argument."""
    return re.search(_UNTIL, gdb.execute("maint info breakpoints", to_string=True)) is not None


# The breakpoint where a step goes on behind the handler of a signal; its address and thread.
_BEHIND_HANDLER = r"(?m)^0 +high-priority step resume .* 0x0*%x .* thread %d$"


def comes_from_handler(pc: int, thread: int) -> bool:
    """Asked at a breakpoint on PC: has THREAD been there, and come back from a signal's handler?

    GDB sees no other breakpoint there then, and steps off it.
    """
    return re.search(_BEHIND_HANDLER % (pc, thread),
                     gdb.execute("maint info breakpoints", to_string=True)) is not None


class Events:
    """GDB's stop and exit events of one nested resume.

    Calls ON_FOREIGN as soon as something is announced that is not ours.
    """

    def __init__(self, on_foreign: Callable[[], None]) -> None:
        self._on_foreign = on_foreign
        self._others = events.HeldOff(events.stop)  # the stop is told of when all is known
        self.trapped = False  # a breakpoint stopped the program; ours, unless foreign()
        self.exits: List[gdb.Event] = []
        self.texts: List[str] = []  # how GDB announces what is not ours
        self._hits: Dict[gdb.Breakpoint, int] = {}
        self._thread = gdb.selected_thread()

    def __enter__(self) -> "Events":
        self._hits = {each: each.hit_count for each in gdb.breakpoints()}
        try:
            self._others.__enter__()
            interrupt.connect(gdb.events.stop, self._stop)
            gdb.events.exited.connect(self.exits.append)
        except KeyboardInterrupt:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args: object) -> None:
        self._others.__exit__(*args)
        interrupt.surely(lambda: interrupt.disconnect(gdb.events.stop, self._stop))
        interrupt.surely(lambda: remove(gdb.events.exited, self.exits.append))

    def _foreign_text(self, event: gdb.Event) -> Optional[str]:
        """How GDB announces EVENT; None when it is ours."""
        if isinstance(event, gdb.SignalEvent):
            return ""  # GDB tells of a signal all the same
        if isinstance(event, gdb.BreakpointEvent):
            for each in event.breakpoints:
                # Those whose condition is false are in the event, too.
                if not isinstance(each, Trap) and each.hit_count != self._hits.get(each, 0):
                    title = _title(each)  # none: its commands say more
                    return hit_prefix(title) if title else ""
        return None

    def _stop(self, event: gdb.Event) -> None:
        # In non-stop mode it may be another thread's; else there is none.
        if event.inferior_thread not in (None, self._thread):
            return
        self.trapped = self.trapped or isinstance(event, gdb.BreakpointEvent)
        text = self._foreign_text(event)
        if text is not None:
            self.texts.append(text)
            interrupt.surely(self._on_foreign)

    def foreign(self) -> bool:
        """True when something that is not ours was announced."""
        return bool(self.exits) or bool(self.texts)


class _Threads:
    """GDB names the thread that was stopped as soon as there has been a second one."""

    def __init__(self) -> None:
        numbers = [each.global_num for inferior in gdb.inferiors() for each in inferior.threads()]
        self.highest = max(numbers, default=0)
        gdb.events.new_thread.connect(self._came)

    def _came(self, event: gdb.NewThreadEvent) -> None:
        # GDB counts anew with a new process.
        number = event.inferior_thread.global_num
        self.highest = number if number == 1 else max(self.highest, number)


_threads = _Threads()


def hit_prefix(title: str) -> str:
    """How GDB begins to announce that the selected thread hit TITLE, "Breakpoint 2"."""
    selected = gdb.selected_thread()
    if selected is not None and _threads.highest > 1:
        return '\nThread %s "%s" hit %s, ' % (
            selection.thread_id(selected), selected.name, title)
    return "\n%s, " % title


def _title(hit: gdb.Breakpoint) -> str:
    if isinstance(hit, StandIn):
        return hit.title
    number = str(hit.number)
    if hit.type in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT) and len(hit.locations) > 1:
        pc = gdb.newest_frame().pc()
        number += next((".%d" % place for place, location in enumerate(hit.locations, 1)
                        if location.address == pc), "")
    return "%s %s" % ("Temporary breakpoint" if hit.temporary else "Breakpoint", number)


def _set(command: str, undo: Callable[[], None]) -> None:
    """Do COMMAND at the entry of a context, whose exit does not come after Ctrl-C here."""
    try:
        gdb.execute(command)
    except KeyboardInterrupt:
        undo()
        raise


class Lock:
    """`set scheduler-locking step' covers stepping; we continue, so lock it."""

    def __init__(self) -> None:
        self._before = ""

    def __enter__(self) -> None:
        self._before = gdb.parameter("scheduler-locking")
        if self._before == "step":
            _set("set scheduler-locking on", self.release)

    def __exit__(self, *_args: object) -> None:
        self.release()

    def release(self) -> None:
        """Set it as it was; may be called twice."""
        if self._before == "step":
            interrupt.shield(lambda: gdb.execute("set scheduler-locking step"))
            self._before = ""


class Hush:
    """Keeps GDB from announcing the stops in between, where WANTED."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and not gdb.parameter("suppress-cli-notifications")

    def __enter__(self) -> None:
        if self._wanted:
            _set("set suppress-cli-notifications on", self.__exit__)

    def __exit__(self, *_args: object) -> None:
        if self._wanted:
            interrupt.surely(lambda: gdb.execute("set suppress-cli-notifications off"))
