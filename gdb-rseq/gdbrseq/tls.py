# SPDX-License-Identifier: MIT
"""Where a thread-local variable is, and what it held when its thread began.

GDB's Python tells neither its file nor the place in it; two commands do.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

import gdb

from . import TYPE_CHECKING, _csinfo, target
from .objfiles import elf_sections
from .table import open_table

if TYPE_CHECKING:
    from typing import Iterator, Optional

# Of a variable with debug information, and of one without: there the load address of
# the file has been added to the offset.
_DEBUG = (r"is a thread-local variable at offset 0x(?P<offset>[0-9a-f]+) in the"
          r" thread-local storage for `(?P<file>.*)'\.$")
_NO_DEBUG = r"is at 0x(?P<address>[0-9a-f]+) in a file compiled without debugging\.$"

_ADDRESS_MASK = 0xFFFFFFFFFFFFFFFF

# <elf.h>: the tag DT_FLAGS, and the flag of a library whose place is fixed in every thread.
_DT_FLAGS = 30
_DF_STATIC_TLS = 0x10

# include/uapi/linux/auxvec.h, and <elf.h>: the program headers and the one of TLS
_AT_PHDR, _AT_PHENT, _AT_PHNUM = 3, 4, 5
_PT_TLS = 7

# Of an Elf32_Phdr and an Elf64_Phdr, by size: p_type, p_vaddr, p_memsz, p_align
_PROGRAM_HEADERS = {32: struct.Struct("<I4xI8xI4xI"), 56: struct.Struct("<I12xQ16xQQ")}


class _Image(NamedTuple):
    """What of a file's thread-local storage does not begin as zeros."""

    file: str
    address: int
    size: int


class _Place(NamedTuple):
    """Where a variable is told to be.

    offset is from the beginning of the file's thread-local storage, initial the address of
    what is there at first, 0 where that is zeros.
    """

    file: str
    offset: int
    initial: int

    @property
    def is_of_program(self) -> bool:
        """True in the program itself, as opposed to a library."""
        return self.file == gdb.current_progspace().filename


def _images() -> Iterator[_Image]:
    for file, _, start, end in elf_sections((".tdata",)):
        yield _Image(file, start, end - start)


def _with_debug(file: str, offset: int) -> _Place:
    for image in _images():
        if image.file == file and offset < image.size:
            return _Place(file, offset, image.address + offset)
    return _Place(file, offset, 0)


def _without_debug(address: int) -> Optional[_Place]:
    """The same for the sum of a file's load address and an offset; None when not known."""
    for image in _images():
        try:
            linked = open_table(image.file).section_address(".tdata")
        except (OSError, _csinfo.CsinfoError):
            continue
        if linked is None:
            continue
        offset = address - (image.address - linked)
        if 0 <= offset < image.size:
            return _Place(image.file, offset, image.address + offset)
    return None


def _place(symbol: str) -> Optional[_Place]:
    """Where thread-local SYMBOL is told to be, None when that is not known."""
    try:
        text = gdb.execute("info address " + symbol, to_string=True).strip()
    except gdb.error:
        return None
    match = re.search(_DEBUG, text)
    if match:
        return _with_debug(match["file"], int(match["offset"], 16))
    match = re.search(_NO_DEBUG, text)
    return _without_debug(int(match["address"], 16)) if match else None


def _has_static_flag(file: str) -> bool:
    """DF_STATIC_TLS of FILE, as loaded."""
    size = gdb.lookup_type("void").pointer().sizeof
    inferior = gdb.selected_inferior()
    for name, _, start, end in elf_sections((".dynamic",)):
        data = target.read(inferior, start, end - start) if name == file else None
        for tag, value in struct.iter_unpack("<QQ" if size == 8 else "<II", data or b""):
            if tag == _DT_FLAGS:
                return bool(value & _DF_STATIC_TLS)
    return False


def _program_storage() -> Optional[int]:
    """How far in front of a thread's pointer the program's thread-local storage begins.

    The ABI of x86: linkers have put it into the code ("variant II", local exec).
    """
    address, size, count = map(target.auxiliary, (_AT_PHDR, _AT_PHENT, _AT_PHNUM))
    header = _PROGRAM_HEADERS.get(size or 0)
    if address is None or count is None or header is None:
        return None
    data = target.read(gdb.selected_inferior(), address, header.size * min(count, 64))
    for kind, start, length, alignment in header.iter_unpack(data or b""):
        if kind == _PT_TLS and alignment and start % alignment == 0:
            return -(-length // alignment) * alignment
    return None


def initial_word(inferior: gdb.Inferior, symbol: str, offset: int) -> Optional[int]:
    """The 32 bits at OFFSET in thread-local SYMBOL as a thread begins; None when not known."""
    place = _place(symbol)
    if place is None:
        return None
    if place.initial == 0:
        return 0
    data = target.read(inferior, place.initial + offset, 4)
    return None if data is None else int.from_bytes(data, "little")


class Variable:
    """A thread-local variable, or a MEMBER of one, of one inferior during one command.

    To ask GDB costs a walk over all threads on some targets.  In the program itself, and
    in a library that says so, a variable is as far from every thread's pointer; there GDB
    is asked once.
    """

    def __init__(self, symbol: str, member: str = "") -> None:
        self._symbol = symbol
        self._is_whole = not member
        self._expression = "(unsigned long) &%s%s" % (symbol, member)
        self._absent = False
        self._is_fixed: Optional[bool] = None
        self._offset: Optional[int] = None

    @property
    def exists(self) -> bool:
        """True when a symbol has the name; known once an address was asked for."""
        return not self._absent

    def address(self, thread: gdb.InferiorThread, base: Optional[int]) -> Optional[int]:
        """Where THREAD's is, None when it has none; may select THREAD.

        BASE is its thread pointer, None where that is not known.
        """
        if self._absent:
            return None
        if self._offset is not None:
            return (base + self._offset) & _ADDRESS_MASK if base else None
        found = self._ask(thread)
        if found is not None and base and self._fixed():
            self._offset = (found - base) & _ADDRESS_MASK
        if found is None and base and not self._absent:
            found = self._compute(base)
        return found

    def _compute(self, base: int) -> Optional[int]:
        """The same without libthread_db, which a static or foreign C library has not."""
        place = _place(self._symbol)
        if place is None or not self._is_whole or not place.is_of_program:
            return None
        storage = _program_storage()
        if storage is None:
            return None
        self._offset = (place.offset - storage) & _ADDRESS_MASK
        return (base + self._offset) & _ADDRESS_MASK

    def _ask(self, thread: gdb.InferiorThread) -> Optional[int]:
        thread.switch()
        try:
            return target.evaluate(self._expression)
        except gdb.error as error:
            # "Cannot find thread-local storage ...": another thread may have it.
            self._absent = not str(error).startswith("Cannot ")
            return None

    def _fixed(self) -> bool:
        if self._is_fixed is None:
            place = _place(self._symbol)
            self._is_fixed = place is not None and (
                place.is_of_program or _has_static_flag(place.file))
        return self._is_fixed
