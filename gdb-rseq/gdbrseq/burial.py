# SPDX-License-Identifier: MIT
"""Breakpoints of ours that end where GDB goes through its breakpoints: deleted when it does not."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import List

_buried: List[gdb.Breakpoint] = []


def bury(breakpoint_: gdb.Breakpoint) -> None:
    """Switch BREAKPOINT_, one of ours, off, to be deleted soon."""
    if breakpoint_.is_valid():
        _buried.append(breakpoint_)
        try:
            breakpoint_.enabled = False
        except gdb.error:  # gdbserver can't be told while the program runs
            pass


def clear_away() -> None:
    """Delete those that were buried; not from an event of a breakpoint."""
    while _buried:
        breakpoint_ = _buried[-1]
        if breakpoint_.is_valid():
            try:
                breakpoint_.delete()
            except gdb.error:  # while the program runs in gdbserver: later
                return
        _buried.remove(breakpoint_)  # now: Ctrl-C may have come before
