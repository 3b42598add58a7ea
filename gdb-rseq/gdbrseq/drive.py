# SPDX-License-Identifier: MIT
"""Resuming the program for a Session, and handing it the stops."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, announce, notify
from .interrupt import interrupt
from .resume import DONE, FOREIGN, NATIVE, Events, Hush, Request, trapped_at, was_stepped
from .step import Session
from .traps import hit_since, only_breakpoints

if TYPE_CHECKING:
    from typing import Callable, Optional, TypeVar

    from .step import Run

    _Result = TypeVar("_Result")


class StillRuns(Exception):
    """In non-stop mode, another thread's stop ended the wait for that of a REQUEST."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


class _Apart:
    """Does something in a command of its own.

    GDB keeps values, also those from which it made frames, until the command ends that it
    does: a long one would grow by 10 KiB each pass through a section.
    """

    def __init__(self) -> None:
        self._action: Optional[Callable[[], None]] = None
        self._error: Optional[BaseException] = None

    def do(self, action: Callable[[], None]) -> None:
        """Do ACTION; raises what it does."""
        self._action, self._error = action, None
        try:
            gdb.execute("maintenance rseq-hook apart")
            if self._error is not None:
                raise self._error
        finally:
            self._action = self._error = None

    def invoke(self) -> None:
        """Called by that command, through which GDB would let only its own errors."""
        try:
            if self._action is not None:
                self._action()
        except BaseException as error:
            self._error = error


apart = _Apart()

# Resumptions that one command waits for.
_TOGETHER = 64


class _Wait:
    """A RUN of SESSION, and how its last resumption ended: None, which starts a generator."""

    def __init__(self, session: Session, run: Run[_Result]) -> None:
        self._session = session
        self._run = run
        self._answer: Optional[str] = None

    def some(self) -> None:
        """Go on for some stops.  Raises StopIteration at the end of the run."""
        for _ in range(_TOGETHER):
            request = self._run.send(self._answer)  # type: ignore[arg-type]
            self._answer = _resume(self._session, request)


def run_now(session: Session, run: Run[_Result]) -> _Result:
    """Do RUN of SESSION to its end, waiting for each stop.

    Raises StillRuns; RUN can go on then.
    """
    wait = _Wait(session, run)
    over = True
    try:
        wait.some()
        while True:
            apart.do(wait.some)
    except StopIteration as end:
        return end.value
    except StillRuns:
        over = False
        raise
    finally:
        if over:
            run.close()


def _execute(command: str, events: Events, hush: Hush) -> Events:
    """Do COMMAND in these contexts, and leave them whatever happens.

    Not by `with': where COMMAND fails, Ctrl-C is raised by the first instruction of an
    __exit__(), which then does nothing.
    """
    try:
        events.__enter__()
        hush.__enter__()
        gdb.execute(command)
    finally:
        while True:
            try:
                hush.__exit__()
                events.__exit__()
                break
            except KeyboardInterrupt:
                interrupt.pending = True
    return events


def _resume(session: Session, request: Request) -> str:
    """Run the command of REQUEST to its stop; how it ended."""
    steps = request.command != "continue"
    quiet = request.quiet and only_breakpoints()  # of others only GDB can tell
    events = _execute(request.command, Events(session.give_way), Hush(quiet))
    if session.thread.is_valid() and session.thread.is_running():
        raise StillRuns(request)
    ours = session.is_selected() and not events.foreign()
    trapped = ours and events.trapped
    if trapped:
        session.find_interrupt()
    if ours:  # else the user has a stop, and would get one more for each Ctrl-C that was kept
        interrupt.check()
    if trapped:
        return DONE
    # What is not shown must not be another event, such as that of a catchpoint.
    if ours and steps and (not quiet or was_stepped()):
        return NATIVE
    if quiet:
        announce.foreign(events)
    notify.at_stop()
    return FOREIGN


class Background:
    """A run that goes on from one hook-stop to the next.

    Where hook-stop resumes the thread in the background and returns, GDB announces nothing.
    For a front end that shows each stop which GDB announces, and for a command that was given
    in the background, or has gone there in non-stop mode.
    """

    def __init__(self, session: Session, run: Run[None],
                 request: Optional[Request] = None) -> None:
        self._session = session
        self._run = run
        self._request = request  # what the thread was last resumed for

    def go_on(self) -> bool:
        """Resume the thread for what comes next; False when nothing does."""
        answer = None if self._request is None else self._answer(self._request)
        if answer == FOREIGN:
            self._run.close()
            return False
        try:
            self._request = self._run.send(answer)  # type: ignore[arg-type]
        except StopIteration:
            return False
        gdb.execute(self._request.command + "&")
        return True

    def _answer(self, request: Request) -> str:
        """How REQUEST ended, at the stop that GDB is about to announce."""
        if not self._session.is_selected():
            return FOREIGN
        if trapped_at(self._session.hits):
            self._session.find_interrupt()
            interrupt.check()
            return DONE
        if request.command == "continue" or hit_since(self._session.hits):
            return FOREIGN
        return NATIVE if was_stepped() else FOREIGN

    def close(self) -> None:
        """Give back what the run holds; may be called twice."""
        self._run.close()
