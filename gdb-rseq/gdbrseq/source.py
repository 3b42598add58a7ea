# SPDX-License-Identifier: MIT
"""Source lines among instructions, as the modifiers /s and /m of `disassemble' put them."""

from __future__ import annotations

import linecache

import gdb

from . import TYPE_CHECKING
from .style import Style

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Sequence, Tuple, Union

    # What the listing consists of: instruction number N of those asked for, a line of text, or
    # None where addresses were left out.
    Entry = Union[int, str, None]


class _Source:
    """Where instructions are from: the name of a file, and a line."""

    def __init__(self) -> None:
        self._space = gdb.current_progspace()
        # GDB 13 makes a new Symtab for each question.
        self._symtabs: Dict[str, gdb.Symtab] = {}
        self._lines: Dict[str, List[str]] = {}
        self.style = Style()

    def place(self, address: int) -> Optional[Tuple[str, int]]:
        """That of ADDRESS, None when not known."""
        sal = self._space.find_pc_line(address)
        if sal.symtab is None or sal.line == 0:
            return None
        self._symtabs.setdefault(sal.symtab.filename, sal.symtab)
        return sal.symtab.filename, sal.line

    def text(self, file: str, line: int) -> str:
        """LINE as GDB prints one, also where the file is missing."""
        if file not in self._lines:
            self._lines[file] = self._read(self._symtabs[file].fullname())
        lines = self._lines[file]
        return "%d\t%s" % (line, lines[line - 1] if line <= len(lines) else "in " + file)

    def _read(self, path: str) -> List[str]:
        """The lines of PATH in their colours; none when it is missing."""
        lines = [line.rstrip("\r\n") for line in linecache.getlines(path)]
        colored = self.style.source(path, "\n".join(lines) + "\n").split("\n")
        return colored[:len(lines)] if len(colored) > len(lines) else lines

    def lead(self, file: str, last: int, line: int) -> int:
        """The first of the lines between LAST and LINE that belong to LINE: without code."""
        table = self._symtabs[file].linetable()
        first = line
        while first - 1 > last and not table.has_line(first - 1):
            first -= 1
        return first


def by_address(addresses: Sequence[Optional[int]]) -> List[Entry]:
    """The instructions at ADDRESSES in their order, each line in front of its own: /s.

    None stands for addresses that were left out.
    """
    source = _Source()
    entries: List[Entry] = []
    last: Optional[Tuple[str, int]] = None
    shown = ""  # the file
    for number, address in enumerate(addresses):
        place = None if address is None else source.place(address)
        if place is not None and place != last:
            file, line = place
            if entries:
                entries.append("")
            if file != shown:
                entries.append(source.style.filename(file) + ":")
                shown = file
            follows = last is not None and last[0] == file and last[1] < line
            first = source.lead(file, last[1], line) if follows else line
            entries += [source.text(file, each) for each in range(first, line + 1)]
        last = place
        entries.append(None if address is None else number)
    return entries


def by_line(addresses: Sequence[Optional[int]], main: int) -> List[Entry]:
    """The same in the order of the lines of the file that the code at MAIN is from: /m.

    What is from elsewhere follows.
    """
    source = _Source()
    here = source.place(main)
    lines: Dict[int, List[Entry]] = {}
    others: List[Entry] = []
    for number, address in enumerate(addresses):
        place = None if address is None else source.place(address)
        if place is not None and here is not None and place[0] == here[0]:
            lines.setdefault(place[1], []).append(number)
        elif address is not None:
            others.append(number)
    entries: List[Entry] = []
    for line, numbers in sorted(lines.items()):
        entries += [source.text(here[0], line), *numbers, ""]
    return entries + others
