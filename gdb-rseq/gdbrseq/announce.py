# SPDX-License-Identifier: MIT
"""Showing a stop that GDB itself does not announce, as GDB would."""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING
from .judge import Origin
from .resume import Events, hit_prefix
from .view import function_start

if TYPE_CHECKING:
    from typing import Optional


_LEVEL = r"^#\d+ +"


def _is_same_function(origin: Origin, function: Optional[int]) -> bool:
    frame = gdb.newest_frame()
    return frame == origin.frame and function_start(frame.pc()) == function


def _source_line() -> str:
    """The selected frame's line, with the pc in front of it when that is in the middle.

    All of the frame where GDB has no line of it.
    """
    if gdb.parameter("print frame-info") != "auto":  # the user's, which GDB follows at any stop
        return gdb.execute("frame", to_string=True)
    return gdb.execute("with print frame-info source-line -- frame", to_string=True)


def step_end(origin: Optional[Origin], function: Optional[int]) -> None:
    """Show where the selected thread stands, as at the end of a step.

    The source line alone if it is still in ORIGIN's frame and in the function
    that starts at FUNCTION, where the command began, else the frame too.
    """
    gdb.newest_frame().select()
    if origin is not None and _is_same_function(origin, function):
        text = _source_line()
    else:
        text = gdb.execute("frame", to_string=True)
    gdb.write(re.sub(_LEVEL, "", text))
    gdb.execute("display")


def breakpoint_hit(title: str) -> None:
    """Show that the selected thread has come to the breakpoint that TITLE names."""
    gdb.write(hit_prefix(title))
    step_end(None, None)


def foreign(events: Events) -> None:
    """Show what stopped a resume whose announcement was suppressed."""
    for text in events.texts:
        gdb.write(text)
    if gdb.selected_thread() is not None:
        step_end(None, None)
