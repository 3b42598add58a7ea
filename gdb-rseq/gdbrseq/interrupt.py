# SPDX-License-Identifier: MIT
"""Ctrl-C while GDB is in our code, not in the program.

Python raises KeyboardInterrupt between any two instructions then.  In a callback GDB
would print and forget it, and in a clean-up it would leave something behind: there it
is kept, and raised where the command can end.
"""

from typing import Callable, TypeVar

_Result = TypeVar("_Result")


class Interrupt:
    """An interrupt that was kept."""

    def __init__(self) -> None:
        self.pending = False

    def surely(self, action: Callable[[], _Result]) -> _Result:
        """Do ACTION, which may be done twice, to its end."""
        while True:
            try:
                return action()
            except KeyboardInterrupt:
                self.pending = True

    def check(self) -> None:
        """Raise the interrupt that was kept, if there is one."""
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt


interrupt = Interrupt()
