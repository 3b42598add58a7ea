# SPDX-License-Identifier: MIT
"""Keeps the user's breakpoints from breaking sections: `set rseq breakpoints'.

Follows GDB's breakpoints through its events.  Those with a location in a section get
a Protected; a stop at one of its guards is announced here, as GDB would.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo, events, frontend, spaces, spots
from .burial import clear_away
from .interrupt import interrupt, runs
from .objfiles import process
from .prints import Dprintf, Prints
from .processes import Processes
from .selection import selected_number
from .settings import settings
from .traps import StandIn

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Set, Tuple, Union

    from .guards import Guard
    from .protected import Protected
    from .watches import Watches

    _Any = Union[gdb.Breakpoint, Dprintf]

    # The addresses of a breakpoint as they were looked at, and process.changes.
    _Seen = Tuple[Tuple[int, ...], int]

# The types that gdb.Breakpoint has for watchpoints.
_WATCHPOINTS = (gdb.BP_WATCHPOINT, gdb.BP_HARDWARE_WATCHPOINT, gdb.BP_READ_WATCHPOINT,
                gdb.BP_ACCESS_WATCHPOINT)
_KINDS = (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT)


class Protection:
    """All the user's breakpoints."""

    def __init__(self) -> None:
        self._protected: Dict[int, Protected] = {}
        self._seen: Dict[int, _Seen] = {}
        self._hits: Dict[int, int] = {}  # of breakpoints that GDB itself announces
        self._guard_hits: Dict[int, int] = {}  # of those that are in no section now
        self._arrivals: List[Tuple[int, Guard]] = []  # threads that stop at guards now
        self._native: Set[int] = set()  # threads whose stop GDB itself announces
        self._threads: Dict[int, int] = {}  # of those that are for one thread
        self._doomed: Set[int] = set()  # whose thread has exited
        self._told: Set[str] = set()
        self._working = False
        self._stale = False
        self._saving = False
        self._resumes_followed = False
        self._prints = Prints()
        self._processes = Processes(self._begin, self._loaded)
        self._watches: Optional[Watches] = None

    def start(self) -> None:
        """Follow GDB's breakpoints from now on, those that exist included."""
        if runs():
            self._processes.begin(settings.breakpoints != "off")
        for registry, handler in ((events.breakpoint_created, self._breakpoint_created),
                                  (events.breakpoint_modified, self._breakpoint_modified),
                                  (events.breakpoint_deleted, self._breakpoint_deleted),
                                  (gdb.events.exited, self._exited),
                                  (gdb.events.new_objfile, self._new_objfile),
                                  (gdb.events.clear_objfiles, self._clear_objfiles),
                                  (gdb.events.inferior_deleted, self._inferior_deleted)):
            interrupt.connect(registry, handler)
        self._follow_resumes()
        gdb.events.before_prompt.connect(self._before_prompt)
        self._processes.start()
        self.refresh()

    @property
    def watches(self) -> Watches:
        """The user's watchpoints; made for the first of them."""
        if self._watches is None:
            from .watches import Watches

            self._watches = Watches(self._tell)
        return self._watches

    def refresh(self) -> None:
        """Look at every breakpoint again."""
        self._stale = False
        self._leave_doomed()
        self._processes.confine()
        for breakpoint_ in gdb.breakpoints():
            self._look(breakpoint_)
        self.look_at_prints()

    def look_at_prints(self) -> None:
        """Look at the dprintfs again, of which GDB tells nothing."""
        there, gone = self._prints.read()
        for each in gone:
            self._breakpoint_deleted(each)
        for each in there:
            self._look(each)

    # ---- breakpoints ----

    def _breakpoint_created(self, breakpoint_: gdb.Breakpoint) -> None:
        self._prints.passed(breakpoint_.number)
        self._look(breakpoint_)

    def _breakpoint_modified(self, breakpoint_: gdb.Breakpoint) -> None:
        if isinstance(breakpoint_, StandIn):
            self._guard_changed(breakpoint_)
        if breakpoint_.number < 0:
            return
        came = breakpoint_.hit_count > self._hits.get(breakpoint_.number, 0)
        if came and self._resumes_followed:  # else nothing clears it, and nothing asks
            self._native.add(selected_number())
        self._hits[breakpoint_.number] = breakpoint_.hit_count
        if breakpoint_.type in _WATCHPOINTS or self._is_as_seen(breakpoint_):
            self._look(breakpoint_)
        elif breakpoint_.type in _KINDS:
            self._be_stale()  # GDB is in the middle of something, and nothing may change

    def _breakpoint_deleted(self, breakpoint_: _Any) -> None:
        number = breakpoint_.number
        self._seen.pop(number, None)
        self._hits.pop(number, None)
        self._guard_hits.pop(number, None)
        self._threads.pop(number, None)
        self._leave(number)

    def _leave(self, number: int) -> None:
        """Breakpoint NUMBER is not to be looked after any more."""
        if self._watches is not None:
            self._watches.deleted(number)
        protected = self._protected.pop(number, None)
        if protected is not None:
            protected.leave()

    def _leave_doomed(self) -> None:
        """Forget those whose thread has exited.

        GDB 13 deletes them at its next stop, but does not tell, and its Python object is
        not to be touched from then on: GDB dies of it.
        """
        if not self._threads:
            return
        try:
            threads = {thread.global_num for inferior in gdb.inferiors()
                       for thread in inferior.threads()}
        except gdb.error:  # gdbserver can't be asked while the program runs
            return
        for number, thread in list(self._threads.items()):
            # To leave one may be an event that brings here again.
            if thread not in threads and self._threads.pop(number, None) is not None:
                self._doomed.add(number)
                self._leave(number)

    def _note_thread(self, breakpoint_: _Any) -> None:
        thread = getattr(breakpoint_, "thread", None)
        if thread is None:
            self._threads.pop(breakpoint_.number, None)
        else:
            self._threads[breakpoint_.number] = thread

    def _look(self, breakpoint_: _Any) -> None:
        """BREAKPOINT_ is new or has changed."""
        if breakpoint_.number in self._doomed:
            return
        if breakpoint_.type in _WATCHPOINTS and breakpoint_.number > 0:
            self._follow_resumes()
            self._note_thread(breakpoint_)
            self.watches.look(breakpoint_)
        if self._working or breakpoint_.number < 0 or breakpoint_.type not in _KINDS:
            return
        self._working = True
        try:
            self._protect(breakpoint_)
        except (gdb.error, _csinfo.CsinfoError) as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            self._working = False

    def _is_as_seen(self, breakpoint_: gdb.Breakpoint) -> bool:
        """False when GDB is giving locations in other code to BREAKPOINT_."""
        addresses = _addresses(breakpoint_)
        return self._seen.get(breakpoint_.number) == (addresses, process.changes)

    def _protect(self, breakpoint_: _Any) -> None:
        number = breakpoint_.number
        addresses = _addresses(breakpoint_)
        seen = self._seen.get(number)
        protected = self._protected.get(number)
        if protected is None and seen == (addresses, process.changes):
            return
        if seen is not None and seen[0] != addresses:
            process.forget()  # code was relocated; of that GDB tells too late
        self._seen[number] = (addresses, process.changes)
        if protected is None:
            if not spots.find(breakpoint_, {}):
                return
            protected = self._new(breakpoint_)
        if not protected.look():
            if self._protected.pop(number, None) is not None:
                self._guard_hits[number] = protected.hits
                protected.leave()
            return
        self._protected[number] = protected
        self._note_thread(breakpoint_)
        self._follow_resumes()
        if settings.breakpoints == "protect":
            protected.shield(self._processes.ready)
        elif settings.breakpoints == "warn":
            protected.warn()

    def _new(self, breakpoint_: _Any) -> Protected:
        from . import protected  # most sessions need none

        kind = (protected.ProtectedPrint if isinstance(breakpoint_, Dprintf)
                else protected.Protected)
        return kind(breakpoint_, self._tell, self._guard_hits.get(breakpoint_.number, 0))

    def _tell(self, text: str) -> None:
        """Say TEXT, once."""
        if text not in self._told:
            self._told.add(text)
            gdb.write("[rseq: %s]\n" % text)

    def changed(self) -> None:
        """The setting has been changed."""
        self._leave_doomed()
        for protected in self._protected.values():
            self._working = True
            try:
                protected.expose()
            finally:
                self._working = False
        self._told.clear()
        if self._watches is not None:
            self._watches.forget()
        self._processes.forget_libraries()
        if settings.breakpoints != "off":
            self._processes.watch()
        self.refresh()

    # ---- what GDB shows of them ----

    def safe(self) -> List[Protected]:
        """Those that are protected now."""
        self._leave_doomed()
        if settings.breakpoints != "protect":
            return []
        if self._stale and not runs():
            self.refresh()
        return [protected for _, protected in sorted(self._protected.items())
                if protected.is_safe()]

    def describe(self) -> None:
        """Behind `info breakpoints': where those that are protected stop.

        Not for front ends: MI's -break-list is that command, too, asked at each stop.
        """
        if not frontend.shows_every_stop():
            for protected in self.safe():
                gdb.write("[rseq: %s]\n" % protected.describe())

    def save(self, begins: bool) -> None:
        """Around `save breakpoints': what it writes is how the user has them."""
        if settings.breakpoints != "protect" or runs():
            return
        self._leave_doomed()
        self._saving = begins
        self._working = True
        try:
            for protected in self._protected.values():
                protected.show(begins)
        finally:
            self._working = False

    # ---- the process ----

    def _new_objfile(self, event: gdb.NewObjFileEvent) -> None:
        self._be_stale()
        self._processes.note(event.new_objfile)
        space = event.new_objfile.progspace
        if not spaces.is_settled() or gdb.selected_inferior().pid == 0:
            return
        known = self._processes.came(space)
        if known and space not in self._processes.ready and self._protected:
            self._processes.ready.add(space)
            try:
                self.refresh()
            finally:
                self._processes.ready.discard(space)

    def _loaded(self) -> None:
        """GDB has set the breakpoints in a library that was loaded."""
        if self._stale:
            interrupt.surely(self.refresh)

    def _clear_objfiles(self, event: gdb.ClearObjFilesEvent) -> None:
        self._forget_guards(event.progspace)

    def _exited(self, event: gdb.ExitedEvent) -> None:
        self._forget_guards(event.inferior.progspace)

    def _inferior_deleted(self, _event: gdb.InferiorDeletedEvent) -> None:
        self._be_stale()
        for space in self._processes.gone():
            self._forget_guards(space)

    def _forget_guards(self, space: gdb.Progspace) -> None:
        self._be_stale()
        self._leave_doomed()
        self._processes.end(space)
        if self._watches is not None:
            self._watches.forget()
        for protected in self._protected.values():
            protected.leave(space)

    def _be_stale(self) -> None:
        self._stale = True
        self._follow_resumes()

    def _follow_resumes(self) -> None:
        """Hear of them: each step costs that, so only while there is something to do."""
        if not self._resumes_followed:
            self._resumes_followed = True
            interrupt.connect(gdb.events.cont, self._cont)

    def _cont(self, _event: gdb.ContinueEvent) -> None:
        if not gdb.parameter("non-stop"):
            self._arrivals.clear()
        self._native.clear()
        if self._saving:
            self.save(False)
        if self._processes.is_attaching():
            return
        if self._stale or not self._processes.are_ready():
            if not self._processes.ready:
                self._guard_hits.clear()
                for protected in self._protected.values():
                    protected.hits = 0  # GDB does so for a new process
            self._begin()
        elif self._prints.may_be_new() or self._protects_prints():
            self.look_at_prints()
        if self._watches is not None and settings.breakpoints == "protect":
            self._watches.begin()
        clear_away()
        # No event nor hook tells of MI's -dprintf-insert.
        watching = self._watches is not None and self._watches.exist()
        if not (self._protected or watching or frontend.shows_every_stop()):
            self._resumes_followed = False
            interrupt.disconnect(gdb.events.cont, self._cont)

    def _protects_prints(self) -> bool:
        return any(isinstance(each.breakpoint, Dprintf) for each in self._protected.values())

    def _begin(self) -> None:
        """Let the guards be as they must be before the process runs on."""
        self._processes.begin(settings.breakpoints != "off")
        self.refresh()

    def _before_prompt(self) -> None:
        if self._saving:
            self.save(False)  # it failed
        if self._prints.may_be_new():
            self.look_at_prints()
        self._processes.at_prompt()
        self._leave_doomed()
        clear_away()

    # ---- hits ----

    def _guard_changed(self, guard: StandIn) -> None:
        self._leave_doomed()
        protected = self._protected.get(guard.stands_for)
        if protected is not None and protected.hit(guard):
            self._arrivals.append((selected_number(), guard))

    def announce(self, number: int) -> None:
        """Show the stop of the selected thread as GDB would, once.

        Called by the commands of the guard that stands for breakpoint NUMBER.
        """
        from . import announce  # as all of a guard, it is for few

        here = selected_number()
        guards = sorted((guard for thread, guard in self._arrivals if thread == here),
                        key=lambda guard: guard.stands_for)
        self._arrivals = [arrival for arrival in self._arrivals if arrival[0] != here]
        stopped = [(guard, self._protected[guard.stands_for]) for guard in guards
                   if guard.stands_for in self._protected]
        shown = [guard for guard, protected in stopped if protected.tell_stop(guard)]
        if shown and not (frontend.shows_every_stop() or here in self._native
                          or gdb.parameter("suppress-cli-notifications")):
            announce.breakpoint_hit(shown[0].title)
        for _, protected in stopped:
            protected.dispose()
        gdb.set_convenience_variable("_hit_bpnum", number)


def _addresses(breakpoint_: gdb.Breakpoint) -> Tuple[int, ...]:
    return tuple(location.address for location in breakpoint_.locations)


protection = Protection()
