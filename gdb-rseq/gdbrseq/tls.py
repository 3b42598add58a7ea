# SPDX-License-Identifier: MIT
"""What a thread-local variable held when its thread began, as its file says.

GDB's Python tells neither the file nor the place in it; two commands do.
"""

import re
from typing import Iterator, NamedTuple, Optional

import gdb

from . import _csinfo, target
from .objfiles import elf_sections
from .table import open_table

# Of a variable with debug information, and of one without: there the load address of
# the file has been added to the offset.
_DEBUG = re.compile(r"is a thread-local variable at offset 0x(?P<offset>[0-9a-f]+) in the"
                    r" thread-local storage for `(?P<file>.*)'\.$")
_NO_DEBUG = re.compile(r"is at 0x(?P<address>[0-9a-f]+) in a file compiled without debugging\.$")


class _Image(NamedTuple):
    """What of a file's thread-local storage does not begin as zeros."""

    file: str
    address: int
    size: int


def _images() -> Iterator[_Image]:
    for file, _, start, end in elf_sections((".tdata",)):
        yield _Image(file, start, end - start)


def _with_debug(file: str, offset: int) -> Optional[int]:
    """Address of the initial value; 0 where it is zeros."""
    for image in _images():
        if image.file == file:
            return image.address + offset if offset < image.size else 0
    return 0


def _without_debug(address: int) -> Optional[int]:
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
            return image.address + offset
    return None


def initial_word(inferior: gdb.Inferior, symbol: str, offset: int) -> Optional[int]:
    """The 32 bits at OFFSET in thread-local SYMBOL as a thread begins; None when not known."""
    try:
        text = gdb.execute("info address " + symbol, to_string=True).strip()
    except gdb.error:
        return None
    match = _DEBUG.search(text)
    if match:
        address = _with_debug(match["file"], int(match["offset"], 16))
    else:
        match = _NO_DEBUG.search(text)
        address = _without_debug(int(match["address"], 16)) if match else None
    if not address:
        return address
    data = target.read(inferior, address + offset, 4)
    return None if data is None else int.from_bytes(data, "little")
