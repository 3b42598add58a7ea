# SPDX-License-Identifier: MIT
"""What `info rseq threads' prints: a table in the manner of `info threads'."""

from typing import Iterator, List, Optional, Sequence

import gdb

from . import selection, threadids
from .activity import ThreadState, read_each
from .state import Registered

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


def chosen_threads(wanted: str) -> List[gdb.InferiorThread]:
    """The threads in the list of IDs WANTED, all without one, in GDB's order.

    Raises GdbError for what is no list of thread IDs.
    """
    try:
        ranges = threadids.parse(wanted, gdb.selected_inferior().num, _convenience)
    except threadids.BadThreadId as error:
        raise gdb.GdbError(str(error)) from None
    return [thread for inferior in sorted(gdb.inferiors(), key=lambda each: each.num)
            for thread in sorted(inferior.threads(), key=lambda each: each.num)
            if not ranges or threadids.matches(ranges, inferior.num, thread.num)]


def thread_id(thread: gdb.InferiorThread) -> str:
    """print_thread_id() of gdb/thread.c."""
    inferiors = gdb.inferiors()
    if len(inferiors) > 1 or inferiors[0].num != 1:
        return "%d.%d" % (thread.inferior.num, thread.num)
    return "%d" % thread.num


def hexadecimal(value: Optional[int]) -> str:
    """VALUE, which may be absent."""
    return _ABSENT if value is None else "0x%x" % value


def decimal(value: Optional[int]) -> str:
    """VALUE as the signed number that it is where it is no CPU."""
    if value is None:
        return _ABSENT
    return "%d" % (value - (1 << 32) if value >> 31 else value)


def _row(state: ThreadState) -> Sequence[str]:
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


def _aligned(rows: List[Sequence[str]], marks: List[str]) -> Iterator[str]:
    """ROWS below the headings, in columns; the last one is ragged."""
    table = [_HEADINGS] + rows
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS) - 1)]
    for mark, row in zip([" "] + marks, table):
        cells = [cell.rjust(width) if heading in _NUMBERS else cell.ljust(width)
                 for cell, width, heading in zip(row, widths, _HEADINGS)]
        yield "%s %s %s" % (mark, " ".join(cells), row[-1])


def threads(wanted: str) -> Iterator[str]:
    """The lines of `info rseq threads WANTED'.  Raises GdbError."""
    chosen = chosen_threads(wanted)
    if not chosen:
        yield "No threads match '%s'." % wanted if wanted else "No threads."
        return
    selected = gdb.selected_thread()
    number = 0 if selected is None else selected.global_num
    with selection.kept():
        states = list(read_each(chosen))
    yield from _aligned([_row(state) for state in states],
                        ["*" if state.thread.global_num == number else " "
                         for state in states])
