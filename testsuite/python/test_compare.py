# SPDX-License-Identifier: MIT
"""compare.py of the oracle: which run that differs is repeated, and what is told of it."""

import pathlib
import sys
import unittest
from typing import Any, Dict, List

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib" / "oracle"))

import compare  # noqa: E402  (needs the path above)

ABORTED = "[rseq: skipped f (f.c:1): aborted]\n"


def trace(*lines: int) -> List[Dict[str, Any]]:
    """Stops at LINES; 0 is where GDB had to be killed."""
    return [{"command": "next", "frames": [["f", line]], "pc": line} if line
            else {"event": compare.HUNG} for line in lines]


class FakeProgram:
    """Steps as it is told: STOCK's trace, and those of RUNS of ours with what they print."""

    def __init__(self, stock: List[Dict[str, Any]], *runs: Any) -> None:
        self.stock = stock
        self.runs = list(runs)
        self.printed = ""

    def trace(self, _folder: str, plugin: bool, _spec: compare.Spec) -> List[Dict[str, Any]]:
        """The next one."""
        if not plugin:
            return self.stock
        ours, self.printed = self.runs.pop(0)
        return ours

    def log(self, _folder: str) -> str:
        """What the last run printed."""
        return self.printed


class CompareTest(unittest.TestCase):
    """The stock trace is 1, 2, 3."""

    def verdict(self, *runs: Any, stock: Any = trace(1, 2, 3), alone: bool = True) -> str:
        """Of RUNS, each a trace and what was printed; all of them have to be made."""
        program: Any = FakeProgram(stock, *runs)
        result = compare.compare(program, compare.Spec(alone=alone))
        self.assertEqual(program.runs, [])
        return result.verdict()

    def test_equal(self) -> None:
        """At once."""
        self.assertEqual(self.verdict((trace(1, 2, 3), ABORTED)), "equal, 2 steps")

    def test_no_excuse(self) -> None:
        """A difference is one, though a second run might not differ."""
        self.assertEqual(self.verdict((trace(1, 2, 4), "")), "differs at step 2")

    def test_repeated(self) -> None:
        """The reason is told."""
        self.assertEqual(self.verdict((trace(1, 4), ABORTED), (trace(1, 2, 3), "")),
                         "equal, 2 steps (repeated: the kernel aborted a section)")
        self.assertEqual(self.verdict((trace(1, 4), ""), (trace(1, 2, 3), ""), alone=False),
                         "equal, 2 steps (repeated: other threads ran)")

    def test_repeated_twice(self) -> None:
        """And no more."""
        again = " (repeated: the kernel aborted a section)"
        self.assertEqual(self.verdict(*[(trace(1, 4), ABORTED)] * 3),
                         "differs at step 1" + again + again)

    def test_cut(self) -> None:
        """What stock GDB had no time for is not compared, and that is told."""
        self.assertEqual(self.verdict((trace(1, 2, 3, 4), ""), stock=trace(1, 2, 3, 0)),
                         "equal, 2 steps, for the next stock GDB takes too long")
        self.assertEqual(self.verdict((trace(1, 0), ""), stock=trace(1, 2, 3)),
                         "differs at step 1")


if __name__ == "__main__":
    unittest.main()
