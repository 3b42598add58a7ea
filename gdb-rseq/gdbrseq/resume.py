# SPDX-License-Identifier: MIT
"""Resuming the program from inside a command, and knowing what stopped it."""

from typing import Dict, List

import gdb

from .traps import Trap

# How a resume, or a round of a command, ended.
DONE = "done"  # at one of our traps; nothing was announced
NATIVE = "native"  # a stepping command of GDB is complete and announced
FOREIGN = "foreign"  # another event came first, and GDB has announced it
REFUSED = "refused"  # in front of a section that can't be run


class Notices:
    """What the user is told of sections; a repeated line is counted, not repeated."""

    def __init__(self) -> None:
        self._seen: Dict[str, int] = {}

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
                gdb.write("[rseq: %d times: %s]\n" % (count, text))
        self._seen.clear()


def was_stepped() -> bool:
    """True when the thread's last stop was the end of a step, not a breakpoint.

    No API tells it before the stop is announced.
    """
    try:
        return "stepped" in gdb.execute("info program", to_string=True)
    except gdb.error:
        return False


class Events:
    """GDB's stop and exit events of one nested resume."""

    def __init__(self) -> None:
        self.stops: List[gdb.Event] = []
        self.exited = False

    def __enter__(self) -> "Events":
        gdb.events.stop.connect(self._stop)
        gdb.events.exited.connect(self._exit)
        return self

    def __exit__(self, *_args: object) -> None:
        gdb.events.stop.disconnect(self._stop)
        gdb.events.exited.disconnect(self._exit)

    def _stop(self, event: gdb.Event) -> None:
        self.stops.append(event)

    def _exit(self, _event: gdb.Event) -> None:
        self.exited = True

    def foreign(self) -> bool:
        """True when something that is not ours was announced."""
        return self.exited or any(_is_foreign(event) for event in self.stops)


def _is_foreign(event: gdb.Event) -> bool:
    if isinstance(event, gdb.SignalEvent):
        return True
    return isinstance(event, gdb.BreakpointEvent) and not all(
        isinstance(breakpoint_, Trap) for breakpoint_ in event.breakpoints)


class Lock:
    """`set scheduler-locking step' covers stepping; we continue, so lock it."""

    def __enter__(self) -> None:
        self._before = gdb.parameter("scheduler-locking")
        if self._before == "step":
            gdb.execute("set scheduler-locking on")

    def __exit__(self, *_args: object) -> None:
        if self._before == "step":
            gdb.execute("set scheduler-locking step")


class Hush:
    """Keeps GDB from announcing the stops in between, where WANTED."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and not gdb.parameter("suppress-cli-notifications")

    def __enter__(self) -> None:
        if self._wanted:
            gdb.execute("set suppress-cli-notifications on")

    def __exit__(self, *_args: object) -> None:
        if self._wanted:
            gdb.execute("set suppress-cli-notifications off")
