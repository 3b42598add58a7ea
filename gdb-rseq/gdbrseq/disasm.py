# SPDX-License-Identifier: MIT
"""A critical section's code as `disassemble' shows code, with its ways out drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import gdb

from . import TYPE_CHECKING, _csinfo, source
from .code import decode_here
from .find import armed_from
from .listing import symbolic
from .margin import draw
from .objfiles import Flow, Section
from .style import Style

if TYPE_CHECKING:
    from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Sequence, Tuple

# A gate this far in front of STORE, in bytes, is shown with all that is between them.
_GATE_DISTANCE = 64

# A section of more bytes than any real one has is a damaged descriptor, and not shown.
_SIZE_LIMIT = 1 << 12

_SIGNATURE_SIZE = 4

# How wide `disassemble /r' makes its column: 7 bytes, which few instructions exceed.
_RAW_WIDTH = 19

_WITHOUT_ADDRESS = {_csinfo.ExitKind.RETURN: "return", _csinfo.ExitKind.INDIRECT: "indirect"}


@dataclass
class Row:
    """One instruction, or the signature."""

    address: int
    length: int
    text: str
    is_inside: bool
    roles: List[str] = field(default_factory=list)
    target: Optional[int] = None  # of a direct branch or jump


@dataclass(frozen=True)
class Line:
    """A line of the drawing: an instruction, or TEXT, or "..." where addresses were left out."""

    role: str
    margin: str
    row: Optional[Row]
    text: str = "..."


def _instructions(low: int, high: int) -> Iterator[dict]:
    """GDB's own disassembly of [LOW, HIGH).  Raises GdbError."""
    try:
        yield from _architecture().disassemble(low, high - 1)
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None


def _architecture() -> gdb.Architecture:
    try:
        return gdb.selected_frame().architecture()
    except gdb.error:
        return gdb.selected_inferior().architecture()


def _target(address: int) -> Optional[int]:
    """Where the branch or jump at ADDRESS leads, None when it is none."""
    try:
        insn = decode_here(address)
    except _csinfo.CsinfoError:
        return None
    is_branch = insn.kind in (_csinfo.InsnKind.BRANCH, _csinfo.InsnKind.JUMP)
    return insn.target if is_branch else None


class Code:
    """The rows of one section."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self._rows: Dict[int, Row] = {}
        self._flow = self._decoded()
        if section.commit - section.start > _SIZE_LIMIT or section.commit <= section.start:
            raise gdb.GdbError("%s can't be disassembled: its size is %d bytes." % (
                section.location(), section.commit - section.start))
        self._read()
        self._note_roles()

    def _decoded(self) -> Optional[Flow]:
        try:
            return self.section.flow
        except _csinfo.CsinfoError:
            return None

    # ---- what is shown ----

    def _read(self) -> None:
        section = self.section
        has_signature = not section.marks & _csinfo.Mark.NO_SIGNATURE
        for low, high in self._ranges():
            for insn in _instructions(low, high):
                self._add(insn)
        if has_signature:
            self._add_signature(section.abort - _SIGNATURE_SIZE)

    def _ranges(self) -> Iterator[Tuple[int, int]]:
        """What to disassemble, as [low, high): from in front of STORE, and each exit."""
        section, flow = self.section, self._flow
        first = armed_from(section)
        gates = [gate.address for gate in flow.gates] if flow is not None else []
        near = [gate for gate in gates if 0 <= first - gate <= _GATE_DISTANCE]
        if min(near, default=first) < first:
            yield min(near), first
        if first < section.start:
            yield first, section.start
        yield section.start, section.commit
        others = set(gates) - set(near) | {section.commit, section.abort}
        if flow is not None:
            others |= {way.address for way in flow.exits if way.address is not None}
        for address in sorted(others):
            if not first <= address < section.commit:
                yield address, address + 1

    def _add(self, insn: dict) -> None:
        section, address, length = self.section, insn["addr"], insn["length"]
        if address < section.abort and address + length > section.abort - _SIGNATURE_SIZE:
            return  # data
        self._rows[address] = Row(address, length, insn["asm"], section.holds(address),
                                  target=_target(address))

    def _add_signature(self, address: int) -> None:
        data = gdb.selected_inferior().read_memory(address, _SIGNATURE_SIZE)
        value = int.from_bytes(bytes(data), "little")
        self._rows[address] = Row(address, _SIGNATURE_SIZE, ".long  0x%08x" % value, False,
                                  ["signature"])

    # ---- what it is ----

    def _note_roles(self) -> None:
        section, flow = self.section, self._flow
        if flow is not None:
            for gate in flow.gates:
                self._note(gate.address, "gate")
            if flow.store is not None:
                self._note(flow.store, "store")
        self._note(section.start, "start")
        self._note(section.commit, "commit")
        for way in flow.exits if flow is not None else ():
            if way.address is None:
                self._note(way.from_, _WITHOUT_ADDRESS[way.kind])
            elif way.kind not in (_csinfo.ExitKind.COMMIT, _csinfo.ExitKind.ABORT):
                self._note(way.address, "exit")
        self._note(section.abort, "abort")

    def _note(self, address: int, role: str) -> None:
        row = self._rows.get(address)
        if row is not None:
            row.roles.append(role)

    def lines(self, modifiers: FrozenSet[str] = frozenset()) -> List[Line]:
        """The rows with their margins, in order of address; "s" or "m": with source lines."""
        rows = self._rows_with_gaps()
        entries = self._entries([row and row.address for row in rows], modifiers)
        shown = [rows[each] if isinstance(each, int) else None for each in entries]
        place = {row.address: number for number, row in enumerate(shown) if row is not None}
        branches = [(place[row.address], place[row.target]) for row in shown
                    if row is not None and row.target in place and self._is_drawn(row)]
        margins = draw(_beside_section(entries, shown), branches)
        roles = [",".join(row.roles) if row is not None else "" for row in shown]
        width = max(len(role) for role in roles)
        return [Line(role.ljust(width), margin, row, each if isinstance(each, str) else "...")
                for role, margin, row, each in zip(roles, margins, shown, entries)]

    def _entries(self, addresses: Sequence[Optional[int]],
                 modifiers: FrozenSet[str]) -> Sequence[source.Entry]:
        if "s" in modifiers:
            return source.by_address(addresses)
        if "m" in modifiers:
            return source.by_line(addresses, self.section.start)
        return [None if address is None else number for number, address in enumerate(addresses)]

    def _rows_with_gaps(self) -> List[Optional[Row]]:
        rows: List[Optional[Row]] = []
        end = None
        for _, row in sorted(self._rows.items()):
            if end is not None and end != row.address:
                rows.append(None)
            rows.append(row)
            end = row.address + row.length
        return rows

    @staticmethod
    def _is_drawn(row: Row) -> bool:
        return row.is_inside or "gate" in row.roles


def _beside_section(entries: Sequence[source.Entry], shown: Sequence[Optional[Row]]) -> List[bool]:
    """Of each line whether the bar stands beside it: instructions, and text between two."""
    inside = [row is not None and row.is_inside for row in shown]
    for number, each in enumerate(entries):
        if isinstance(each, str) and number and inside[number - 1]:
            rest = (row for row in shown[number:] if row is not None)
            inside[number] = next((row.is_inside for row in rest), False)
    return inside


# ---- as text ----

class Text:
    """Turns lines into text as `disassemble' prints it."""

    def __init__(self, section: Section, pc: Optional[int], raw: bool = False,
                 separator: str = "\t") -> None:
        self._style = Style()
        self._section = section
        self._pc = pc
        self._raw = raw
        self._separator = separator
        self._digits = 2 * gdb.lookup_type("void").pointer().sizeof

    def line(self, line: Line) -> str:
        """LINE, without its end."""
        front = "%s %s" % (line.role, line.margin)
        if line.row is None:
            return ("%s   %s" % (front, line.text)).rstrip()
        row = line.row
        arrow = "=> " if row.address == self._pc else "   "
        place = self._style.apply("address", "0x%0*x" % (self._digits, row.address))
        return "%s%s%s%s:%s%s" % (front, arrow, place, self._symbol(row.address),
                                  self._separator, self._code(row))

    def _symbol(self, address: int) -> str:
        section = self._section
        if section.function and section.low <= address < section.high:
            return " <+%d>" % (address - section.low)
        return self._style.symbol("".join(symbolic(address).partition(" ")[1:]))

    def _code(self, row: Row) -> str:
        text = self._style.instruction(row.text)
        if not self._raw:
            return text
        data = gdb.selected_inferior().read_memory(row.address, row.length)
        raw = " ".join("%02x" % byte for byte in bytes(data))
        return raw.ljust(_RAW_WIDTH) + self._separator + text


def dump(sections: Iterable[Section], pc: Optional[int],
         modifiers: FrozenSet[str]) -> Iterator[str]:
    """What `rseq disassemble' prints of SECTIONS with MODIFIERS.  Raises GdbError."""
    for section in sections:
        yield "Dump of rseq critical section %s:" % section.location()
        text = Text(section, pc, bool(modifiers & {"r", "b"}))
        for line in Code(section).lines(modifiers):
            yield text.line(line)
        yield "End of assembler dump."
