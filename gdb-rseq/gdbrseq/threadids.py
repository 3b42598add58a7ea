# SPDX-License-Identifier: MIT
"""GDB's lists of thread IDs: "1.2 3-4 1.* $_thread" (gdb/tid-parse.c).  Pure."""

from __future__ import annotations

import re

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable, List, Tuple

    # Inferior, first and last thread; 0 stands for every thread of the inferior.
    Range = Tuple[int, int, int]

_NUMBER = r"(?:\d+|\$\w+)"
_ITEM = re.compile(r"(?:(?P<inferior>%s)\.)?(?:(?P<every>\*)|(?P<first>%s)(?:-(?P<last>%s))?)"
                   % (_NUMBER, _NUMBER, _NUMBER))


class BadThreadId(Exception):
    """The message is GDB's own."""


def _number(text: str, evaluate: Callable[[str], int]) -> int:
    value = evaluate(text) if text.startswith("$") else int(text)
    if value < 0:
        raise BadThreadId("negative value")
    return value


def parse(text: str, current: int, evaluate: Callable[[str], int]) -> List[Range]:
    """The ranges in TEXT, in its order.

    CURRENT is the number of the selected inferior, EVALUATE gives the value of a
    convenience variable.  Raises BadThreadId.
    """
    return [_range(item, current, evaluate) for item in text.split()]


def _range(item: str, current: int, evaluate: Callable[[str], int]) -> Range:
    match = _ITEM.fullmatch(item)
    if match is None:
        negative = re.match(r"(?:\d+\.)?-", item)
        raise BadThreadId("negative value" if negative else "Invalid thread ID: %s" % item)
    inferior = current
    if match["inferior"]:
        inferior = _number(match["inferior"], evaluate)
    if match["every"]:
        return (inferior, 0, 0)
    first = _number(match["first"], evaluate)
    if inferior == 0 or first == 0:
        raise BadThreadId("Invalid thread ID: %s" % item)
    last = _number(match["last"], evaluate) if match["last"] else first
    if last < first:
        raise BadThreadId("inverted range")
    return (inferior, first, last)


def matches(ranges: List[Range], inferior: int, thread: int) -> bool:
    """True when thread INFERIOR.THREAD is in RANGES."""
    return any(inferior == in_inferior and (first == 0 or first <= thread <= last)
               for in_inferior, first, last in ranges)
