# SPDX-License-Identifier: MIT
"""The setting of what happens to breakpoints inside critical sections."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .lazy import load, try_load
from .settings import settings

if TYPE_CHECKING:
    from typing import Any, List

_SHOWN = {
    "protect": "Breakpoints inside rseq critical sections stop before them.",
    "warn": "Breakpoints inside rseq critical sections are warned of.",
    "off": "Breakpoints inside rseq critical sections are left as they are.",
}


# Hooks on what GDB shows and saves of breakpoints, on the command that sets one of which it
# does not tell, and on what `record full' runs; and what each of them calls.
_HOOKS = (("info hookpost-breakpoints", "info"), ("save hook-breakpoints", "save"),
          ("save hookpost-breakpoints", "saved"), ("hookpost-dprintf", "dprintf"),
          ("target hookpost-record-full", "record"))


def _hook() -> None:
    """Define the hooks, but for those that the user has."""
    for name, argument in _HOOKS:
        try:
            gdb.execute("help " + name, to_string=True)
        except gdb.error:
            gdb.execute("define %s\nmaintenance rseq-breakpoints %s\nend" % (name, argument))


class HookCommand(gdb.Command):
    """Internal: what gdb-rseq's hooks on breakpoints call.

Usage: maintenance rseq-breakpoints NAME"""

    def __init__(self) -> None:
        super().__init__("maintenance rseq-breakpoints", gdb.COMMAND_MAINTENANCE)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB from a hook, or with the number of a breakpoint that was hit."""
        if argument == "record":
            load("recorder").recorder.begin()
            return
        if argument == "recorded":
            load("recorder").recorder.announce()
            return
        if argument == "dprintf":
            watcher.start()
        if watcher.started:
            self._tell(load("protect").protection, argument)

    @staticmethod
    def _tell(protection: Any, argument: str) -> None:
        if argument == "dprintf":
            protection.look_at_prints()
        elif argument == "watch":
            protection.watches.announce()
        elif argument == "info":
            protection.describe()
        elif argument in ("save", "saved"):
            protection.save(argument == "save")
        else:
            protection.announce(int(argument))


class Breakpoints(gdb.Parameter):
    """Set what happens to breakpoints inside rseq critical sections.

protect -- They stop before the section, which then runs as a whole.
warn    -- One line says so when one is set there.
off     -- Nothing.

A breakpoint inside a section, or on the store that arms it, aborts it for ever or
silently breaks its atomicity, also where its condition is false.  When protected its
location there is off (see `info breakpoints'), and the thread stops, once for each
pass through the section, at the instruction before that store.  A dprintf prints there;
until LOCATION, advance and finish are not started where they would set one.
Watchpoints that would abort a section for ever are off while it runs once more."""

    set_doc = "Set what happens to breakpoints inside rseq critical sections."
    show_doc = "Show what happens to breakpoints inside rseq critical sections."

    def __init__(self) -> None:
        super().__init__("rseq breakpoints", gdb.COMMAND_BREAKPOINTS, gdb.PARAM_ENUM,
                         list(_SHOWN))
        self.value = settings.breakpoints

    def get_set_string(self) -> str:
        """Called by GDB after `set'."""
        settings.breakpoints = self.value
        if watcher.started:
            load("protect").protection.changed()
        return ""

    def get_show_string(self, value: str) -> str:
        """Called by GDB for `show'."""
        return _SHOWN[value]


class Watcher:
    """Loads the module that protects breakpoints with the first of them."""

    def __init__(self) -> None:
        self.started = False
        self._tried = False
        gdb.events.breakpoint_created.connect(self._created)
        # Where GDB counts its breakpoints, dprintfs included.
        if gdb.convenience_variable("bpnum") is not None:
            self.start()

    def _created(self, breakpoint_: gdb.Breakpoint) -> None:
        if breakpoint_.number > 0:
            self.start()

    def start(self) -> None:
        """There is a breakpoint."""
        if self._tried:
            return
        self._tried = True
        gdb.events.breakpoint_created.disconnect(self._created)
        module = try_load("protect")
        if module is not None:
            self.started = True
            module.protection.start()


watcher = Watcher()


def _called(event: object) -> None:
    """Called by GDB before and after a call of the program's functions."""
    module = try_load("calls")
    if module is not None:
        module.calls.called(event)


def create() -> List[object]:
    """Create the setting and the hooks."""
    _hook()
    gdb.events.inferior_call.connect(_called)
    return [Breakpoints(), HookCommand()]
