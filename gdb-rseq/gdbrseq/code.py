# SPDX-License-Identifier: MIT
"""The code in memory around a thread, and where a breakpoint may stand in it."""

import gdb

from . import _csinfo
from .objfiles import process


def decode_here(pc: int) -> _csinfo.Insn:
    """The instruction in memory at PC.  Raises CsinfoError."""
    inferior = gdb.selected_inferior()
    for length in (15, 4, 2, 1):  # the end of the mapping may be near
        try:
            code = bytes(inferior.read_memory(pc, length))
        except gdb.MemoryError:
            continue
        return _csinfo.decode(pc, code, _csinfo.EM_X86_64)
    raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED, "no code at 0x%x" % pc)


def forbidden(pc: int) -> bool:
    """True where a breakpoint would break a section or kill the process."""
    return any(section.forbids(pc) for section in process.index().near(pc))
