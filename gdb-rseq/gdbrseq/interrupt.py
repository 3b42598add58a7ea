# SPDX-License-Identifier: MIT
"""Ctrl-C while GDB is in our code, not in the program.

Python raises KeyboardInterrupt between any two instructions then.  In a callback GDB
would print and forget it, and in a clean-up it would leave something behind: there it
is kept, and raised where the command can end.
"""

from __future__ import annotations

import _signal  # signal makes enums of it all, in 3 ms, and of a mask at each call
import functools

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Tuple, TypeVar

    _Result = TypeVar("_Result")

_SIGINT = (_signal.SIGINT,)


def remove(registry: Any, handler: Callable[[Any], None]) -> None:
    """Disconnect HANDLER from REGISTRY, where it may not be."""
    try:
        registry.disconnect(handler)
    except (ValueError, SystemError):  # the latter where GDB does not see the former
        pass


def runs() -> bool:
    """Does any thread of the selected inferior run?"""
    try:
        threads = gdb.selected_inferior().threads()
    except gdb.error:  # gdbserver can't be asked while it does
        return True
    return any(thread.is_running() for thread in threads)


def pass_on() -> None:
    """Ctrl-C came to us while the program ran: let it have it."""
    if runs():
        gdb.execute("interrupt")


class Interrupt:
    """An interrupt that was kept."""

    def __init__(self) -> None:
        self.pending = False
        self._begun: List[Any] = []  # calls of handlers that did not come to their end
        self._depth = 0  # of shield()
        self._calls: Dict[Tuple[Any, Any], Tuple[Callable[[Any], None], ...]] = {}

    def connect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Connect HANDLER to REGISTRY of gdb.events, which may run while we resume.

        An interrupt that came to GDB is raised by the very first instruction, before it could
        be caught.  list.append() runs none, so a call that did not begin is known, and made.
        """
        begun = self._begun

        def call(event: Any) -> None:
            begun[-1:] = [None]
            try:
                self.shield(lambda: handler(event))
            except KeyboardInterrupt:  # behind what it did
                self.pending = True

        def again(event: Any) -> None:
            if begun and begun.pop() is not None:
                self.pending = True
                self.shield(lambda: handler(event))
            if self.pending:
                gdb.post_event(self._pass_on)  # should no command of ours ask

        # Its own: all of one list's append() are equal, and disconnect() would take another's.
        calls = (functools.partial(begun.append), call, again)
        self._calls[registry, handler] = calls
        for each in calls:
            registry.connect(each)

    def _pass_on(self) -> None:
        if self.pending:
            self.pending = False
            pass_on()

    def disconnect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Undo connect(); may be interrupted, and done again."""
        for each in reversed(self._calls.get((registry, handler), ())):
            remove(registry, each)
        self._calls.pop((registry, handler), None)

    def forget(self) -> None:
        """What was kept is too old."""
        self.pending = False
        self._begun.clear()

    def shield(self, action: Callable[[], _Result]) -> _Result:
        """Do ACTION, which does not resume, to its end; Ctrl-C that comes meanwhile is kept.

        In a handler it must not even end a gdb.execute(): GDB takes its prompt back then,
        though the program runs.
        """
        self._mask(_signal.SIG_BLOCK)
        self._depth += 1
        try:
            return action()
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._mask(_signal.SIG_UNBLOCK)

    def _mask(self, how: int) -> None:
        try:
            _signal.pthread_sigmask(how, _SIGINT)
        except KeyboardInterrupt:  # it is done all the same
            self.pending = True

    def surely(self, action: Callable[[], _Result]) -> _Result:
        """Do ACTION, which may be done twice, to its end."""
        while True:
            try:
                return action()
            except KeyboardInterrupt:
                self.pending = True

    def take(self) -> bool:
        """Was one kept, or lost in a callback?  It is forgotten then.

        Not to be called from a handler.
        """
        if not (self.pending or self._begun):
            return False
        self.forget()
        return True

    def check(self) -> None:
        """Raise the interrupt that was kept, or lost in a callback, if there is one."""
        if self.take():
            raise KeyboardInterrupt


interrupt = Interrupt()
