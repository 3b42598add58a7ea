# SPDX-License-Identifier: MIT
"""From what the user typed to critical sections."""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, _csinfo, activity
from .objfiles import Section, process

if TYPE_CHECKING:
    from typing import List, Optional, Set, Tuple


def _matches(section: Section, wanted: "re.Pattern[str]") -> bool:
    names: List[Optional[str]] = [section.function, section.filename, section.location()]
    return any(name is not None and wanted.search(name) for name in names)


def of_descriptor(address: int) -> Optional[Section]:
    """The section whose struct rseq_cs stands at ADDRESS."""
    return process.index().with_descriptor(address)


def near(pc: int) -> List[Section]:
    """The sections of the function that holds PC, and those that hold it."""
    return process.index().near(pc)


def matching(regexp: str) -> List[Section]:
    """The sections whose function, file or source file matches.  Raises GdbError."""
    if not regexp:
        return list(process.index())
    try:
        wanted = re.compile(regexp)
    except re.error as error:
        raise gdb.GdbError("Invalid regexp: %s" % error) from None
    return [section for section in process.index() if _matches(section, wanted)]


def armed_from(section: Section) -> int:
    """STORE of SECTION, or start_ip where the code can't be decoded."""
    try:
        return section.armed_from
    except _csinfo.CsinfoError:
        return section.start


def around(pc: int) -> List[Section]:
    """The sections that PC is in, from STORE on, or whose abort handler begins there."""
    inside = [section for section in near(pc) if armed_from(section) <= pc < section.commit]
    return inside or [section for section in process.index() if section.abort == pc]


def _line_of(pc: int) -> Optional[Tuple[str, int]]:
    """The source file and line of PC."""
    sal = gdb.current_progspace().find_pc_line(pc)
    return None if sal.symtab is None or sal.line == 0 else (sal.symtab.filename, sal.line)


def _of_line(pc: int) -> List[Section]:
    """The sections that start in the line of PC."""
    line = _line_of(pc)
    return [section for section in near(pc) if line and _line_of(section.start) == line]


def _address(expression: str) -> int:
    value = gdb.parse_and_eval(expression)
    if value.type.code == gdb.TYPE_CODE_FUNC:
        value = value.address
    return int(value)


def _decode_linespec(location: str) -> List[int]:
    # GDB 13 runs into internal errors when decode_line() can't parse its argument:
    # this command parses the same, and is harmless.
    gdb.execute("info scope " + location, to_string=True)
    rest, sals = gdb.decode_line(location)
    if rest:
        raise gdb.GdbError("Junk at end of line specification: %s" % rest)
    return [sal.pc for sal in sals or ()]


def _decode(location: str) -> List[int]:
    """The addresses that LOCATION stands for."""
    if location.startswith("-"):
        raise gdb.GdbError("Function \"%s\" not defined." % location)
    try:
        if location.startswith("*"):
            return [_address(location[1:])]
        return _decode_linespec(location)
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None


def selected_pc() -> Optional[int]:
    """The selected frame's pc; None where there is none."""
    try:
        return gdb.selected_frame().pc()
    except gdb.error:
        return None


def _at(pc: int) -> List[Section]:
    return around(pc) or _of_line(pc) or near(pc)


def at_location(location: str) -> List[Section]:
    """The sections at LOCATION, a linespec, "*ADDRESS", or "" for the selected frame's pc.

    Those that hold the address; else those that start in its line; else those of the
    function.  Raises GdbError, also when there is none.
    """
    pc = selected_pc()
    if not location and pc is None:
        raise gdb.GdbError("No frame selected.")
    if not location and gdb.selected_thread() is not None:
        activity.read(gdb.selected_thread())  # it may be in a section that no table has
    places = _decode(location) if location else [pc]
    found = [section for pc in places for section in _at(pc)]
    if not found:
        raise gdb.GdbError("No rseq critical section at %s." % (location or "the pc"))
    return sorted(set(found), key=lambda section: section.start)


def function_names() -> Set[str]:
    """The names of the functions that have sections."""
    return {section.function for section in process.index() if section.function}


def function_and_file_names() -> Set[str]:
    """The same, and the names of the files that they are from, without their folders."""
    files = {section.filename.rpartition("/")[2] for section in process.index()}
    return function_names() | files - {""}
