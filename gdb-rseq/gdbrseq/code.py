# SPDX-License-Identifier: MIT
"""The code in memory around a thread, and where a breakpoint may stand in it."""

import gdb

from . import _csinfo
from .objfiles import process


# GDB's names of the architectures that can be decoded.
_TARGETS = {
    "i386": _csinfo.I386,
    "i386:x86-64": _csinfo.X86_64,
    "i386:x64-32": _csinfo.X32,
}


def target_here() -> _csinfo.Target:
    """What the selected inferior's code is for.  Raises CsinfoError."""
    name = gdb.selected_inferior().architecture().name()
    target = _TARGETS.get(name)
    if target is None:
        raise _csinfo.CsinfoError(_csinfo.Error.UNSUPPORTED, "can't decode %s code" % name)
    return target


def decode_here(pc: int) -> _csinfo.Insn:
    """The instruction in memory at PC.  Raises CsinfoError."""
    target = target_here()
    inferior = gdb.selected_inferior()
    for length in (15, 4, 2, 1):  # the end of the mapping may be near
        try:
            code = bytes(inferior.read_memory(pc, length))
        except gdb.MemoryError:
            continue
        return _csinfo.decode(pc, code, target)
    raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED, "no code at 0x%x" % pc)


def forbidden(pc: int) -> bool:
    """True where a breakpoint would break a section or kill the process."""
    return any(section.forbids(pc) for section in process.index().near(pc))
