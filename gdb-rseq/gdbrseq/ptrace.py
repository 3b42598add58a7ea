# SPDX-License-Identifier: MIT
"""What the kernel says of a thread that GDB traces: native targets only.

Calls are made in GDB's main thread, which is the tracer, on a thread that is stopped.
Knows nothing of GDB.
"""

import ctypes
import platform
from dataclasses import dataclass
from typing import Optional

# include/uapi/linux/ptrace.h, <sys/ptrace.h>
_GET_RSEQ_CONFIGURATION = 0x420F
_GETREGS = 12
_GET_THREAD_AREA = 25

# struct user_regs_struct of <sys/user.h> on x86-64: 27 words; these are the ones used.
_REGISTERS = 27
_RIP, _CS, _RSP, _FS_BASE, _GS = 16, 17, 19, 21, 26

# arch/x86/include/asm/segment.h: __USER32_CS with its privilege level
_USER32_CS = 0x23

_IS_X86_64 = platform.machine() == "x86_64" and ctypes.sizeof(ctypes.c_void_p) == 8


class _Configuration(ctypes.Structure):
    """struct ptrace_rseq_configuration (include/uapi/linux/ptrace.h)."""

    _fields_ = [("pointer", ctypes.c_uint64), ("size", ctypes.c_uint32),
                ("signature", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("pad", ctypes.c_uint32)]


class _UserDesc(ctypes.Structure):
    """struct user_desc (arch/x86/include/uapi/asm/ldt.h)."""

    _fields_ = [("entry_number", ctypes.c_uint32), ("base_addr", ctypes.c_uint32),
                ("limit", ctypes.c_uint32), ("bits", ctypes.c_uint32)]


@dataclass(frozen=True)
class Configuration:
    """What a thread registered; pointer is 0 when it has nothing registered."""

    __slots__ = ("pointer", "size", "signature", "flags")
    pointer: int
    size: int
    signature: int
    flags: int


@dataclass(frozen=True)
class Registers:
    """The registers of a thread that say where it is.

    thread_pointer is None where the kernel does not tell.
    """

    __slots__ = ("pc", "sp", "thread_pointer")
    pc: int
    sp: int
    thread_pointer: Optional[int]


# PyDLL keeps the interpreter lock: the calls are short, and made at every stop.
_ptrace = ctypes.PyDLL(None).ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

_registers = (ctypes.c_uint64 * _REGISTERS)()
_registers_address = ctypes.addressof(_registers)


def rseq_configuration(lwp: int) -> Optional[Configuration]:
    """What LWP registered; None where the kernel (before 5.13) does not tell."""
    raw = _Configuration()
    if _ptrace(_GET_RSEQ_CONFIGURATION, lwp, ctypes.sizeof(raw), ctypes.addressof(raw)) < 0:
        return None
    return Configuration(raw.pointer, raw.size, raw.signature, raw.flags)


def registers(lwp: int) -> Optional[Registers]:
    """Where LWP is; None where this machine or thread can't be asked."""
    if not _IS_X86_64 or _ptrace(_GETREGS, lwp, None, _registers_address) != 0:
        return None
    if _registers[_CS] == _USER32_CS:
        thread_pointer = _thread_area(lwp, _registers[_GS] >> 3)
    else:
        thread_pointer = _registers[_FS_BASE]
    return Registers(_registers[_RIP], _registers[_RSP], thread_pointer)


def _thread_area(lwp: int, entry: int) -> Optional[int]:
    """Base of the segment in ENTRY of the thread's table: the thread pointer on i386."""
    raw = _UserDesc()
    if _ptrace(_GET_THREAD_AREA, lwp, entry, ctypes.addressof(raw)) < 0:
        return None
    return raw.base_addr
