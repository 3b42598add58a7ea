# SPDX-License-Identifier: MIT
"""Addresses at which a stepping command need not stop to be judged."""

from __future__ import annotations

import functools

import gdb

from . import TYPE_CHECKING
from .view import (call_line, extents, functions_around, functions_at, has_line, inlined_at,
                   line_at, line_range)

if TYPE_CHECKING:
    from typing import Callable

    from .judge import Line, Origin

    Inside = Callable[[int], bool]


def alike(pc: int) -> Inside:
    """Whether a thread that came from PC to an address is seen as if it were still at PC.

    The range of a line may hold the beginnings of other lines and of inlined functions.
    """
    bounds, around = line_range(pc), extents(inlined_at(pc))

    def is_alike(address: int) -> bool:
        if address == pc:
            return True
        if line_range(address) != bounds:
            return False
        blocks = inlined_at(address)
        return extents(blocks) == around and all(block.start != address for block in blocks)
    return is_alike


def _may_begin(depth: int, address: int) -> bool:
    """May GDB see the inlined function at DEPTH as not yet entered at ADDRESS?

    block_entry_pc() and block_starting_point_at() of inline-frame.c.
    """
    here = functions_at(address)[:depth + 1]
    return (int(here[depth].function.value().address) == address
            or extents(functions_at(address - 1)[:depth + 1]) != extents(here))


def _one_line(frame: gdb.Frame, line: Line, steps_in: bool) -> Inside:
    """Whether judge() says GO at an address, and no more, to a command that began on LINE.

    FRAME is where it began; unless it STEPS_IN, what is inlined there is run.  LINE None: that
    alone is.
    """
    try:
        around = extents(functions_around(frame.block()))
    except RuntimeError:  # no symbols
        return lambda address: False
    depth = len(around)

    def is_inside(address: int) -> bool:
        blocks = functions_at(address)[:depth + 1]
        if extents(blocks[:depth]) != around:
            return False
        if len(blocks) == depth:
            return line is not None and line_at(address) == line
        return not steps_in and has_line(address) and (
            not _may_begin(depth, address) or call_line(blocks[depth]) == line)
    return functools.cache(is_inside)


class Ground:
    """What needs no decision of the command that has ORIGIN, as long as that does not change."""

    def __init__(self, origin: Origin) -> None:
        self._low, self._high = origin.low, origin.high
        # `until' begins with a range of more than its line.
        line = origin.line if line_range(origin.low) == (origin.low, origin.high) else None
        self._is_of_line = _one_line(origin.frame, line, origin.mode == "step")

    def holds(self, address: int) -> bool:
        """Does it go on at ADDRESS, where a thread of it has come?"""
        return self._low <= address < self._high or self._is_of_line(address)
