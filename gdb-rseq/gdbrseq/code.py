# SPDX-License-Identifier: MIT
"""The code in memory around a thread, and where a breakpoint may stand in it."""

from typing import Iterator, Optional

import gdb

from . import _csinfo
from .objfiles import Section, process
from .traps import user_breakpoint_in
from .view import function_start, has_line, line_range


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


def section_at_store(pc: int) -> Optional[Section]:
    """The section whose STORE stands at PC."""
    for section in process.index().near(pc):
        if not section.broken and section.flow.store == pc:
            return section
    return None


def forbidden(pc: int) -> bool:
    """True where a breakpoint would break a section or kill the process."""
    return any(section.forbids(pc) for section in process.index().near(pc))


def harmless_address(pc: int) -> Optional[int]:
    """Another address of the function at PC, as GDB's `next' would want it.

    One with a line if PC has one (else GDB talks of a function without lines), not
    in a section, and without a breakpoint of the user.  None when there is none.
    """
    wants_line = has_line(pc)
    function = function_start(pc)

    def fits(address: Optional[int]) -> bool:
        return (address is not None and address != pc and not forbidden(address)
                and has_line(address) == wants_line and function_start(address) == function
                and not user_breakpoint_in(address, address + 1))

    return next(filter(fits, _candidates(pc)), None)


def _candidates(pc: int) -> Iterator[Optional[int]]:
    for section in process.index().near(pc):
        yield from (gate.address for gate in section.flow.gates)
        yield section.commit
        yield from (exit_.address for exit_ in section.flow.exits)
    yield from line_range(pc) or ()
    yield function_start(pc)
    address = pc
    for _ in range(16):
        try:
            address += decode_here(address).length
        except _csinfo.CsinfoError:
            return
        yield address
