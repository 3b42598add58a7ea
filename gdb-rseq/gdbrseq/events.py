# SPDX-License-Identifier: MIT
"""Events of GDB that we cause ourselves, and that need not tell us.

A call of a handler costs a part of what a step does, and a skip would make a dozen.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .interrupt import interrupt, remove

if TYPE_CHECKING:
    from typing import Any, Callable, List


class Registry:
    """One of gdb.events, whose handlers of ours can be held off for a moment."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry
        self._handlers: List[Callable[[Any], None]] = []
        self.depth = 0  # how many times they are held off
        self._connecting = False

    def connect(self, handler: Callable[[Any], None]) -> None:
        """As that of GDB; not while they are held off."""
        self._handlers.append(handler)
        self._registry.connect(handler)

    def disconnect(self, handler: Callable[[Any], None]) -> None:
        """As that of GDB; not while they are held off."""
        self._handlers.remove(handler)
        self._registry.disconnect(handler)

    def hold(self, depth: int) -> None:
        """Let DEPTH be what it is; may be interrupted, and done again."""
        if depth > 0 and self.depth == 0:
            self._remove()
        elif depth == 0 and self.depth > 0:
            if self._connecting:
                self._remove()  # what was done when it was interrupted
            self._connecting = True
            for handler in self._handlers:
                self._registry.connect(handler)
        self.depth = depth
        self._connecting = False

    def _remove(self) -> None:
        for handler in self._handlers:
            remove(self._registry, handler)


class HeldOff:
    """A context in which registries call none of these handlers; one can be in another."""

    def __init__(self, *registries: Registry) -> None:
        self._registries = registries
        self._depth = 0

    def __enter__(self) -> None:
        self._depth = self._registries[0].depth
        interrupt.surely(lambda: self._hold(self._depth + 1))

    def __exit__(self, *_args: object) -> None:
        interrupt.surely(lambda: self._hold(self._depth))

    def _hold(self, depth: int) -> None:
        for registry in self._registries:
            registry.hold(depth)


stop = Registry(gdb.events.stop)
breakpoint_created = Registry(gdb.events.breakpoint_created)
breakpoint_modified = Registry(gdb.events.breakpoint_modified)
breakpoint_deleted = Registry(gdb.events.breakpoint_deleted)
