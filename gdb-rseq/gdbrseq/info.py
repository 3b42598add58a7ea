# SPDX-License-Identifier: MIT
"""What `info rseq' prints."""

from typing import Iterator

import gdb

from . import thread
from .objfiles import process


def _section_words(rseq_cs: int) -> str:
    """What rseq_cs means at this pc; it is cleared lazily."""
    if rseq_cs == 0:
        return "in no critical section"
    section = process.index().by_descriptor.get(rseq_cs)
    if section is None:
        return "rseq_cs 0x%x, a descriptor in no table" % rseq_cs
    if section.holds(gdb.newest_frame().pc()):
        return "inside %s, will abort when resumed" % section.location()
    return "outside (rseq_cs still points to %s)" % section.location()


def _thread_words() -> str:
    """The selected thread's struct rseq in one line."""
    now = thread.state()
    if now is None:
        return "no struct rseq is known"
    if now.cpu_id == thread.CPU_ID_REGISTRATION_FAILED:
        return "0x%x  registration failed" % now.area.address
    if now.cpu_id == thread.CPU_ID_UNINITIALIZED:
        return "0x%x  not registered" % now.area.address
    return "0x%x  cpu_id_start %d  cpu_id %d  %s" % (
        now.area.address, now.cpu_id_start, now.cpu_id, _section_words(now.rseq_cs))


def threads() -> Iterator[str]:
    """A line for each thread of the inferior; leaves another thread selected."""
    selected = gdb.selected_thread()
    yield "  Id   struct rseq"
    for each in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
        mark = "*" if each.ptid == selected.ptid else " "
        words = "(running)"
        if not each.is_running():
            each.switch()
            words = _thread_words()
        yield "%s %-4d %s" % (mark, each.num, words)
