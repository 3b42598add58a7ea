# SPDX-License-Identifier: MIT
"""Showing a stop that GDB itself does not announce, as GDB would."""

from typing import Optional

import gdb

from .judge import Origin
from .resume import Events, hit_prefix
from .view import function_start


def _is_same_function(origin: Origin, function: Optional[int]) -> bool:
    frame = gdb.newest_frame()
    return frame == origin.frame and function_start(frame.pc()) == function


def _source_with_address(frame: gdb.Frame, source: str) -> str:
    """GDB shows the pc in front of the line when it is in the middle of one."""
    middle = frame.type() != gdb.INLINE_FRAME and frame.pc() != frame.find_sal().pc
    if middle and gdb.parameter("print address"):
        return "0x%016x\t%s" % (frame.pc(), source)
    return source


def step_end(origin: Optional[Origin], function: Optional[int]) -> None:
    """Show where the selected thread stands, as at the end of a step.

    The source line alone if it is still in ORIGIN's frame and in the function
    that starts at FUNCTION, where the command began, else the frame too.
    """
    frame = gdb.newest_frame()
    frame.select()
    header, _, source = gdb.execute("frame", to_string=True).partition("\n")
    if source and origin is not None and _is_same_function(origin, function):
        gdb.write(_source_with_address(frame, source))
    else:
        gdb.write("%s\n%s" % (header.partition(" ")[2].lstrip(), source))
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
