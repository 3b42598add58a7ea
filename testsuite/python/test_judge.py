# SPDX-License-Identifier: MIT
"""judge(): when a stepping command is complete."""

import unittest

import support  # noqa: F401  (puts the plugin on the path)
from gdbrseq.judge import ANY_LINE, GO, STOP, Origin, View, judge

LINE_10, LINE_11 = ("a.c", 10), ("a.c", 11)


def origin(mode: str = "next") -> Origin:
    """A command given at line 10, [0x100, 0x110), in frame "f"."""
    return Origin(mode, "f", "f", LINE_10, 0x100, 0x110)


def view(**changes: object) -> View:
    """Line 11 from its first address in the same frame, with CHANGES."""
    base = View(pc=0x110, frame="f", function="f", inline=False, inside_origin=False,
                skipped_call=None, entered_nothing=True, trampoline=False, line=LINE_11,
                entry=0x110, end=0x120, is_stmt=True)
    return base._replace(**changes)


class JudgeTest(unittest.TestCase):
    """Each rule of process_event_stop_test() that is kept."""

    def test_goes_on_inside_the_range(self) -> None:
        """A line of another number does not matter there."""
        self.assertEqual(judge(origin(), view(pc=0x108)), GO)

    def test_stops_at_the_start_of_another_line(self) -> None:
        """The common end."""
        self.assertEqual(judge(origin(), view()), STOP)

    def test_stops_where_no_line_is_known(self) -> None:
        """As GDB does in code without line information."""
        self.assertEqual(judge(origin(), view(pc=0x500, line=None)), STOP)

    def test_goes_on_in_the_trampoline_of_a_signal_handler(self) -> None:
        """The handler has returned to it: on to what the signal interrupted."""
        self.assertEqual(judge(origin(), view(pc=0x500, line=None, trampoline=True)), GO)

    def test_goes_on_in_the_middle_of_another_line(self) -> None:
        """And that line is the one to leave from then on."""
        command = origin()
        self.assertEqual(judge(command, view(pc=0x114)), GO)
        self.assertEqual((command.line, command.low, command.high), (LINE_11, 0x110, 0x120))
        self.assertEqual(judge(command, view(pc=0x130, entry=0x130, end=0x140)), GO)

    def test_goes_on_at_another_entry_of_the_same_line(self) -> None:
        """for (;;) has several."""
        self.assertEqual(judge(origin(), view(line=LINE_10)), GO)

    def test_an_entry_that_starts_no_statement_keeps_the_line(self) -> None:
        """In the same frame: line 11 is still new when its statement starts."""
        command = origin()
        self.assertEqual(judge(command, view(is_stmt=False)), GO)
        self.assertEqual(command.line, LINE_10)
        self.assertEqual(judge(command, view(pc=0x120, entry=0x120, end=0x130)), STOP)

    def test_an_entry_that_starts_no_statement_in_another_frame(self) -> None:
        """No number is remembered: the next statement stops, whatever its line."""
        command = origin()
        self.assertEqual(judge(command, view(is_stmt=False, frame="g")), GO)
        self.assertEqual((command.frame, command.line), ("g", ANY_LINE))

    def test_next_goes_on_through_an_inlined_function(self) -> None:
        """step stops in it."""
        inlined = view(frame="f/i", inline=True, inside_origin=True)
        self.assertEqual(judge(origin("next"), inlined), GO)
        self.assertEqual(judge(origin("until"), inlined), GO)
        self.assertEqual(judge(origin("step"), inlined), STOP)

    def test_call_site_of_an_inlined_function(self) -> None:
        """next goes on over one on its own line, and stops at one on another."""
        here = view(entered_nothing=False, skipped_call=LINE_10)
        self.assertEqual(judge(origin("next"), here), GO)
        self.assertEqual(judge(origin("step"), here), STOP)
        self.assertEqual(judge(origin("next"), here._replace(skipped_call=LINE_11)), STOP)

    def test_back_in_the_caller(self) -> None:
        """In the middle of its line: on to the end of that line."""
        command = origin()
        self.assertEqual(judge(command, view(pc=0x204, entry=0x200, end=0x210, frame="main",
                                             function="main")), GO)
        self.assertEqual((command.frame, command.line), ("main", LINE_11))


if __name__ == "__main__":
    unittest.main()
