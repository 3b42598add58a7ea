# SPDX-License-Identifier: MIT
"""What `info rseq threads' prints: a table in the manner of `info threads'."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, selection, threadids
from .activity import ThreadState, read_each
from .selection import thread_id
from .state import Registered
from .style import Style

if TYPE_CHECKING:
    from typing import Iterator, List, Optional

_ABSENT = "-"
_HEADINGS = ("Id", "Registered by", "Area", "Size", "Signature", "cpu_id_start", "cpu_id",
             "node_id", "mm_cid", "flags", "State")
_NUMBERS = frozenset(("Size", "cpu_id_start", "cpu_id", "node_id", "mm_cid"))


def _convenience(name: str) -> int:
    """The value of convenience variable NAME, which starts with `$'."""
    try:
        return int(gdb.parse_and_eval(name))
    except (gdb.error, TypeError, ValueError):
        raise threadids.BadThreadId("Invalid thread ID: %s" % name) from None


def one_thread(wanted: str) -> gdb.InferiorThread:
    """The thread with the ID WANTED, the selected one without.  Raises GdbError."""
    if not wanted:
        selected = gdb.selected_thread()
        if selected is None:
            raise gdb.GdbError("No thread selected")
        return selected
    found = chosen_threads(wanted) if len(wanted.split()) == 1 else []
    if not found:
        raise gdb.GdbError("Unknown thread %s." % wanted)
    if len(found) > 1:
        raise gdb.GdbError("Invalid thread ID: %s" % wanted)
    return found[0]


def _threads_of(inferior: gdb.Inferior) -> List[gdb.InferiorThread]:
    """In GDB's order; GdbError of a gdbserver that can't be asked while the program runs."""
    try:
        return sorted(inferior.threads(), key=lambda each: each.num)
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None


def chosen_threads(wanted: str) -> List[gdb.InferiorThread]:
    """The threads in the list of IDs WANTED, all without one, in GDB's order.

    Raises GdbError for what is no list of thread IDs.
    """
    try:
        ranges = threadids.parse(wanted, gdb.selected_inferior().num, _convenience)
    except threadids.BadThreadId as error:
        raise gdb.GdbError(str(error)) from None
    return [thread for inferior in sorted(gdb.inferiors(), key=lambda each: each.num)
            for thread in _threads_of(inferior)
            if not ranges or threadids.matches(ranges, inferior.num, thread.num)]


def hexadecimal(value: Optional[int]) -> str:
    """VALUE, which may be absent."""
    return _ABSENT if value is None else "0x%x" % value


def decimal(value: Optional[int]) -> str:
    """VALUE as the signed number that it is where it is no CPU."""
    if value is None:
        return _ABSENT
    return "%d" % (value - (1 << 32) if value >> 31 else value)


def _row(state: ThreadState) -> List[str]:
    """The columns of one thread, in the order of _HEADINGS."""
    found = state.registration
    fields = state.fields
    if found is None:
        return [thread_id(state.thread)] + [""] * (len(_HEADINGS) - 2) + [state.words()]
    who = found.who + "?" if found.status is Registered.MAYBE else found.who
    place = [who or _ABSENT, hexadecimal(found.address),
             decimal(found.size or None), hexadecimal(found.signature)]
    if fields is None:
        values = [_ABSENT] * 5
    else:
        start = decimal if fields.start_is_cpu else hexadecimal
        values = [start(fields.cpu_id_start), decimal(fields.cpu_id),
                  decimal(fields.node_id), decimal(fields.mm_cid), hexadecimal(fields.flags)]
    return [thread_id(state.thread)] + place + values + [state.words()]


def _table(found: List[ThreadState], global_ids: bool) -> List[List[str]]:
    """The headings and a row for each thread."""
    table = [list(_HEADINGS)] + [_row(each) for each in found]
    if global_ids:
        table[0].insert(1, "GId")
        for row, each in zip(table[1:], found):
            row.insert(1, "%d" % each.thread.global_num)
    return table


def _aligned(table: List[List[str]], marks: List[str], style: Style) -> Iterator[str]:
    """TABLE in columns, the last one ragged, with MARKS in front of all but the first row."""
    headings = table[0]
    widths = [max(map(len, column)) for column in list(zip(*table))[:-1]]
    for mark, row in zip([" "] + marks, table):
        cells = [cell.rjust(width) if heading in _NUMBERS else cell.ljust(width)
                 for cell, width, heading in zip(row, widths, headings)]
        if row is not headings:
            place = headings.index("Area")
            cells[place] = style.apply("address", cells[place])
        yield "%s %s %s" % (mark, " ".join(cells), row[-1])


def states(chosen: List[gdb.InferiorThread]) -> List[ThreadState]:
    """The state of each of CHOSEN; what the user has selected stays selected."""
    with selection.kept():
        return list(read_each(chosen))


def threads(wanted: str, global_ids: bool) -> Iterator[str]:
    """The lines of `info rseq threads WANTED'.  Raises GdbError."""
    chosen = chosen_threads(wanted)
    if not chosen:
        yield "No threads match '%s'." % wanted if wanted else "No threads."
        return
    number = selection.selected_number()
    found = states(chosen)
    marks = ["*" if each.thread.global_num == number else " " for each in found]
    yield from _aligned(_table(found, global_ids), marks, Style())
    if not number and not wanted:
        yield "\nNo selected thread.  See `help thread'."
