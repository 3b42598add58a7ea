# SPDX-License-Identifier: MIT
"""What `info rseq sections' prints."""

import re
from typing import Iterator, List, Optional

import gdb

from .objfiles import Section, process


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
