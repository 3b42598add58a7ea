# SPDX-License-Identifier: MIT
"""Sourced in GDB: how much memory it asks for in the middle of one command."""

import ctypes
from typing import List

import gdb

_FIELDS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
           "fordblks", "keepcost")


class _Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS]


_libc = ctypes.CDLL(None)
_libc.mallinfo2.restype = _Mallinfo2  # AttributeError where the C library is older than 2.33
_seen: List[int] = []


def _stopped(_event: gdb.StopEvent) -> None:
    info = _libc.mallinfo2()
    _seen.append(info.uordblks + info.hblkhd)


def grown() -> int:
    """KiB more at the least of the last 100 stops than at the least of the 100 behind the first."""
    return (min(_seen[-100:]) - min(_seen[100:200])) // 1024


def stops() -> int:
    """How many were seen."""
    return len(_seen)


gdb.events.stop.connect(_stopped)
