# SPDX-License-Identifier: MIT
"""What `info rseq' prints."""

import re
from typing import Iterator, List, Optional

import gdb

from . import thread
from .objfiles import Section, process


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


def _matches(section: Section, wanted: "re.Pattern[str]") -> bool:
    names: List[Optional[str]] = [section.function, section.filename, section.location()]
    return any(name is not None and wanted.search(name) for name in names)


def _what(section: Section) -> str:
    exits = ", ".join("0x%x" % address for address in section.declared)
    words = section.location()
    if section.broken:
        words += ", not valid"
    return "%s, exits at %s" % (words, exits) if exits else words


def sections(regexp: str) -> Iterator[str]:
    """A line for each section whose function or file matches.  Raises GdbError."""
    try:
        wanted = re.compile(regexp)
    except re.error as error:
        raise gdb.GdbError("Invalid regexp: %s" % error) from None
    found = [section for section in process.index() if _matches(section, wanted)]
    if not found:
        yield ("No rseq critical sections matching \"%s\"." % regexp if regexp
               else "No rseq critical sections.")
        return
    yield "%-18s %-18s %-18s %s" % ("Start", "Commit", "Abort", "What")
    for section in found:
        yield "0x%016x 0x%016x 0x%016x %s" % (
            section.start, section.commit, section.abort, _what(section))
