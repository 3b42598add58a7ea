# SPDX-License-Identifier: MIT
"""Draws where branches go, in a margin to the left of code.  Pure: knows no GDB.

        start      |      first instruction of the section
              ,----|      a branch out of it
              |    |
        commit|           the first one behind it
              |           ...
        abort '---->      where the branch leads
"""

from __future__ import annotations

from dataclasses import dataclass

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Sequence, Tuple


# More lines side by side than anyone can follow are not drawn: the longest ones are left out.
_MOST_COLUMNS = 12


@dataclass
class _Lane:
    """The vertical line that leads from all branches with the same target to it."""

    target: int  # row
    sources: List[int]  # rows
    column: int = 0  # 0 is next to the code

    @property
    def first(self) -> int:
        return min(self.target, *self.sources)

    @property
    def last(self) -> int:
        return max(self.target, *self.sources)

    def ends_at(self, row: int) -> bool:
        """True where a horizontal line joins it."""
        return row == self.target or row in self.sources

    def corner(self, row: int) -> str:
        """Its own character at ROW."""
        if not self.first <= row <= self.last:
            return " "
        if not self.ends_at(row):
            return "|"
        if row == self.first:
            return ","
        return "'" if row == self.last else "+"


def _lanes(branches: Iterable[Tuple[int, int]]) -> List[_Lane]:
    """A lane for each target of BRANCHES (source row, target row), the short ones inside."""
    by_target: Dict[int, _Lane] = {}
    for source, target in branches:
        if source != target:
            by_target.setdefault(target, _Lane(target, [])).sources.append(source)
    lanes = sorted(by_target.values(), key=lambda lane: (lane.last - lane.first, lane.first))
    placed: List[_Lane] = []
    for lane in lanes:
        taken = {other.column for other in placed
                 if lane.first <= other.last and other.first <= lane.last}
        free = [column for column in range(_MOST_COLUMNS) if column not in taken]
        if free:
            lane.column = free[0]
            placed.append(lane)
    return placed


def _row(row: int, lanes: Sequence[_Lane], width: int, inside: bool) -> str:
    cells = [" "] * (2 * width)
    horizontal = 2 * width  # where a line to the code begins
    for lane in lanes:
        at = 2 * (width - 1 - lane.column)
        cells[at] = lane.corner(row) if cells[at] == " " else cells[at]
        if lane.ends_at(row):
            horizontal = min(horizontal, at + 1)
    for at in range(horizontal, 2 * width):
        cells[at] = "-" if cells[at] == " " else cells[at]
    bar = "|" if inside else "-" if horizontal < 2 * width else " "
    arrives = any(lane.target == row for lane in lanes)
    return "".join(cells) + bar + (">" if arrives else " ")


def draw(inside: Sequence[bool], branches: Iterable[Tuple[int, int]]) -> List[str]:
    """The margin of each row, all of the same width.

    INSIDE says of each row whether it is part of the section, BRANCHES from which row to
    which one control may go.
    """
    lanes = _lanes(branches)
    width = 1 + max((lane.column for lane in lanes), default=-1)
    return [_row(row, lanes, width, is_inside) for row, is_inside in enumerate(inside)]
