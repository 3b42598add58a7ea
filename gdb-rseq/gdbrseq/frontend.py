# SPDX-License-Identifier: MIT
"""Which front end GDB was started for.  GDB does not tell Python; its command line does."""

from __future__ import annotations

import functools

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import List

# The forms that getopt_long_only takes (gdb/main.c): -i=mi, --interpreter mi2, ...
_OPTIONS = ("-i", "--i", "-interpreter", "--interpreter")


def interpreter(arguments: List[str]) -> str:
    """The interpreter that ARGUMENTS, a GDB command line, ask for; "console" by default."""
    found = "console"
    for number, argument in enumerate(arguments):
        if argument == "--args":
            break
        option, equals, value = argument.partition("=")
        if option in _OPTIONS:
            found = value if equals else (arguments + [""])[number + 1] or found
    return found


@functools.lru_cache(maxsize=None)
def shows_every_stop() -> bool:
    """True under MI and DAP: each stop that GDB announces is one to the user."""
    try:
        with open("/proc/self/cmdline", "rb") as file:
            line = file.read()
    except OSError:
        return False
    asked = interpreter(line.decode(errors="replace").split("\0"))
    return asked == "dap" or asked.rstrip("0123456789") == "mi"
