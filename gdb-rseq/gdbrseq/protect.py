# SPDX-License-Identifier: MIT
"""Keeps the user's breakpoints from breaking sections: `set rseq breakpoints'.

Follows GDB's breakpoints through its events.  Those with a location in a section get
a Protected; a stop at one of its guards is announced here, as GDB would.
"""

from typing import Dict, List, Set, Tuple

import gdb

from . import _csinfo, announce
from .guards import Guard, clear_away
from .objfiles import process
from .protected import Protected
from .settings import settings

_KINDS = (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT)

# The addresses of a breakpoint as they were looked at, and process.changes.
_Seen = Tuple[Tuple[int, ...], int]


class Protection:
    """All the user's breakpoints."""

    def __init__(self) -> None:
        self._protected: Dict[int, Protected] = {}
        self._seen: Dict[int, _Seen] = {}
        self._hits: Dict[int, int] = {}  # of breakpoints that GDB itself announces
        self._arrived: List[Guard] = []  # those that stop the program now
        self._native: Set[int] = set()  # numbers of others that do
        self._told: Set[str] = set()
        self._working = False
        self._stale = False

    def start(self) -> None:
        """Follow GDB's breakpoints from now on, those that exist included."""
        for name in ("breakpoint_created", "breakpoint_modified", "breakpoint_deleted", "cont",
                     "stop", "exited", "new_objfile", "clear_objfiles", "before_prompt"):
            getattr(gdb.events, name).connect(getattr(self, "_" + name))
        self.refresh()

    def refresh(self) -> None:
        """Look at every breakpoint again."""
        self._stale = False
        for breakpoint_ in gdb.breakpoints():
            self._look(breakpoint_)

    # ---- breakpoints ----

    def _breakpoint_created(self, breakpoint_: gdb.Breakpoint) -> None:
        self._look(breakpoint_)

    def _breakpoint_modified(self, breakpoint_: gdb.Breakpoint) -> None:
        if isinstance(breakpoint_, Guard):
            self._guard_changed(breakpoint_)
            return
        if breakpoint_.hit_count > self._hits.get(breakpoint_.number, 0):
            self._native.add(breakpoint_.number)
        self._hits[breakpoint_.number] = breakpoint_.hit_count
        self._look(breakpoint_)

    def _breakpoint_deleted(self, breakpoint_: gdb.Breakpoint) -> None:
        number = breakpoint_.number
        self._seen.pop(number, None)
        self._hits.pop(number, None)
        protected = self._protected.pop(number, None)
        if protected is not None:
            protected.leave()

    def _look(self, breakpoint_: gdb.Breakpoint) -> None:
        """BREAKPOINT_ is new or has changed."""
        if self._working or breakpoint_.number < 0 or breakpoint_.type not in _KINDS:
            return
        self._working = True
        try:
            self._protect(breakpoint_)
        except (gdb.error, _csinfo.CsinfoError) as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            self._working = False

    def _protect(self, breakpoint_: gdb.Breakpoint) -> None:
        number = breakpoint_.number
        addresses = tuple(location.address for location in breakpoint_.locations)
        seen = self._seen.get(number)
        protected = self._protected.get(number)
        if protected is None and seen == (addresses, process.changes):
            return
        if seen is not None and seen[0] != addresses:
            process.forget()  # code was relocated; of that GDB tells too late
        self._seen[number] = (addresses, process.changes)
        protected = protected or Protected(breakpoint_, self._tell)
        if not protected.look():
            if self._protected.pop(number, None) is not None:
                protected.leave()
            return
        self._protected[number] = protected
        if settings.breakpoints == "protect":
            protected.shield(gdb.selected_inferior().pid != 0)
        elif settings.breakpoints == "warn":
            protected.warn()

    def _tell(self, text: str) -> None:
        """Say TEXT, once."""
        if text not in self._told:
            self._told.add(text)
            gdb.write("[rseq: %s]\n" % text)

    def changed(self) -> None:
        """The setting has been changed."""
        for protected in self._protected.values():
            self._working = True
            try:
                protected.expose()
            finally:
                self._working = False
        self._told.clear()
        self.refresh()

    # ---- the process ----

    def _new_objfile(self, _event: gdb.NewObjFileEvent) -> None:
        self._stale = True

    def _clear_objfiles(self, _event: gdb.ClearObjFilesEvent) -> None:
        self._stale = True
        self._forget_guards()

    def _exited(self, _event: gdb.ExitedEvent) -> None:
        self._forget_guards()
        self._stale = True

    def _forget_guards(self) -> None:
        for protected in self._protected.values():
            protected.leave()

    def _cont(self, _event: gdb.ContinueEvent) -> None:
        self._arrived.clear()
        self._native.clear()
        if self._stale:
            self.refresh()
        clear_away()

    def _before_prompt(self) -> None:
        clear_away()

    # ---- hits ----

    def _guard_changed(self, guard: Guard) -> None:
        protected = self._protected.get(guard.stands_for)
        if protected is not None and protected.hit(guard):
            self._arrived.append(guard)

    def _stop(self, event: gdb.StopEvent) -> None:
        if not isinstance(event, gdb.BreakpointEvent):
            return
        arrived = [guard for guard in event.breakpoints if guard in self._arrived]
        native = any(each.number in self._native for each in event.breakpoints)
        self._arrived.clear()
        self._native.clear()
        for guard in arrived:
            protected = self._protected.get(guard.stands_for)
            if protected is not None:
                self._announce(protected, guard, native)
                native = True

    def _announce(self, protected: Protected, guard: Guard, announced: bool) -> None:
        """Show the stop at GUARD; ANNOUNCED says that GDB has shown one here."""
        gdb.set_convenience_variable("_hit_bpnum", protected.number)
        if not protected.is_silent():
            spot = next(iter(protected.spots.values()))
            gdb.write("[rseq: breakpoint %s is %s: stopped before the section]\n" % (
                spot.name, spot.words()))
            if not announced and not gdb.parameter("suppress-cli-notifications"):
                announce.breakpoint_hit(guard.title)
        if protected.breakpoint.temporary:
            protected.breakpoint.delete()


protection = Protection()
