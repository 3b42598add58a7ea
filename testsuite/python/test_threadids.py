# SPDX-License-Identifier: MIT
"""Lists of thread IDs, as GDB reads them."""

from __future__ import annotations

import unittest

import support  # noqa: F401  (puts the plugin on the path)

from gdbrseq import threadids

VALUES = {"$_thread": 7, "$negative": -1}


class ParseTest(unittest.TestCase):
    """parse() and matches()."""

    def check(self, text: str, *ranges: threadids.Range) -> None:
        """TEXT stands for RANGES, with inferior 5 selected."""
        self.assertEqual(threadids.parse(text, 5, VALUES.__getitem__), list(ranges))

    def refused(self, text: str, words: str) -> None:
        """TEXT is refused in WORDS."""
        with self.assertRaises(threadids.BadThreadId) as caught:
            threadids.parse(text, 5, VALUES.__getitem__)
        self.assertEqual(str(caught.exception), words)

    def test_lists(self) -> None:
        """Every form of the manual."""
        self.check("")
        self.check("1", (5, 1, 1))
        self.check("1.2 3-4 $_thread", (1, 2, 2), (5, 3, 4), (5, 7, 7))
        self.check("2.1-3 1.* *", (2, 1, 3), (1, 0, 0), (5, 0, 0))
        self.check("$_thread.1", (7, 1, 1))

    def test_what_is_no_list(self) -> None:
        """In GDB's words."""
        for text in ("foo", "1.", "0", "0.1", "1,2", "1.2.3", "1-", "1-2-3", ".1", "1.2-1.3"):
            self.refused(text, "Invalid thread ID: " + text)
        self.refused("2-1", "inverted range")
        self.refused("-1", "negative value")
        self.refused("1.-2", "negative value")
        self.refused("$negative", "negative value")

    def test_matches(self) -> None:
        """One range is enough."""
        ranges = threadids.parse("1.2 3-4 6.*", 5, VALUES.__getitem__)
        wanted = [(1, 2), (5, 3), (5, 4), (6, 9)]
        for thread in wanted + [(1, 3), (5, 2), (5, 5), (2, 2)]:
            self.assertEqual(threadids.matches(ranges, *thread), thread in wanted)


if __name__ == "__main__":
    unittest.main()
