# SPDX-License-Identifier: MIT
"""Which sections are near to an address: by their functions, and without symbols."""

from __future__ import annotations

import array
import unittest
from typing import List, Sequence, Tuple

import support  # noqa: F401  (for the path)
from gdbrseq.table import Table


class Extents:
    """As those of _csinfo, of (start, commit, function, size)."""

    def __init__(self, sections: Sequence[Tuple[int, int, int, int]]) -> None:
        columns = [array.array("Q", column) for column in zip(*sections)] or [array.array("Q")] * 4
        self.starts, self.commits, self.functions, self.sizes = map(memoryview, columns)
        self.descriptors = self.aborts = self.names = self.starts

    def __len__(self) -> int:
        return len(self.starts)


class File:
    """One that has such extents."""

    def __init__(self, sections: Sequence[Tuple[int, int, int, int]]) -> None:
        self._extents = Extents(sections)

    def extents(self) -> Extents:
        """As that of _csinfo.File."""
        return self._extents


def near(sections: Sequence[Tuple[int, int, int, int]], address: int) -> List[int]:
    """What a Table of SECTIONS has near ADDRESS."""
    return list(Table(File(sections)).near(address))


class NearTest(unittest.TestCase):
    """Table.near() and bounds()."""

    def test_functions(self) -> None:
        """Two sections of one function, and one of the next but one."""
        sections = ((110, 120, 100, 50), (130, 140, 100, 50), (210, 220, 200, 30))
        for address, expected in ((99, []), (100, [0, 1]), (149, [0, 1]), (150, []), (199, []),
                                  (200, [2]), (229, [2]), (230, [])):
            self.assertEqual(near(sections, address), expected, address)
        self.assertEqual(Table(File(sections)).bounds(), (100, 230))

    def test_functions_that_overlap(self) -> None:
        """As the two names of one function may, with sizes of their own."""
        for sections in (((110, 120, 100, 50), (130, 140, 100, 60)),
                         ((110, 120, 100, 50), (145, 147, 140, 20))):
            for address in (100, 155):
                self.assertEqual(near(sections, address), [0, 1])
            self.assertEqual(near(sections, 160), [])

    def test_without_symbols(self) -> None:
        """What is guessed to be near overlaps."""
        sections = ((1000, 1010, 0, 0), (1060, 1070, 0, 0), (2000, 2010, 1990, 40))
        for address, expected in ((935, []), (936, [0, 1]), (1069, [0, 1]), (1070, []),
                                  (1990, [2]), (2029, [2]), (2030, [])):
            self.assertEqual(near(sections, address), expected, address)

    def test_none(self) -> None:
        """Of a file without sections."""
        self.assertEqual(near((), 0), [])
        self.assertEqual(Table(File(())).bounds(), (0, 0))


if __name__ == "__main__":
    unittest.main()
