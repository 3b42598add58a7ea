# SPDX-License-Identifier: MIT
"""The code in memory around a thread, and where a breakpoint may stand in it."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo
from .objfiles import process

if TYPE_CHECKING:
    from typing import List


_LITTLE, _BIG = 1, 2  # ELFDATA2LSB, ELFDATA2MSB
_EF_ARM_BE8 = 0x00800000
_EF_MIPS_ARCH_R6 = {"32r6": 0x90000000, "64r6": 0xa0000000}
_CPSR_T = 0x20  # Thumb

# What GDB's names of architectures begin with, ELF's e_machine, and the bits of a pointer
# (0: the name does not say).
_MACHINES = (("i386:x86-64", 62, 64), ("i386:x64-32", 62, 32), ("i386", 3, 32),
             ("aarch64:ilp32", 183, 32), ("aarch64", 183, 64), ("arm", 40, 32),
             ("powerpc:common64", 21, 64), ("powerpc", 20, 32), ("s390:64-bit", 22, 64),
             ("s390", 22, 32), ("mips", 8, 0), ("riscv:rv32", 243, 32), ("riscv", 243, 64))
_ARM = 40


def _byte_order(architecture: gdb.Architecture) -> int:
    one = gdb.Value(b"\1\0", architecture.integer_type(16, False))
    return _LITTLE if int(one) == 1 else _BIG


def _elf_flags(name: str, machine: int, byte_order: int) -> int:
    if machine == _ARM and byte_order == _BIG:
        return _EF_ARM_BE8  # the only big-endian kind since ARMv6
    return next((flags for end, flags in _EF_MIPS_ARCH_R6.items() if name.endswith(end)), 0)


def _pointer_bits() -> int:
    return 8 * int(gdb.parse_and_eval("(char *) 0").type.sizeof)


def target_here() -> _csinfo.Target:
    """What the selected inferior's code is for.  Raises CsinfoError."""
    architecture = gdb.selected_inferior().architecture()
    name = architecture.name()
    for start, machine, bits in _MACHINES:
        if name.startswith(start):
            byte_order = _byte_order(architecture)
            return _csinfo.Target(machine, 2 if (bits or _pointer_bits()) == 64 else 1,
                                  byte_order, _elf_flags(name, machine, byte_order))
    raise _csinfo.CsinfoError(_csinfo.Error.UNSUPPORTED, "can't decode %s code" % name)


def _is_thumb(target: _csinfo.Target) -> bool:
    """Whether the selected thread runs Thumb code."""
    if target.machine != _ARM:
        return False
    return bool(int(gdb.newest_frame().read_register("cpsr")) & _CPSR_T)


def _code(pc: int) -> bytes:
    """At least one instruction's bytes in memory at PC.  Raises CsinfoError."""
    inferior = gdb.selected_inferior()
    for length in (15, 4, 2, 1):  # the end of the mapping may be near
        try:
            return bytes(inferior.read_memory(pc, length))
        except gdb.MemoryError:
            continue
    raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED, "no code at 0x%x" % pc)


def decode_here(pc: int) -> _csinfo.Insn:
    """The instruction in memory at PC, of the kind that the selected thread runs.

    Raises CsinfoError.
    """
    target = target_here()
    return _csinfo.decode(pc | _is_thumb(target), _code(pc), target)._replace(address=pc)


def written_here(pc: int) -> List[str]:
    """The registers that the instruction at PC changes, and "memory".  Raises CsinfoError."""
    target = target_here()
    return _csinfo.written(pc | _is_thumb(target), _code(pc), target)


def forbidden(pc: int) -> bool:
    """True where a breakpoint would break a section or kill the process."""
    return any(section.forbids(pc) for section in process.index().near(pc))
