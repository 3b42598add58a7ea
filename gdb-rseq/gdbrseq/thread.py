# SPDX-License-Identifier: MIT
"""One thread's struct rseq (include/uapi/linux/rseq.h)."""

import ctypes
import platform
import struct
from dataclasses import dataclass
from typing import Optional, Tuple

import gdb

# include/uapi/linux/ptrace.h
_PTRACE_GET_RSEQ_CONFIGURATION = 0x420F

# <sys/ptrace.h>, and struct user_regs_struct of <sys/user.h> on x86-64
_PTRACE_GETREGS = 12
_registers = (ctypes.c_uint64 * 27)()
_registers_address = ctypes.addressof(_registers)
_RIP = 16
_RSP = 19
_IS_X86_64 = platform.machine() == "x86_64"

# include/uapi/linux/rseq.h: cpu_id_start, cpu_id, rseq_cs, flags
_HEAD = struct.Struct("=IIQI")
_RSEQ_CS_OFFSET = 8

# include/uapi/linux/rseq.h: enum rseq_cpu_id_state
CPU_ID_UNINITIALIZED = 0xFFFFFFFF
CPU_ID_REGISTRATION_FAILED = 0xFFFFFFFE


class _Configuration(ctypes.Structure):
    """struct ptrace_rseq_configuration (include/uapi/linux/ptrace.h)."""

    _fields_ = [("pointer", ctypes.c_uint64), ("size", ctypes.c_uint32),
                ("signature", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("pad", ctypes.c_uint32)]


@dataclass(frozen=True)
class Area:
    """Where a thread's struct rseq is; `source` says who told: kernel or glibc."""

    address: int
    size: int
    source: str


@dataclass(frozen=True)
class State:
    """What a thread's struct rseq holds at this stop."""

    area: Area
    cpu_id_start: int
    cpu_id: int
    rseq_cs: int
    flags: int


# PyDLL keeps the interpreter lock: the calls are short, and made at every stop.
_ptrace = ctypes.PyDLL(None).ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _area_from_kernel(lwp: int) -> Optional[Area]:
    """Ask the kernel; works on a native target only, on a thread that is stopped."""
    configuration = _Configuration()
    done = _ptrace(_PTRACE_GET_RSEQ_CONFIGURATION, lwp,
                   ctypes.sizeof(configuration), ctypes.addressof(configuration))
    if done < 0 or configuration.pointer == 0:
        return None
    return Area(configuration.pointer, configuration.size, "kernel")


def _area_from_glibc() -> Optional[Area]:
    """glibc 2.35 and later: __rseq_offset from the thread pointer, __rseq_size."""
    try:
        size = int(gdb.parse_and_eval("*(unsigned int *) &__rseq_size"))
        offset = int(gdb.parse_and_eval("*(long *) &__rseq_offset"))
        base = int(gdb.parse_and_eval("(unsigned long) $fs_base"))
    except gdb.error:
        return None
    if size == 0:
        return None
    return Area((base + offset) & 0xFFFFFFFFFFFFFFFF, max(size, 32), "glibc")


_native_pid = 0  # of the process last seen to be native


def is_native() -> bool:
    """True when the selected inferior is a process of this machine that GDB traces."""
    global _native_pid
    inferior = gdb.selected_inferior()
    if inferior.pid == _native_pid and _native_pid:
        return True
    connection = inferior.connection
    if connection is None or connection.type != "native":
        return False
    _native_pid = inferior.pid
    return True


def registers(selected: gdb.InferiorThread) -> Tuple[int, int]:
    """The pc and stack pointer of the SELECTED thread.

    Asks the kernel where it can: GDB unwinds a frame to tell, which costs a fifth of a
    `next' at every stop.  Raises gdb.error when there is no frame.
    """
    if _IS_X86_64 and is_native():
        if _ptrace(_PTRACE_GETREGS, selected.ptid[1], None, _registers_address) == 0:
            return _registers[_RIP], _registers[_RSP]
    frame = gdb.newest_frame()
    return frame.pc(), int(frame.read_register("sp"))


def area() -> Optional[Area]:
    """The selected thread's area, None when nothing tells of one."""
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid():
        return None
    if is_native():
        found = _area_from_kernel(thread.ptid[1])
        if found is not None:
            return found
    return _area_from_glibc()


def state() -> Optional[State]:
    """The selected thread's struct rseq, None when there is none or it can't be read."""
    where = area()
    if where is None:
        return None
    try:
        memory = gdb.selected_inferior().read_memory(where.address, _HEAD.size)
    except gdb.error:
        return None
    return State(where, *_HEAD.unpack(bytes(memory)))


def active_descriptor() -> int:
    """The selected thread's rseq_cs, 0 when it has none.

    The kernel clears the field lazily: not 0 does not mean inside.
    """
    now = state()
    return 0 if now is None else now.rseq_cs


def clear_descriptor() -> None:
    """Make the kernel forget the selected thread's section, as an abort does.

    rseq_cs is the one field that a debugger may write.
    """
    where = area()
    if where is not None:
        gdb.selected_inferior().write_memory(where.address + _RSEQ_CS_OFFSET, bytes(8))
