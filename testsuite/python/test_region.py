# SPDX-License-Identifier: MIT
"""region.explore(): how a thread can leave a range."""

import unittest
from typing import Callable, Dict

import support  # noqa: F401  (puts the plugin on the path)
from gdbrseq import _csinfo
from gdbrseq.region import Region, explore

Kind = _csinfo.InsnKind


def never(_address: int) -> bool:
    """Nothing is forbidden."""
    return False


class RegionTest(unittest.TestCase):
    """Instructions are given by hand: address -> (length, kind, target)."""

    def setUp(self) -> None:
        self.code: Dict[int, tuple] = {}

    def decode(self, pc: int) -> _csinfo.Insn:
        """What stands at PC."""
        if pc not in self.code:
            raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED, "nothing there")
        return _csinfo.Insn(pc, *self.code[pc])

    def explore(self, forbidden: Callable[[int], bool] = never,
                stop_at_calls: bool = False) -> Region:
        """From 0x10, in [0x10, 0x20)."""
        return explore(0x10, lambda a: 0x10 <= a < 0x20, forbidden, self.decode, stop_at_calls)

    def test_falls_out_at_the_end(self) -> None:
        """Plain code has one edge."""
        self.code = {0x10: (8, Kind.PLAIN, None), 0x18: (8, Kind.PLAIN, None)}
        self.assertEqual(self.explore(), Region(edges={0x20}))

    def test_branches_out_and_loops(self) -> None:
        """A backward branch inside is no edge."""
        self.code = {0x10: (2, Kind.BRANCH, 0x40), 0x12: (2, Kind.BRANCH, 0x10),
                     0x14: (2, Kind.JUMP, 0x30)}
        self.assertEqual(self.explore(), Region(edges={0x40, 0x30}))

    def test_returns(self) -> None:
        """Nothing is decoded behind a return."""
        self.code = {0x10: (1, Kind.RETURN, None)}
        self.assertEqual(self.explore(), Region(returns=True))

    def test_returns_on_a_condition(self) -> None:
        """It goes on as well."""
        self.code = {0x10: (4, Kind.RETURN, None, True), 0x14: (12, Kind.PLAIN, None)}
        self.assertEqual(self.explore(), Region(edges={0x20}, returns=True))

    def test_goes_on_behind_the_delay_slot(self) -> None:
        """Which is never entered."""
        self.code = {0x10: (4, Kind.BRANCH, 0x40, False, 4), 0x18: (4, Kind.JUMP, 0x30, False, 4)}
        self.assertEqual(self.explore(), Region(edges={0x40, 0x30}))

    def test_calls(self) -> None:
        """Run over, or stopped at."""
        self.code = {0x10: (5, Kind.CALL, 0x80), 0x15: (11, Kind.PLAIN, None)}
        self.assertEqual(self.explore(), Region(edges={0x20}))
        self.assertEqual(self.explore(stop_at_calls=True), Region(calls={0x10}))

    def test_stops_where_it_cannot_follow(self) -> None:
        """An indirect jump, and bytes that are no instruction."""
        self.code = {0x10: (2, Kind.BRANCH, 0x18), 0x12: (2, Kind.INDIRECT_JUMP, None)}
        self.assertEqual(self.explore(), Region(stops={0x12, 0x18}))

    def test_never_enters_what_is_forbidden(self) -> None:
        """What leads there is a gate, also from the edge of the range."""
        self.code = {0x10: (4, Kind.BRANCH, 0x1c), 0x14: (8, Kind.PLAIN, None),
                     0x1c: (4, Kind.PLAIN, None)}
        found = self.explore(forbidden=lambda a: a in (0x1c, 0x20))
        self.assertEqual(found, Region(gates={0x10, 0x14}))

    def test_runs_through_what_it_may(self) -> None:
        """To where that comes out, inside or outside."""
        self.code = {0x10: (4, Kind.PLAIN, None), 0x1c: (4, Kind.BRANCH, 0x14)}
        ways = {0x14: (0x1c, 0x40)}
        found = explore(0x10, lambda a: 0x10 <= a < 0x20, lambda a: a == 0x14, self.decode, False,
                        ways.get)
        self.assertEqual(found, Region(edges={0x20}, exits={0x40}))
        self.assertEqual(found.ends(), {0x20, 0x40})

    def test_work_is_bounded(self) -> None:
        """Endless code ends in stops."""
        found = explore(0, lambda a: True, never,
                        lambda a: _csinfo.Insn(a, 1, Kind.BRANCH, 2 * a + 10), False)
        self.assertTrue(found.stops)


if __name__ == "__main__":
    unittest.main()
