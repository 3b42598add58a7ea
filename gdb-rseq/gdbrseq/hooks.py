# SPDX-License-Identifier: MIT
"""GDB's hooks on the stepping commands, shared with the user's own hooks.

`define hook-NAME` keeps the built-in command and runs in front of it, whatever
alias or front end calls it.  There is one such hook per command, so the user's
body is kept inside ours; `hookpost-define` notices when the user defines a new one.
"""

from typing import Dict, List

import gdb

from .engine import engine

STEPPING = ("step", "next", "stepi", "nexti", "until", "continue")

_TAIL = "maintenance rseq-hook %s"


class HookCommand(gdb.Command):
    """Internal: what gdb-rseq's hooks call.

Usage: maintenance rseq-hook NAME"""

    def __init__(self) -> None:
        super().__init__("maintenance rseq-hook", gdb.COMMAND_MAINTENANCE)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB from a hook."""
        self.dont_repeat()
        if argument == "stop":
            engine.stopped()
        elif argument == "define":
            hooks.install()
        else:
            engine.before(argument)


class Idle(gdb.Function):
    """$_rseq_idle () - 0 while gdb-rseq carries on a stepping command by itself.

Keeps the user's hooks from running for its inner commands."""

    def __init__(self) -> None:
        super().__init__("_rseq_idle")

    def invoke(self) -> int:
        """Called by GDB."""
        return 0 if engine.busy else 1


def _current(name: str) -> List[str]:
    """The lines of user-defined command NAME as GDB shows them."""
    try:
        text = gdb.execute("show user " + name, to_string=True)
    except gdb.error:
        return []
    lines = text.rstrip("\n").split("\n")
    return [line[2:] if line.startswith("  ") else line for line in lines[1:]]


class Hooks:
    """Our hooks, with the user's bodies inside."""

    def __init__(self) -> None:
        self._ours: Dict[str, List[str]] = {}

    def install(self) -> None:
        """Define every hook that is not ours (any more) anew."""
        for name in STEPPING:
            self._define("hook-" + name, name)
        self._define("hook-stop", "stop")
        self._define("hookpost-define", "define")

    def _define(self, hook: str, argument: str) -> None:
        body = _current(hook)
        if body and body == self._ours.get(hook):
            return
        tail = _TAIL % argument
        # Sourced again by a fresh interpreter state: a body of ours is not the user's.
        user = [] if tail in (line.strip() for line in body) else body
        lines = list(user)
        if user and argument not in ("stop", "define"):
            lines = ["if $_rseq_idle ()"] + user + ["end"]
        # Ours runs last before a command, and first at a stop.
        lines = [tail] + lines if argument == "stop" else lines + [tail]
        gdb.execute("\n".join(["define " + hook] + lines + ["end"]))
        self._ours[hook] = _current(hook)


hooks = Hooks()
