# SPDX-License-Identifier: MIT
"""Ctrl-C while GDB is in our code, not in the program.

Python raises KeyboardInterrupt between any two instructions then.  In a callback GDB
would print and forget it, and in a clean-up it would leave something behind: there it
is kept, and raised where the command can end.
"""

import functools
from typing import Any, Callable, Dict, List, Tuple, TypeVar

_Result = TypeVar("_Result")


def remove(registry: Any, handler: Callable[[Any], None]) -> None:
    """Disconnect HANDLER from REGISTRY, where it may not be."""
    try:
        registry.disconnect(handler)
    except (ValueError, SystemError):  # the latter where GDB does not see the former
        pass


class Interrupt:
    """An interrupt that was kept."""

    def __init__(self) -> None:
        self.pending = False
        self._begun: List[Any] = []  # calls of handlers that did not come to their end
        self._calls: Dict[Tuple[Any, Any], Tuple[Any, Callable[[Any], None]]] = {}

    def connect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Connect HANDLER to REGISTRY of gdb.events, which may run while we resume.

        An interrupt is often raised by its very first instruction, before it could catch
        one.  list.append() runs none, so a call that did not come to its end is known.
        """
        begun = self._begun

        def call(event: Any) -> None:
            try:
                handler(event)
            except Exception:
                del begun[-1:]
                raise
            del begun[-1:]

        # Its own: all of one list's append() are equal, and disconnect() would take another's.
        note = functools.partial(begun.append)
        self._calls[registry, handler] = (note, call)
        registry.connect(note)
        registry.connect(call)

    def disconnect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Undo connect(); may be interrupted, and done again."""
        note, call = self._calls.get((registry, handler), (None, None))
        if call is not None:
            remove(registry, call)
            remove(registry, note)
            self._calls.pop((registry, handler), None)

    def forget(self) -> None:
        """What was kept is too old."""
        self.pending = False
        self._begun.clear()

    def surely(self, action: Callable[[], _Result]) -> _Result:
        """Do ACTION, which may be done twice, to its end."""
        while True:
            try:
                return action()
            except KeyboardInterrupt:
                self.pending = True

    def check(self) -> None:
        """Raise the interrupt that was kept, or lost in a callback, if there is one.

        Not to be called from a handler.
        """
        if self.pending or self._begun:
            self.forget()
            raise KeyboardInterrupt


interrupt = Interrupt()
