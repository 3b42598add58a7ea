# SPDX-License-Identifier: MIT
"""Ctrl-C while GDB is in our code, not in the program.

Python raises KeyboardInterrupt between any two instructions then.  In a callback GDB
would print and forget it, and in a clean-up it would leave something behind: there it
is kept, and raised where the command can end.
"""

from typing import Any, Callable, Dict, List, Tuple, TypeVar

_Result = TypeVar("_Result")


class Interrupt:
    """An interrupt that was kept."""

    def __init__(self) -> None:
        self.pending = False
        self._callbacks: Dict[Tuple[Any, Any], Tuple[List[Any], Callable[[Any], None]]] = {}

    def connect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Connect HANDLER to REGISTRY of gdb.events, which may run while we resume.

        An interrupt is often raised by its very first instruction, before it could catch
        one.  list.append() runs none, so a call that did not come to its end is known.
        """
        calls: List[Any] = []

        def call(event: Any) -> None:
            try:
                handler(event)
            except Exception:
                calls.clear()
                raise
            calls.clear()

        self._callbacks[registry, handler] = (calls, call)
        registry.connect(calls.append)
        registry.connect(call)

    def disconnect(self, registry: Any, handler: Callable[[Any], None]) -> None:
        """Undo connect()."""
        calls, call = self._callbacks.pop((registry, handler))
        registry.disconnect(call)
        registry.disconnect(calls.append)

    def forget(self) -> None:
        """What was kept is too old."""
        self.pending = False
        for calls, _ in self._callbacks.values():
            calls.clear()

    def surely(self, action: Callable[[], _Result]) -> _Result:
        """Do ACTION, which may be done twice, to its end."""
        while True:
            try:
                return action()
            except KeyboardInterrupt:
                self.pending = True

    def check(self) -> None:
        """Raise the interrupt that was kept, or lost in a callback, if there is one."""
        if self.pending or any(calls for calls, _ in self._callbacks.values()):
            self.forget()
            raise KeyboardInterrupt


interrupt = Interrupt()
