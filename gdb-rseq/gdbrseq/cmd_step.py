# SPDX-License-Identifier: MIT
"""The stepping commands, their setting, and what the hooks call."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .hooks import hooks
from .lazy import load, try_load
from .settings import settings

if TYPE_CHECKING:
    from typing import List


class HookCommand(gdb.Command):
    """Internal: what gdb-rseq's hooks call.

Usage: maintenance rseq-hook NAME"""

    def __init__(self) -> None:
        super().__init__("maintenance rseq-hook", gdb.COMMAND_MAINTENANCE)
        self._engine = None

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB from a hook."""
        try:
            self._invoke(argument)
        except gdb.error as error:  # as of a process that was killed and has not been reaped
            raise gdb.GdbError(str(error)) from None

    def _invoke(self, argument: str) -> None:
        if argument == "define":
            hooks.install()
        elif argument == "stop":
            self._engine.stopped()
        elif argument == "apart":
            load("drive").apart.invoke()
        elif settings.stepping:
            if self._engine is None:
                module = try_load("engine")
                if module is None:
                    return  # the user's command must run all the same
                self._engine = module.engine
            self._engine.before(argument)


class Idle(gdb.Function):
    """$_rseq_idle () - 0 while gdb-rseq carries on a stepping command by itself.

Keeps the user's hooks from running for its inner commands."""

    def __init__(self) -> None:
        super().__init__("_rseq_idle")

    def invoke(self) -> int:
        """Called by GDB."""
        return 0 if settings.busy else 1


class Stepping(gdb.Parameter):
    """Set whether stepping commands run rseq critical sections at full speed.

When on, step, next, stepi, nexti and until let the thread run each critical
section that they meet, and go on behind it.  When off they are GDB's own: the
kernel aborts a section at every step inside it."""

    set_doc = "Set whether stepping commands run rseq critical sections at full speed."
    show_doc = "Show whether stepping commands run rseq critical sections at full speed."

    def __init__(self) -> None:
        super().__init__("rseq stepping", gdb.COMMAND_RUNNING, gdb.PARAM_BOOLEAN)
        self.value = settings.stepping

    def get_set_string(self) -> str:
        """Called by GDB after `set'."""
        settings.stepping = self.value
        return ""

    def get_show_string(self, value: str) -> str:
        """Called by GDB for `show'."""
        return "Stepping over rseq critical sections is %s." % value


_COUNTED = """%s

Usage: rseq %s [N]
Argument N means do this N times (or till program stops for another reason)."""

_COUNTED_WHAT = {
    "step": "Step program until it reaches a different source line.",
    "next": "Step program, proceeding through subroutine calls.",
    "stepi": "Step one instruction, or one critical section.",
    "nexti": "Step one instruction or critical section, proceeding through subroutine calls.",
}


class Counted(gdb.Command):
    """rseq step|next|stepi|nexti [N]."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.__doc__ = _COUNTED % (_COUNTED_WHAT[mode], mode)
        super().__init__("rseq " + mode, gdb.COMMAND_RUNNING, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        if gdb.selected_thread() is None:
            raise gdb.GdbError("The program is not being run.")
        try:
            count = int(gdb.parse_and_eval(argument)) if argument.strip() else 1
            if count > 0:
                load("engine").engine.run(self.mode, count)
        except gdb.error as error:
            raise gdb.GdbError(str(error)) from None


def create() -> List[object]:
    """Create the commands of this module."""
    return [HookCommand(), Idle(), Stepping()] + [Counted(mode) for mode in _COUNTED_WHAT]
