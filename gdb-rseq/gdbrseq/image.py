# SPDX-License-Identifier: MIT
"""An ELF file of one critical section that is in no file, for what only reads files."""

from __future__ import annotations

import struct
from typing import NamedTuple

from . import TYPE_CHECKING
from ._csinfo import CsinfoError, Error, Target

if TYPE_CHECKING:
    from typing import List, Sequence, Tuple

    Piece = Tuple[int, bytes]  # an address and what is there

_EXEC, _PROGBITS, _SYMTAB, _STRTAB, _LOAD, _FUNC = 2, 1, 2, 3, 1, 2
_ALLOC_WRITE, _ALLOC_CODE = 3, 6  # flags of sections
_READ_WRITE, _READ_CODE = 6, 5  # and of segments


class _Header(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int = 0
    info: int = 0
    align: int = 1
    entry: int = 0


class _Image:
    """The file as it is put together: its headers are those of TARGET."""

    def __init__(self, target: Target, pieces: int) -> None:
        self._target = target
        self._order = "<" if target.byte_order == 1 else ">"
        self._wide = target.elf_class == 2
        self._sizes = (64, 56, 64) if self._wide else (52, 32, 40)  # e_ehsize, of p and sh
        self._data = bytearray(self._sizes[0] + pieces * self._sizes[1])
        self._names = bytearray(b"\0")
        self._segments: List[bytes] = []
        self._sections: List[_Header] = [_Header(0, 0, 0, 0, 0, 0, align=0)]

    def _pack(self, narrow: str, wide: str, *values: int) -> bytes:
        return struct.pack(self._order + (wide if self._wide else narrow), *values)

    def name(self, text: str) -> int:
        """Where TEXT is in the table of names."""
        place = len(self._names)
        self._names += text.encode() + b"\0"
        return place

    def load(self, name: str, piece: Piece, is_code: bool) -> None:
        """PIECE as a section and a segment."""
        address, data = piece
        offset, size = len(self._data), len(data)
        flags = _READ_CODE if is_code else _READ_WRITE
        place = (offset, address, address, size, size)
        self._segments.append(
            self._pack("8I", "2I6Q", _LOAD, flags, *place, 1) if self._wide
            else self._pack("8I", "", _LOAD, *place, flags, 1))
        self._sections.append(_Header(self.name(name), _PROGBITS,
                                      _ALLOC_CODE if is_code else _ALLOC_WRITE,
                                      address, offset, size, align=1 if is_code else 32))
        self._data += data

    def function(self, name: str, address: int, size: int) -> None:
        """The symbol of a function in the first piece."""
        text = self.name(name)
        blank = self._pack("IIIBBH", "IBBHQQ", *[0] * 6)
        values = ((text, _FUNC, 0, 1, address, size) if self._wide
                  else (text, address, size, _FUNC, 0, 1))
        data = blank + self._pack("IIIBBH", "IBBHQQ", *values)
        self._sections.append(_Header(self.name(".symtab"), _SYMTAB, 0, 0, len(self._data),
                                      len(data), link=len(self._sections) + 1, info=1,
                                      entry=len(blank)))
        self._data += data

    def finish(self) -> bytes:
        """The whole file."""
        name = self.name(".strtab")
        self._sections.append(_Header(name, _STRTAB, 0, 0, len(self._data), len(self._names)))
        self._data += self._names
        ehsize, phsize, shsize = self._sizes
        table = len(self._data)
        for header in self._sections:
            self._data += self._pack("10I", "2I4Q2I2Q", *header)
        ident = b"\x7fELF" + bytes((self._target.elf_class, self._target.byte_order, 1))
        header = ident.ljust(16, b"\0") + self._pack(
            "HHIIIIIHHHHHH", "HHIQQQIHHHHHH", _EXEC, self._target.machine, 1, 0, ehsize, table,
            self._target.elf_flags, ehsize, phsize, len(self._segments), shsize,
            len(self._sections), len(self._sections) - 1)
        front = header + b"".join(self._segments)
        self._data[:len(front)] = front
        return bytes(self._data)


def build(target: Target, code: Sequence[Piece], descriptor: Piece,
          function: Tuple[str, int, int]) -> bytes:
    """The file for TARGET with CODE and DESCRIPTOR at their addresses.

    FUNCTION: the name, address and size of that in the first of CODE; of no size if not known.
    Raises CsinfoError where an address is none of the machine's.
    """
    image = _Image(target, len(code) + 1)
    try:
        for piece in code:
            image.load(".text", piece, True)
        image.load("__rseq_cs", descriptor, False)
        if function[2]:
            image.function(*function)
        return image.finish()
    except struct.error:
        raise CsinfoError(Error.MALFORMED, "it is beyond the addresses of the machine") from None
