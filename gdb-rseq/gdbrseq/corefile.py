# SPDX-License-Identifier: MIT
"""The thread areas in a core file of an i386 process, which GDB's Python does not tell.

Pure: knows no GDB.  The file is not trusted.
"""

from __future__ import annotations

import functools
import os
import struct

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO, Dict, Iterator, Tuple

    Areas = Dict[int, Dict[int, int]]

# <elf.h>
_IDENT = b"\x7fELF\x01\x01"  # ELFCLASS32, ELFDATA2LSB
_ET_CORE = 4
_PT_NOTE = 4
_NT_PRSTATUS = 1
_NT_386_TLS = 0x200

# Of an Elf32_Ehdr: e_type, e_phoff, e_phentsize, e_phnum; of an Elf32_Phdr: p_type, p_offset,
# p_filesz; an Elf32_Nhdr; a struct user_desc: entry_number, base_addr, limit, flags.
_HEADER = struct.Struct("<16xH10xI10xHH6x")
_SEGMENT = struct.Struct("<II8xI12x")
_NOTE = struct.Struct("<III")
_AREA = struct.Struct("<IIII")

# pr_pid in the struct elf_prstatus of i386
_PID_OFFSET = 24


def thread_areas(path: str) -> Areas:
    """For each LWP in the core file PATH the bases of its segments by their number in the GDT.

    Empty where the file is none of i386 or can't be read.
    """
    try:
        status = os.stat(path)
        return _thread_areas(path, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError):
        return {}


@functools.lru_cache(maxsize=4)
def _thread_areas(path: str, _changed: int, size: int) -> Areas:
    found: Areas = {}
    lwp = None
    with open(path, "rb") as file:
        for kind, data in _notes(file, size):
            if kind == _NT_PRSTATUS and len(data) >= _PID_OFFSET + 4:
                lwp = int.from_bytes(data[_PID_OFFSET:_PID_OFFSET + 4], "little")
            elif kind == _NT_386_TLS and lwp is not None:
                whole = data[:len(data) // _AREA.size * _AREA.size]
                found[lwp] = {entry: base for entry, base, _, _ in _AREA.iter_unpack(whole)}
    return found


def _notes(file: BinaryIO, file_size: int) -> Iterator[Tuple[int, bytes]]:
    """Type and contents of each note of FILE, which has FILE_SIZE bytes, in their order."""
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_IDENT):
        return
    kind, place, size, count = _HEADER.unpack(header)
    if kind != _ET_CORE or size != _SEGMENT.size:
        return
    file.seek(place)
    table = file.read(size * count)
    for kind, offset, length in _SEGMENT.iter_unpack(table[:len(table) // size * size]):
        if kind == _PT_NOTE:
            file.seek(offset)
            yield from _split(file.read(min(length, file_size)))


def _split(data: bytes) -> Iterator[Tuple[int, bytes]]:
    at = 0
    while len(data) - at >= _NOTE.size:
        name, length, kind = _NOTE.unpack_from(data, at)
        at += _NOTE.size + (name + 3) // 4 * 4
        yield kind, data[at:at + length]
        at += (length + 3) // 4 * 4
