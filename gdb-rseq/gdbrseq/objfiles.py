# SPDX-License-Identifier: MIT
"""The critical sections of the current process, at run-time addresses."""

from __future__ import annotations

import re
from collections import namedtuple

import gdb

from . import TYPE_CHECKING, _csinfo
from .table import Table, open_table

if TYPE_CHECKING:
    from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

# The ELF sections that mark a file as having critical sections; the first one
# found gives the load bias.
_MARKERS = ("__rseq_cs", "__rseq_cs_ptr_array", "__rseq_table")

# What `maint info sections' prints.
_FILE_LINE = r"^(?:Exec|Object) file: `(.*)', file type .*\.$"
_SECTION_LINE = r"^ *\[\d+\] +0x([0-9a-f]+)->0x([0-9a-f]+) at 0x[0-9a-f]+: (\S+) (.*)$"

_BROKEN = (_csinfo.Mark.VERSION | _csinfo.Mark.EMPTY | _csinfo.Mark.WRAPS
           | _csinfo.Mark.ABORT_INSIDE | _csinfo.Mark.NOT_CODE)


class Flow(namedtuple("Flow", "store store_length store_position flags gates exits outposts")):
    """A section's flow (see csinfo.h) at run-time addresses."""

    __slots__ = ()
    store: Optional[int]
    store_length: int
    store_position: int
    flags: int
    gates: Tuple[_csinfo.Gate, ...]
    exits: Tuple[_csinfo.Exit, ...]
    outposts: Tuple[_csinfo.Outpost, ...]


class Section:
    """One critical section at run-time addresses; lives as long as its objfile."""

    __slots__ = ("table", "index", "bias", "filename", "descriptor", "start", "commit",
                 "abort", "marks", "function", "low", "high", "space", "_flow")

    def __init__(self, table: Table, index: int, bias: int, filename: str,
                 space: gdb.Progspace) -> None:
        record = table.record(index)
        self.table = table
        self.index = index
        self.bias = bias
        self.filename = filename
        self.descriptor: int = record.descriptor + bias
        self.start: int = record.start_ip + bias
        self.commit: int = record.commit_ip + bias
        self.abort: int = record.abort_ip + bias
        self.marks: int = record.marks
        self.function: Optional[str] = record.func_name
        low, high = table.extent(index)
        self.low = low + bias
        self.high = high + bias
        self.space = space
        self._flow: Optional[Flow] = None

    @property
    def record(self) -> _csinfo.Section:
        """What the file says, at its own addresses."""
        return self.table.record(self.index)

    @property
    def declared(self) -> Tuple[int, ...]:
        """Run-time addresses of the declared exit points."""
        return tuple(point + self.bias for point in self.record.exit_points)

    @property
    def flow(self) -> Flow:
        """Decoded on first use.  Raises CsinfoError."""
        if self._flow is None:
            self._flow = _relocate(self.table.flow(self.index), self.bias)
        return self._flow

    @property
    def armed_from(self) -> int:
        """First address at which no breakpoint may stand: STORE, or start_ip."""
        store = self.flow.store
        return self.start if store is None else min(store, self.start)

    @property
    def broken(self) -> bool:
        """True when the kernel would not take the descriptor; such a section is only listed."""
        return bool(self.marks & _BROKEN)

    def holds(self, pc: int) -> bool:
        """True when PC is in [start_ip, commit_ip): what the kernel looks at."""
        return self.start <= pc < self.commit

    def forbids(self, pc: int) -> bool:
        """True when a breakpoint at PC would break the section or kill the process."""
        return self.armed_from <= pc < self.commit or self.abort - 4 <= pc < self.abort

    def place(self) -> Tuple[Optional[str], Optional[str]]:
        """(FUNCTION, FILE:LINE) of start_ip, None for what the symbols do not know."""
        name = self.function
        block = self.space.block_for_pc(self.start)
        while block is not None and block.function is None:
            block = block.superblock
        if block is not None:
            name = block.function.print_name
        sal = self.space.find_pc_line(self.start)
        if sal.symtab is None or sal.line == 0:
            return name, None
        return name, "%s:%d" % (sal.symtab.filename.rpartition("/")[2], sal.line)

    def location(self) -> str:
        """FUNCTION (FILE:LINE) of start_ip, as far as the symbols know."""
        name, line = self.place()
        if name and line:
            return "%s (%s)" % (name, line)
        return name or line or "0x%x" % self.start


def _relocate(flow: _csinfo.Flow, bias: int) -> Flow:
    def moved(address: Optional[int]) -> Optional[int]:
        return None if address is None else address + bias

    return Flow(
        moved(flow.store), flow.store_length, flow.store_position, flow.flags,
        tuple(gate._replace(address=gate.address + bias) for gate in flow.gates),
        tuple(exit_._replace(address=moved(exit_.address), from_=moved(exit_.from_))
              for exit_ in flow.exits),
        tuple(_csinfo.Outpost(*map(moved, outpost)) for outpost in flow.outposts))


class _Image:
    """The sections of one file where a process has it.  Each is made when it is asked for."""

    def __init__(self, table: Table, bias: int, filename: str) -> None:
        self.table = table
        self.bias = bias
        self.filename = filename
        self.space = gdb.current_progspace()
        low, high = table.bounds()
        self.low = low + bias
        self.high = high + bias
        self._sections: Dict[int, Section] = {}

    def section(self, index: int) -> Section:
        """Section INDEX of the table."""
        section = self._sections.get(index)
        if section is None:
            section = self._sections[index] = Section(
                self.table, index, self.bias, self.filename, self.space)
        return section

    def near(self, pc: int) -> List[Section]:
        """The sections of the function that holds PC."""
        return [self.section(index) for index in self.table.near(pc - self.bias)]

    def cold(self) -> List[Section]:
        """Those in the cold part of a function."""
        return [self.section(index) for index in self.table.cold()]


class Index:
    """Every section of a program space, by function and by descriptor."""

    def __init__(self, images: List[_Image], others: Sequence[Section]) -> None:
        """OTHERS are of no file."""
        self._images = images
        self._others = others
        self._count = len(others) + sum(len(image.table) for image in images)
        self._parents: Optional[List[Tuple[int, int, Section]]] = None

    def around(self, pc: int) -> List[Section]:
        """The sections of the code in one piece that holds PC."""
        found: List[Section] = []
        for image in self._images:
            if image.low <= pc < image.high:
                found += image.near(pc)
        for section in self._others:
            if section.low <= pc < section.high:
                found.append(section)
        return found

    def near(self, pc: int) -> List[Section]:
        """The sections of the function that holds PC, and of its cold part."""
        found = self.around(pc)
        if self._parents is None:
            self._parents = [(*_parent_range(section), section)
                             for image in self._images for section in image.cold()]
        for low, high, section in self._parents:
            if low <= pc < high and section not in found:
                found.append(section)
        return found

    def with_descriptor(self, address: int) -> Optional[Section]:
        """The section whose struct rseq_cs is at ADDRESS."""
        return self._find(Table.with_descriptor, address) or next(
            (section for section in self._others if section.descriptor == address), None)

    def with_abort(self, address: int) -> Optional[Section]:
        """The section whose abort_ip is ADDRESS."""
        return self._find(Table.with_abort, address) or next(
            (section for section in self._others if section.abort == address), None)

    def with_signature(self, address: int) -> Optional[Section]:
        """The section that has ADDRESS in the 4 bytes before its abort_ip."""
        for ahead in (1, 2, 3, 4):
            found = self._find(Table.with_abort, address + ahead)
            if found is not None:
                return found
        return next((section for section in self._others
                     if section.abort - 4 <= address < section.abort), None)

    def _find(self, find: Callable[[Table, int], Optional[int]],
              address: int) -> Optional[Section]:
        for image in self._images:
            index = find(image.table, address - image.bias)
            if index is not None:
                return image.section(index)
        return None

    def __iter__(self) -> Iterator[Section]:
        sections = (image.section(index) for image in self._images
                    for index in range(len(image.table)))
        return iter(sorted((*sections, *self._others),
                           key=lambda section: (section.start, section.commit)))

    def __len__(self) -> int:
        return self._count


def _parent_range(section: Section) -> Tuple[int, int]:
    """The range of the function whose cold part holds SECTION: GDB's block knows."""
    block = gdb.current_progspace().block_for_pc(section.start)
    while block is not None and (block.function is None or block.superblock.function):
        block = block.superblock
    if block is None:
        return (section.low, section.high)
    return (block.start, block.end)


def elf_sections(names: Sequence[str]) -> Iterator[Tuple[str, str, int, int]]:
    """(file name, section name, start, end) of each section of NAMES, at run time.

    GDB's Python has no load bias of an objfile; this command prints relocated
    addresses on every target.
    """
    text = gdb.execute("maint info sections -all-objects " + " ".join(names), to_string=True)
    filename = ""
    for line in text.splitlines():
        match = re.match(_FILE_LINE, line)
        if match:
            filename = match.group(1)
            continue
        match = re.match(_SECTION_LINE, line)
        # Separate debug files have the header, not the contents.
        if match and "HAS_CONTENTS" in match.group(4).split():
            yield filename, match.group(3), int(match.group(1), 16), int(match.group(2), 16)


def _marker_addresses() -> List[Tuple[str, str, int]]:
    """(file name, marker section, run-time address) of each file that has one."""
    found: Dict[str, Tuple[str, int]] = {}
    for filename, name, start, _ in elf_sections(_MARKERS):
        found.setdefault(filename, (name, start))
    return [(name, marker, address) for name, (marker, address) in found.items()]


def _open(filename: str, marker: str, address: int) -> Iterator[_Image]:
    table = open_table(filename)
    linked = table.section_address(marker)
    if linked is not None and len(table):
        yield _Image(table, address - linked, filename)


class Process:
    """The sections of each program space, read again after objfiles came or went.

    untabled() gives those of the selected inferior that were seen in memory, in no table.
    """

    def __init__(self) -> None:
        self._images: Dict[gdb.Progspace, List[_Image]] = {}
        self._indexes: Dict[gdb.Progspace, Index] = {}  # of these, and of untabled()
        self.untabled: Callable[[], Sequence[Section]] = tuple
        self.changes = 0  # grows whenever an objfile comes or goes, or a section is seen
        self._programs: Dict[gdb.Progspace, int] = {}  # how many each has had
        self._told: set = set()
        gdb.events.new_objfile.connect(lambda event: self.forget(event.new_objfile.progspace))
        gdb.events.clear_objfiles.connect(lambda event: self._cleared(event.progspace))
        if hasattr(gdb.events, "free_objfile"):
            gdb.events.free_objfile.connect(lambda event: self.forget(event.objfile.progspace))
        gdb.events.exited.connect(lambda event: self.forget(event.inferior.progspace))
        gdb.events.inferior_deleted.connect(lambda event: self.forget())

    def forget(self, space: Optional[gdb.Progspace] = None) -> None:
        """Objfiles of SPACE, or of any, have come, gone or moved: read the sections again."""
        self.changes += 1
        for known in (self._images, self._indexes):
            if space is None:
                known.clear()
            else:
                known.pop(space, None)

    def _cleared(self, space: gdb.Progspace) -> None:
        self.forget(space)
        self._programs[space] = self._programs.get(space, 0) + 1

    def program(self) -> Tuple[gdb.Progspace, int]:
        """What differs when the current program space holds another program, as after an exec."""
        space = gdb.current_progspace()
        return space, self._programs.get(space, 0)

    def merge(self) -> None:
        """What untabled() gives has changed."""
        self.changes += 1
        self._indexes.clear()

    def is_read(self) -> bool:
        """True when index() costs nothing."""
        return gdb.current_progspace() in self._indexes

    def known(self, space: gdb.Progspace) -> Optional[Index]:
        """The sections of SPACE, None where they have to be read."""
        return self._indexes.get(space)

    def index(self) -> Index:
        """The sections of the current program space."""
        space = gdb.current_progspace()
        index = self._indexes.get(space)
        if index is None:
            images = self._images.get(space)
            if images is None:
                images = self._images[space] = self._read()
            index = self._indexes[space] = Index(images, self.untabled())
        return index

    def _read(self) -> List[_Image]:
        images: List[_Image] = []
        for filename, marker, address in _marker_addresses():
            try:
                images.extend(_open(filename, marker, address))
            except (OSError, _csinfo.CsinfoError) as error:
                self._tell_once("gdb-rseq: %s: %s" % (filename, error))
        return images

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            gdb.write("warning: %s\n" % text, gdb.STDERR)


process = Process()
