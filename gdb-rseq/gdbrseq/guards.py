# SPDX-License-Identifier: MIT
"""Where a user's breakpoint inside a section stops instead: at the gates before it."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo
from .approach import branches, usable_gates
from .code import decode_here
from .objfiles import Section
from .traps import StandIn, asker

if TYPE_CHECKING:
    from typing import Callable, Container, Optional, Tuple

# Condition codes of x86 (Intel's manual, volume 1, appendix B): the even ones; the
# odd ones are their negations.
_CARRY, _PARITY, _ZERO, _SIGN, _OVERFLOW = 0x1, 0x4, 0x40, 0x80, 0x800
_X86_CODES: Tuple[Callable[[int], bool], ...] = (
    lambda flags: bool(flags & _OVERFLOW),
    lambda flags: bool(flags & _CARRY),
    lambda flags: bool(flags & _ZERO),
    lambda flags: bool(flags & (_CARRY | _ZERO)),
    lambda flags: bool(flags & _SIGN),
    lambda flags: bool(flags & _PARITY),
    lambda flags: bool(flags & _SIGN) != bool(flags & _OVERFLOW),
    lambda flags: bool(flags & _ZERO) or bool(flags & _SIGN) != bool(flags & _OVERFLOW),
)


def x86_takes(code: bytes, flags: int) -> Optional[bool]:
    """Does the conditional jump CODE jump with FLAGS?  None when that is not known."""
    if 0x70 <= code[0] <= 0x7F:
        number = code[0] & 0xF
    elif code[0] == 0x0F and 0x80 <= code[1] <= 0x8F:
        number = code[1] & 0xF
    else:
        return None
    return _X86_CODES[number >> 1](flags) != bool(number & 1)


def leads_to(address: int, wanted: Container[int]) -> bool:
    """True when the selected thread, at the branch at ADDRESS, goes on to one WANTED, or may."""
    insn = decode_here(address)
    if not gdb.selected_inferior().architecture().name().startswith("i386"):
        return True
    code = bytes(gdb.selected_inferior().read_memory(address, insn.length))
    takes = x86_takes(code, int(gdb.newest_frame().read_register("eflags")))
    return takes is None or (insn.target if takes else insn.next) in wanted


def misses(address: int, wanted: Container[int]) -> bool:
    """True when the selected thread, at ADDRESS, is known to go on to none WANTED."""
    return branches(address) and not leads_to(address, wanted)


class Guard(StandIn):
    """Stands on a gate for a breakpoint behind it; GDB itself evaluates its condition.

    Made in the program SPACE that is the current one.
    """

    def __init__(self, address: int, kind: int, stands_for: int) -> None:
        super().__init__(address, kind, stands_for)
        self.space = gdb.current_progspace()
        self.counted = 0  # of hit_count
        self.ignoring = 0  # what ignore_count was then


class AskingGuard(Guard):
    """One whose arrival ARRIVED judges, condition and all."""

    def __init__(self, address: int, kind: int, stands_for: int,
                 arrived: Callable[["AskingGuard"], bool]) -> None:
        super().__init__(address, kind, stands_for)
        self.stop = asker(lambda: arrived(self))


def why_not(section: Section) -> Optional[str]:
    """Why no guard can stand before SECTION, None when one can."""
    try:
        flow = section.flow
    except _csinfo.CsinfoError as error:
        return str(error)
    if flow.store is None:
        return "the store that arms it was not found"
    if not flow.gates:
        return "what leads to the store that arms it is not known"
    if not any(usable_gates(section)):
        return "it is entered from inside another section"
    return None
