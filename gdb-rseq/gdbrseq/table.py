# SPDX-License-Identifier: MIT
"""The critical sections of one ELF file, at link-time addresses.

Knows nothing of GDB: it turns libcsinfo's records into what the later modules
look up, and keeps each section's flow once it has been decoded.
"""

from __future__ import annotations

import operator
import os
from bisect import bisect_left, bisect_right

from . import TYPE_CHECKING, _csinfo

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Sequence, Tuple

# Where no symbol says what function a section is in, it is taken to be near
# code that stands at most this many bytes in front of start_ip.
_NEAR_WITHOUT_SYMBOL = 64

# Tables of files already read, dropped when the file on disk changes.
_cache: Dict[str, Tuple[Tuple[int, int, int], "Table"]] = {}


def _identity(path: str) -> Tuple[int, int, int]:
    status = os.stat(path)
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def open_table(path: str) -> "Table":
    """The Table of PATH.  Raises CsinfoError or OSError."""
    identity = _identity(path)
    known = _cache.get(path)
    if known is None or known[0] != identity:
        known = (identity, Table(_csinfo.File(path)))
        _cache[path] = known
    return known[1]


def _indexes(addresses: memoryview) -> Dict[int, int]:
    return dict(zip(addresses.tolist(), range(len(addresses))))


class Table:
    """One ELF file's sections, in order of start_ip, with their flows on demand.

    A file may have many thousands, of which few are ever looked at: those get a record.
    """

    def __init__(self, file: _csinfo.File) -> None:
        self.file = file
        self._extents = file.extents()
        self._records: Dict[int, _csinfo.Section] = {}
        self._flows: Dict[int, _csinfo.Flow] = {}
        self._lows: List[int] = []
        self._highs: List[int] = []
        self._functions: List[int] = []  # where each section's begins, if all are known
        self._members: List[List[int]] = []  # else
        if not self._group_by_function():
            self._group()
        self._cold: Optional[List[int]] = None
        self._by_descriptor: Dict[int, int] = {}
        self._by_abort: Dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._extents)

    def extent(self, index: int) -> Tuple[int, int]:
        """[first, one past last) address of the code that is near to section INDEX."""
        extents = self._extents
        low, size = extents.functions[index], extents.sizes[index]
        if size:
            return (low, low + size)
        return (extents.starts[index] - _NEAR_WITHOUT_SYMBOL, extents.commits[index])

    def _group_by_function(self) -> bool:
        """Know what is near to the same code; False where functions overlap, or have no symbol.

        Without a loop in Python: it is done for each file before the first breakpoint is set.
        """
        lows, sizes = self._extents.functions.tolist(), self._extents.sizes.tolist()
        highs = list(map(operator.add, lows, sizes))
        known = dict(zip(lows, highs))
        self._lows, self._highs = list(known), list(known.values())
        if not all(sizes) or lows != sorted(lows) or list(map(known.get, lows)) != highs \
                or any(map(operator.gt, self._highs, self._lows[1:])):
            return False
        self._functions = lows
        return True

    def _group(self) -> None:
        """Put those together that are near to the same code."""
        end = -1
        lows, highs, members = [], [], self._members
        for low, high, index in sorted((*self.extent(index), index)
                                       for index in range(len(self))):
            # Only extents that are guessed, without symbols, overlap others.
            if low >= end:
                lows.append(low)
                highs.append(high)
                members.append([index])
                end = high
            else:
                members[-1].append(index)
                if high > end:
                    highs[-1] = end = high
        self._lows, self._highs = lows, highs

    def cold(self) -> List[int]:
        """The sections in that part of a function which the compiler moved away."""
        if self._cold is None:
            name_at = self.file.name_at
            self._cold = [index for index, name in enumerate(self._extents.names.tolist())
                          if b".cold" in name_at(name)]
        return self._cold

    def near(self, address: int) -> Sequence[int]:
        """The sections of the function that holds ADDRESS."""
        at = bisect_right(self._lows, address) - 1
        if at < 0 or address >= self._highs[at]:
            return ()
        if self._members:
            return self._members[at]
        return range(bisect_left(self._functions, self._lows[at]),
                     bisect_right(self._functions, self._lows[at]))

    def bounds(self) -> Tuple[int, int]:
        """[low, high) around all extents."""
        return (self._lows[0], max(self._highs)) if self._lows else (0, 0)

    def with_descriptor(self, address: int) -> Optional[int]:
        """The section whose struct rseq_cs is at ADDRESS."""
        if not self._by_descriptor:
            self._by_descriptor = _indexes(self._extents.descriptors)
        return self._by_descriptor.get(address)

    def with_abort(self, address: int) -> Optional[int]:
        """A section whose abort_ip is ADDRESS."""
        if not self._by_abort:
            self._by_abort = _indexes(self._extents.aborts)
        return self._by_abort.get(address)

    def record(self, index: int) -> _csinfo.Section:
        """All that the file says of section INDEX."""
        record = self._records.get(index)
        if record is None:
            record = self._records[index] = self.file.section(index)
        return record

    def section_address(self, name: str) -> Optional[int]:
        """Link-time address of ELF section NAME, None when the file has none."""
        return self.file.elf_section(name)

    def flow(self, index: int) -> _csinfo.Flow:
        """What enters and leaves section INDEX.  Raises CsinfoError."""
        flow = self._flows.get(index)
        if flow is None:
            flow = self._flows[index] = self.file.flow(index)
        return flow

    def lint(self, checks: Sequence[str] = ()) -> List[_csinfo.Finding]:
        """Mistakes in the sections, at link-time addresses.  CHECKS: see File.lint().

        Raises CsinfoError.
        """
        return self.file.lint(checks)
