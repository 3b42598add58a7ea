# SPDX-License-Identifier: MIT
"""When is a stepping command complete?  GDB's own rules, without GDB.

A skip takes the thread out of the range that GDB was stepping, and with it goes
GDB's memory of where the command began.  This module keeps that memory (Origin)
and decides as process_event_stop_test() of gdb/infrun.c does from there on.
"""

from __future__ import annotations

from collections import namedtuple

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Optional, Tuple

    # What a line is: the symtab's file name and the number in it; None = no line.
    Line = Optional[Tuple[str, int]]

STOP = "stop"  # the command is complete here
GO = "go"  # it goes on

ANY_LINE = ("", 0)  # of an Origin: every line is another one


class Origin:
    """What GDB remembers of a stepping command (control.step_* and current_line).

    `frame` and `function` are frame ids, compared with == only: the frame that is
    stepped, and the real (not inlined) frame it is in.  [low, high) is the range
    within which the command goes on whatever the line.
    """

    def __init__(self, mode: str, frame: Any, function: Any, line: Line, low: int,
                 high: int) -> None:
        self.mode = mode  # "step", "next" or "until"
        self.frame = frame
        self.function = function
        self.line = line
        self.low = low
        self.high = high

    def copy(self) -> "Origin":
        """One that judge() may change without changing this one."""
        return Origin(self.mode, self.frame, self.function, self.line, self.low, self.high)


class View(namedtuple("View", (
        "pc frame function inline inside_origin skipped_call "
        "entered_nothing trampoline line entry end is_stmt"))):
    """What is known of the place where a thread stands now."""

    __slots__ = ()
    pc: int
    frame: Any
    function: Any
    inline: bool  # the frame is an inlined one
    inside_origin: bool  # ... and the origin's frame is one of its callers
    skipped_call: Line  # call site of an inlined function that starts at pc, not entered
    entered_nothing: bool  # no inlined function starts here unentered
    trampoline: bool  # of a signal handler, which has returned
    line: Line  # of the line table entry that holds pc
    entry: int  # its first address
    end: int  # one past its last
    is_stmt: bool  # that entry starts a statement


def _at_inline_call(origin: Origin, view: View) -> str:
    """An inlined function starts here (infrun.c: "inlined functions, part one")."""
    if origin.mode == "step":
        return STOP
    return GO if view.skipped_call == origin.line else STOP


def _refresh(origin: Origin, view: View, with_line: bool) -> None:
    origin.low, origin.high = view.entry, view.end
    if with_line:
        origin.frame, origin.function, origin.line = view.frame, view.function, view.line


def judge(origin: Origin, view: View) -> str:
    """STOP or GO at VIEW; moves ORIGIN along as GDB does in the middle of a line."""
    if origin.low <= view.pc < origin.high:
        return GO
    if view.trampoline:
        return GO
    if view.line is None:
        return STOP
    same_frame = view.frame == origin.frame
    if same_frame and not view.entered_nothing:
        return _at_inline_call(origin, view)
    if view.inline and not same_frame and view.inside_origin:
        return STOP if origin.mode == "step" else GO
    at_new_line = view.pc == view.entry and view.line != origin.line
    if at_new_line and view.is_stmt:
        return STOP
    _refresh(origin, view, with_line=not (at_new_line and same_frame))
    if at_new_line and not same_frame:
        # As GDB does: a later entry with the same number is still a new line.
        origin.line = ANY_LINE
    return GO
