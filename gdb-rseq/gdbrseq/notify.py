# SPDX-License-Identifier: MIT
"""Tells at a stop that the thread stands inside a critical section."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, recording, selection
from .objfiles import process
from .settings import settings
from .thread import active_section, is_native, selected_pc

if TYPE_CHECKING:
    from typing import Optional, Tuple

# Thread and pc of the last notice: the next command need not say the same.
_told: Optional[Tuple[int, int]] = None


def _may_ask(event: Optional[gdb.Event]) -> bool:
    """False where asking would resume the program.

    When GDB is given a command, it first runs those of the breakpoint that was hit; it need
    not be given one where the sections are known and the kernel tells the rest.
    """
    if not isinstance(event, gdb.BreakpointEvent) or process.is_read() and is_native():
        return True
    return not any(each.commands for each in event.breakpoints)


class _Later:
    """A stop whose breakpoint has commands, which come first: told of before the prompt."""

    def __init__(self) -> None:
        self._waits = False

    def wait(self) -> None:
        """Look at the thread when there is nothing left to do."""
        if not self._waits:
            self._waits = True
            gdb.events.before_prompt.connect(self._prompt)

    def forget(self) -> None:
        """There was another stop."""
        if self._waits:
            self._waits = False
            gdb.events.before_prompt.disconnect(self._prompt)

    def _prompt(self) -> None:
        self.forget()
        at_stop()


_later = _Later()


def at_stop(event: Optional[gdb.Event] = None) -> None:
    """Tell if the selected thread, whose stop EVENT was just shown, is inside a section."""
    global _told
    _later.forget()
    _told = None
    thread = gdb.selected_thread()
    if not settings.notify or thread is None or not thread.is_valid() or thread.is_running():
        return
    if not _may_ask(event):
        _later.wait()
        return
    section = active_section()
    if section is not None and not recording.is_replayed():
        _told = (thread.global_num, selected_pc(thread))
        gdb.write("[rseq: %s]\n" % words(thread, section.location()))


def words(thread: gdb.InferiorThread, section: str) -> str:
    """What is told of THREAD inside SECTION."""
    return "thread %s is inside %s: the kernel aborts it as it resumes" % (
        selection.thread_id(thread), section)


def was_told(thread: gdb.InferiorThread) -> bool:
    """True when the user knows that THREAD, where it stands, is inside a section."""
    return settings.notify and _told == (thread.global_num, selected_pc(thread))
