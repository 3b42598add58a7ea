# SPDX-License-Identifier: MIT
"""What `info rseq sections' and `info rseq section' print."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo
from .find import matching
from .objfiles import Flow, Section
from .style import Style

if TYPE_CHECKING:
    from typing import Dict, Iterable, Iterator, List

# Why an entry of the tables is not what it should be (CSINFO_MARK_*).
_MARKS = {
    _csinfo.Mark.VERSION: "version is not 0: the kernel kills the process",
    _csinfo.Mark.FLAGS: "flags are not 0: Linux 6.0 and later kills the process",
    _csinfo.Mark.EMPTY: "empty: post_commit_offset is 0",
    _csinfo.Mark.WRAPS: "start_ip + post_commit_offset overflows",
    _csinfo.Mark.ABORT_INSIDE: "abort_ip is inside the section",
    _csinfo.Mark.NOT_CODE: "not in executable memory",
    _csinfo.Mark.NO_SIGNATURE: "no readable signature in front of abort_ip",
    _csinfo.Mark.DUPLICATE: "another entry has the same descriptor",
    _csinfo.Mark.RELOCATION: "start_ip or abort_ip is not certain",
    _csinfo.Mark.MISALIGNED: "the descriptor is not aligned to 32 bytes",
}

# Where other sections have the name of their file.
_UNTABLED = "seen in memory, in no table"

_STORES = {
    _csinfo.StorePosition.ADJACENT: "right in front of start",
    _csinfo.StorePosition.EARLIER: "with other instructions between it and start",
    _csinfo.StorePosition.INSIDE: "the first instruction of the section",
}

_INSIDE = {
    _csinfo.FlowFlag.CALL: "a call",
    _csinfo.FlowFlag.SYSCALL: "a system call",
    _csinfo.FlowFlag.INDIRECT: "an indirect jump",
    _csinfo.FlowFlag.UNDECODED: "bytes that are no instruction",
    _csinfo.FlowFlag.BRANCH_TO_START: "a loop to start",
    _csinfo.FlowFlag.RETURN: "a return",
}


def marks(section: Section) -> List[str]:
    """What is wrong with SECTION, in words."""
    return [words for mark, words in _MARKS.items() if section.marks & mark]


def symbolic(address: int) -> str:
    """ADDRESS as GDB prints one: 0x555555555131 <main+8>."""
    return gdb.format_address(address)


def _name(section: Section, style: Style) -> str:
    """FUNCTION (FILE:LINE) in GDB's colours."""
    function, line = section.place()
    file, colon, number = (line or "").rpartition(":")
    shown = style.filename(file) + colon + number
    if function and line:
        return "%s (%s)" % (style.function(function), shown)
    return style.function(function) if function else shown or "0x%x" % section.start


def exit_words(way: _csinfo.Exit) -> str:
    """What the way out is, without its addresses."""
    by_code = way.flags & _csinfo.ExitFlag.BY_CODE
    if way.kind == _csinfo.ExitKind.ABORT:
        words = "abort, by the kernel or by a branch" if by_code else "abort, by the kernel"
    elif way.kind == _csinfo.ExitKind.DECLARED:
        words = "declared exit point" + ("" if by_code else ", not reached from the section")
    elif way.kind == _csinfo.ExitKind.COMMIT:
        words = "commit"
    elif way.kind == _csinfo.ExitKind.BRANCH:
        words = "undeclared branch"
    else:
        words = "return" if way.kind == _csinfo.ExitKind.RETURN else "indirect jump"
    if way.flags & _csinfo.ExitFlag.TO_COMMIT:
        words += ", where a branch leads too: arriving is not always a commit"
    if way.flags & _csinfo.ExitFlag.ON_SIGNATURE:
        words += ", on the signature: no breakpoint can stand there"
    return words


# ---- the long form ----

class _Long:
    """The lines of one section's description."""

    def __init__(self, section: Section, style: Style) -> None:
        self.section = section
        self.style = style

    def _at(self, address: int) -> str:
        return self.style.address(symbolic(address))

    def _line(self, what: str, text: str) -> str:
        return "  %-11s %s" % (what, text)

    def _exit(self, way: _csinfo.Exit) -> str:
        source = " from %s" % self._at(way.from_) if way.from_ is not None else ""
        words = exit_words(way) + source
        return self._line("exit", words if way.address is None
                          else "%s, %s" % (self._at(way.address), words))

    def _gate(self, gate: _csinfo.Gate) -> str:
        falls = gate.kind == _csinfo.GateKind.FALLTHROUGH
        words = "falls through to the store" if falls else "branches to the store"
        if gate.flags & _csinfo.GateFlag.IN_SECTION:
            words += ", inside a section: no breakpoint can stand there"
        return self._line("gate", "%s, %s" % (self._at(gate.address), words))

    def _flow(self, flow: Flow) -> Iterator[str]:
        position = _csinfo.StorePosition(flow.store_position)
        yield self._line("store", "not found" if flow.store is None else "%s, %s" % (
            self._at(flow.store), _STORES[position]))
        for gate in flow.gates:
            yield self._gate(gate)
        for way in flow.exits:
            yield self._exit(way)
        inside = [words for flag, words in _INSIDE.items() if flow.flags & flag]
        if inside:
            yield self._line("inside", ", ".join(inside))

    def lines(self) -> Iterator[str]:
        """All of them."""
        section, style = self.section, self.style
        record = section.record
        yield "%s %s:" % (_name(section, style), "of " + style.filename(section.filename)
                          if section.filename else _UNTABLED)
        yield self._line("start", "%s, %d bytes" % (
            self._at(section.start), record.post_commit_offset))
        yield self._line("commit", self._at(section.commit))
        signature = "no signature" if section.marks & _csinfo.Mark.NO_SIGNATURE else (
            "signature 0x%08x" % record.signature)
        yield self._line("abort", "%s, %s" % (self._at(section.abort), signature))
        yield self._line("descriptor", "%s, version %d, flags 0x%x" % (
            self._at(section.descriptor), record.version, record.flags))
        try:
            yield from self._flow(section.flow)
        except _csinfo.CsinfoError as error:
            yield self._line("code", "not decoded: %s" % error)
        for words in marks(section):
            yield self._line("mark", words)


def describe(sections: Iterable[Section]) -> Iterator[str]:
    """All that is known of each of SECTIONS."""
    style = Style()
    for number, section in enumerate(sections):
        if number:
            yield ""
        yield from _Long(section, style).lines()


# ---- the table ----

def _by_file(sections: Iterable[Section]) -> Dict[str, List[Section]]:
    found: Dict[str, List[Section]] = {}
    for section in sections:
        found.setdefault(section.filename, []).append(section)
    return found


def _row(section: Section, digits: int, style: Style) -> str:
    def at(address: int) -> str:
        return style.apply("address", "0x%0*x" % (digits, address))

    not_valid = ", not valid" if section.broken else ""
    return "%s %6d %s %s %s%s" % (at(section.start), section.commit - section.start,
                                  at(section.commit), at(section.abort),
                                  _name(section, style), not_valid)


def _table(sections: List[Section], style: Style) -> Iterator[str]:
    digits = 2 * gdb.lookup_type("void").pointer().sizeof
    width = digits + 2
    yield "%-*s %6s %-*s %-*s %s" % (width, "Start", "Size", width, "Commit", width, "Abort",
                                     "What")
    for section in sections:
        yield _row(section, digits, style)


def listing(regexp: str, verbose: bool) -> Iterator[str]:
    """The sections that match, by the file they are from.  Raises GdbError."""
    found = matching(regexp)
    if not found:
        yield ("No rseq critical sections matching \"%s\"." % regexp if regexp
               else "No rseq critical sections.")
        return
    if verbose:
        yield from describe(found)
        return
    style = Style()
    for number, (filename, sections) in enumerate(_by_file(found).items()):
        if number:
            yield ""
        yield "%s:" % (style.filename(filename) if filename else _UNTABLED)
        yield from _table(sections, style)
