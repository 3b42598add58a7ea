# SPDX-License-Identifier: MIT
"""Stops threads before critical sections while GDB records the program in full.

Each instruction is a step then, so the kernel aborts each section, and what tries one again
would do so for ever.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, announce, frontend, recording
from .approach import usable_gates
from .burial import bury, clear_away
from .guards import misses, why_not
from .interrupt import interrupt
from .objfiles import Section, process
from .sentries import MANY, Sentry
from .settings import settings
from .traps import user_hits

if TYPE_CHECKING:
    from typing import Dict

# Of a Sentry; see protected.py on why.
_ANNOUNCE = "maintenance rseq-breakpoints recorded"


class Recorder:
    """The Sentries at the gates of all sections of the processes that GDB records."""

    def __init__(self) -> None:
        self._sentries: Dict[gdb.Progspace, Dict[int, Sentry]] = {}  # by address
        self._seen: Dict[gdb.Progspace, object] = {}  # the sections that they are for
        self._hits: Dict[int, int] = {}
        self._stopped = False  # a thread, and that is not shown yet

    def begin(self) -> None:
        """GDB has begun to record."""
        if not recording.is_under_way():
            return
        if process.index():
            gdb.write("[rseq: a critical section can't be recorded in full, as the kernel aborts"
                      " it at each step: the program stops before one, and \"record stop\" gets"
                      " past it]\n")
        if not self._sentries:
            interrupt.connect(gdb.events.cont, self._cont)
            gdb.events.before_prompt.connect(self._prompt)
        self._sentries.setdefault(gdb.current_progspace(), {})
        self._plant()

    def _plant(self) -> None:
        """Have Sentries before the sections of the selected process."""
        index = process.index()
        space = gdb.current_progspace()
        if self._seen.get(space) is index:
            return
        self._seen[space] = index
        if len(index) > MANY:
            gdb.write("[rseq: there are too many sections to stop before each]\n")
            return
        for section in index:
            reason = "its descriptor is not valid" if section.broken else why_not(section)
            if reason is None:
                self._guard(section, self._sentries[space])
            else:
                gdb.write("[rseq: GDB can't stop before %s: %s]\n" % (section.location(), reason))

    def _guard(self, section: Section, sentries: Dict[int, Sentry]) -> None:
        for gate in usable_gates(section):
            if gate not in sentries:
                sentries[gate] = Sentry(gate, section, self._asked)
                sentries[gate].commands = _ANNOUNCE

    def _asked(self, section: Section, address: int) -> bool:
        """Asked at a gate of SECTION."""
        if not settings.stepping or not recording.is_under_way() or (
                misses(address, (section.flow.store,))):
            return False
        gdb.write("[rseq: stopped before %s, which can't be recorded: \"record stop\" gets past"
                  " it]\n" % section.location())
        self._stopped = True
        return True

    def _others_hits(self) -> Dict[int, int]:
        """How often each breakpoint was hit that is announced by itself."""
        ours = {sentry.number for sentries in self._sentries.values()
                for sentry in sentries.values() if sentry.is_valid()}
        return {number: hits for number, hits in user_hits().items() if number not in ours}

    def announce(self) -> None:
        """Show the stop before a section; called by the commands of its Sentry."""
        stopped, self._stopped = self._stopped, False
        if stopped and self._others_hits() == self._hits and not (
                frontend.shows_every_stop() or gdb.parameter("suppress-cli-notifications")):
            announce.step_end(None, None)

    def _cont(self, _event: gdb.ContinueEvent) -> None:
        self._stopped = False
        if self._is_recorded():
            self._hits = self._others_hits()
            if recording.is_under_way():
                self._plant()

    def _prompt(self) -> None:
        self._is_recorded()

    def _is_recorded(self) -> bool:
        """Is the selected process one of those?  Else take all away."""
        space = gdb.current_progspace()
        if space not in self._sentries:
            return False
        if gdb.current_recording() is not None:
            return True
        for sentry in self._sentries.pop(space).values():
            bury(sentry)
        clear_away()
        del self._seen[space]
        if not self._sentries:
            interrupt.disconnect(gdb.events.cont, self._cont)
            gdb.events.before_prompt.disconnect(self._prompt)
        return False


recorder = Recorder()
