# SPDX-License-Identifier: MIT
"""margin.py: the drawing of branches."""

import unittest
from typing import List, Sequence, Tuple

import support  # noqa: F401  (finds the package)
from gdbrseq.margin import draw


def drawn(inside: str, branches: Sequence[Tuple[int, int]]) -> List[str]:
    """The margin of rows that are inside where INSIDE has a "1"."""
    return draw([mark == "1" for mark in inside], branches)


class DrawTest(unittest.TestCase):
    """Each drawing as a whole."""

    def test_without_branches_there_is_only_the_bar(self) -> None:
        """And room for an arrow head."""
        self.assertEqual(drawn("011", []), ["  ", "| ", "| "])

    def test_a_branch_out(self) -> None:
        """Downwards, over a row outside."""
        self.assertEqual(drawn("1100", [(0, 3)]), [
            ",-| ",
            "| | ",
            "|   ",
            "'-->"])

    def test_a_loop(self) -> None:
        """Upwards, the target inside."""
        self.assertEqual(drawn("111", [(2, 0)]), [
            ",-|>",
            "| | ",
            "'-| "])

    def test_branches_with_one_target_share_a_line(self) -> None:
        """Joined where the second one comes in."""
        self.assertEqual(drawn("110", [(0, 2), (1, 2)]), [
            ",-| ",
            "+-| ",
            "'-->"])

    def test_the_longer_one_is_outside(self) -> None:
        """Its line is not cut by the horizontal of another."""
        self.assertEqual(drawn("11000", [(0, 4), (1, 3)]), [
            ",---| ",
            "| ,-| ",
            "| |   ",
            "| '-->",
            "'---->"])

    def test_a_line_that_is_crossed_stays(self) -> None:
        """The inner one goes on through the horizontal of the outer one."""
        self.assertEqual(drawn("11000", [(1, 4), (0, 3)]), [
            "  ,-| ",
            ",-|-| ",
            "| |   ",
            "| '-->",
            "'---->"])

    def test_lines_that_do_not_meet_share_a_column(self) -> None:
        """One ends before the other begins."""
        self.assertEqual(drawn("1010", [(0, 1), (2, 3)]), [
            ",-| ",
            "'-->",
            ",-| ",
            "'-->"])

    def test_a_branch_to_itself_is_not_drawn(self) -> None:
        """There is nowhere to go."""
        self.assertEqual(drawn("1", [(0, 0)]), ["| "])

    def test_too_many_lines(self) -> None:
        """The longest ones are left out, so that what is shown can be read, and is soon there."""
        count = 1000
        lines = drawn("1" * count, [(row, 2 * count - 1 - row) for row in range(count)])
        self.assertEqual(len(lines[0]), 2 * 12 + 2)
        self.assertEqual(lines[0], " " * 24 + "| ")
        self.assertEqual(lines[count - 1], "| " * 11 + ",-| ")


if __name__ == "__main__":
    unittest.main()
