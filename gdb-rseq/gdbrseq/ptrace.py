# SPDX-License-Identifier: MIT
"""What the kernel says of a thread that GDB traces, and a signal to one: native targets only.

Calls are made in GDB's main thread, which is the tracer, on a thread that is stopped.
Knows nothing of GDB.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections import namedtuple

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Dict, Optional

# include/uapi/linux/ptrace.h, <sys/ptrace.h>
_GET_RSEQ_CONFIGURATION = 0x420F
_PEEKUSER = 3
_GET_THREAD_AREA = 25

# Offsets in struct user of <sys/user.h> on x86-64, which begins with 27 registers.
_RIP, _CS, _RSP, _FS_BASE, _GS = 16 * 8, 17 * 8, 19 * 8, 21 * 8, 26 * 8

# arch/x86/include/asm/segment.h: __USER32_CS with its privilege level
_USER32_CS = 0x23

_IS_X86_64 = os.uname().machine == "x86_64" and ctypes.sizeof(ctypes.c_void_p) == 8


class _Configuration(ctypes.Structure):
    """struct ptrace_rseq_configuration (include/uapi/linux/ptrace.h)."""

    _fields_ = [("pointer", ctypes.c_uint64), ("size", ctypes.c_uint32),
                ("signature", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("pad", ctypes.c_uint32)]


class _UserDesc(ctypes.Structure):
    """struct user_desc (arch/x86/include/uapi/asm/ldt.h)."""

    _fields_ = [("entry_number", ctypes.c_uint32), ("base_addr", ctypes.c_uint32),
                ("limit", ctypes.c_uint32), ("bits", ctypes.c_uint32)]


class Configuration(namedtuple("Configuration", "pointer size signature flags")):
    """What a thread registered; pointer is 0 when it has nothing registered."""

    __slots__ = ()
    pointer: int
    size: int
    signature: int
    flags: int


# PyDLL keeps the interpreter lock: the calls are short, and made at every stop.
_ptrace = ctypes.PyDLL(None).ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


try:
    _tgkill = ctypes.PyDLL(None).tgkill
except AttributeError:  # glibc before 2.30
    _tgkill = None


def send_signal(pid: int, lwp: int, number: int) -> None:
    """Send signal NUMBER to LWP of process PID.

    One that is for the whole process any of its threads may take, and show it behind a step
    of this one, or not before the next command.
    """
    if _tgkill is None:
        os.kill(pid, number)
    else:
        _tgkill(pid, lwp, number)


def auxiliary(pid: int, bits: int) -> Optional[Dict[int, int]]:
    """The auxiliary vector of process PID, a program of BITS; None where it can't be read."""
    try:
        with open("/proc/%d/auxv" % pid, "rb") as file:
            raw = file.read()
    except OSError:
        return None
    entry = struct.Struct("=QQ" if bits == 64 else "=II")
    return dict(entry.iter_unpack(raw[:len(raw) // entry.size * entry.size])) or None


def rseq_configuration(lwp: int) -> Optional[Configuration]:
    """What LWP registered; None where the kernel (before 5.13) does not tell."""
    raw = _Configuration()
    if _ptrace(_GET_RSEQ_CONFIGURATION, lwp, ctypes.sizeof(raw), ctypes.addressof(raw)) < 0:
        return None
    return Configuration(raw.pointer, raw.size, raw.signature, raw.flags)


def _register(lwp: int, offset: int) -> Optional[int]:
    """The word of LWP at OFFSET of struct user; no register asked for here can be -1."""
    value = _ptrace(_PEEKUSER, lwp, offset, None) if _IS_X86_64 else -1
    return None if value == -1 else value


def pc(lwp: int) -> Optional[int]:
    """Where LWP is; None where this machine or thread can't be asked."""
    return _register(lwp, _RIP)


def sp(lwp: int) -> Optional[int]:
    """Its stack pointer, likewise."""
    return _register(lwp, _RSP)


def thread_pointer(lwp: int) -> Optional[int]:
    """Its thread pointer, likewise."""
    selector = _register(lwp, _CS)
    if selector != _USER32_CS:
        return None if selector is None else _register(lwp, _FS_BASE)
    entry = _register(lwp, _GS)
    return None if entry is None else _thread_area(lwp, entry >> 3)


def _thread_area(lwp: int, entry: int) -> Optional[int]:
    """Base of the segment in ENTRY of the thread's table: the thread pointer on i386."""
    raw = _UserDesc()
    if _ptrace(_GET_THREAD_AREA, lwp, entry, ctypes.addressof(raw)) < 0:
        return None
    return raw.base_addr
