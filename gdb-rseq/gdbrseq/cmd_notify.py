# SPDX-License-Identifier: MIT
"""`set rseq notify', and the handler behind it."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, events
from .lazy import try_load
from .settings import settings

if TYPE_CHECKING:
    from typing import List


class _Watch:
    """Looks at each stop that we don't go on from; loads the rest with the first."""

    def stopped(self, event: gdb.Event) -> None:
        """Called by GDB after it has shown a stop."""
        far, settings.far = settings.far, False
        if far and type(event) is gdb.StopEvent:
            return  # the end of a step
        notify = None if settings.busy else try_load("notify")
        if notify is not None:
            notify.at_stop(event)

    def connect(self) -> None:
        """Look from now on."""
        events.stop.connect(self.stopped)

    def disconnect(self) -> None:
        """Not any more: a stop costs nothing."""
        events.stop.disconnect(self.stopped)


class Notify(gdb.Parameter):
    """Set whether a stop inside a rseq critical section is told.

When on, a line below the stop says that the thread will be aborted by the kernel
as soon as it is resumed."""

    set_doc = "Set whether a stop inside a rseq critical section is told."
    show_doc = "Show whether a stop inside a rseq critical section is told."

    def __init__(self) -> None:
        super().__init__("rseq notify", gdb.COMMAND_RUNNING, gdb.PARAM_BOOLEAN)
        self.value = settings.notify
        self._watch = _Watch()
        self._watch.connect()

    def get_set_string(self) -> str:
        """Called by GDB after `set'."""
        if self.value != settings.notify:
            settings.notify = self.value
            if self.value:
                self._watch.connect()
            else:
                self._watch.disconnect()
        return ""

    def get_show_string(self, value: str) -> str:
        """Called by GDB for `show'."""
        return "Notice of a stop inside a rseq critical section is %s." % value


def create() -> List[object]:
    """Create the setting."""
    return [Notify()]
