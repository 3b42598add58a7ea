# SPDX-License-Identifier: MIT
"""GDB's hooks on the stepping commands, shared with the user's own hooks.

`define hook-NAME` keeps the built-in command and runs in front of it, whatever
alias or front end calls it.  There is one such hook per command, so the user's
body is kept inside ours; `hookpost-define` notices when the user defines a new one.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

# Those that step, and those that bring a thread back to a function in another way.
COMMANDS = ("step", "next", "stepi", "nexti", "until", "continue",
            "finish", "advance", "jump", "signal", "return")

_CALL = "maintenance rseq-hook %s"


def _current(name: str) -> List[str]:
    """The lines of user-defined command NAME as GDB shows them."""
    try:
        text = gdb.execute("show user " + name, to_string=True)
    except gdb.error:
        return []
    lines: List[str] = []
    script = ""  # how the end of a Python block begins; GDB does not indent its lines
    for line in text.rstrip("\n").split("\n")[1:]:
        if script and line != script:
            lines.append(line)
            continue
        script = ""
        lines.append(line[2:])
        if line.strip() in ("python", "guile"):
            script = line[:-len(line.lstrip())] + "end"
    return lines


def _write(hook: str, lines: List[str]) -> None:
    gdb.execute("\n".join(["define " + hook] + lines + ["end"]))


class Hooks:
    """Our hooks, with the user's bodies inside."""

    def __init__(self) -> None:
        self._ours: Dict[str, List[str]] = {}
        self._stop: Optional[Tuple[List[str], List[str]]] = None  # the user's body, ours

    def install(self) -> None:
        """Define every hook that is not ours (any more) anew."""
        for name in COMMANDS:
            self._define("hook-" + name, name)
        self._define("hookpost-define", "define")

    def _define(self, hook: str, argument: str) -> None:
        body = _current(hook)
        if body and body == self._ours.get(hook):
            return
        tail = _CALL % argument
        lines = [tail]
        if body and argument == "define":
            lines = body + lines
        elif body:
            lines = ["if $_rseq_idle ()"] + body + ["end"] + lines
        _write(hook, lines)
        self._ours[hook] = _current(hook)

    def watch_stops(self) -> None:
        """Have hook-stop tell the engine; only near sections, since it costs every stop."""
        body = _current("hook-stop")
        if self._stop is None or body != self._stop[1]:
            ours = _CALL % "stop"  # there already where Ctrl-C came in the middle of this
            body = [line for line in body if line != ours]
            _write("hook-stop", [ours] + body)
            self._stop = (body, _current("hook-stop"))

    def ignore_stops(self) -> None:
        """Give hook-stop back to the user."""
        if self._stop is not None:
            user, ours = self._stop
            if _current("hook-stop") == ours:
                _write("hook-stop", user)
            self._stop = None


hooks = Hooks()
