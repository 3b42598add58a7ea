# SPDX-License-Identifier: MIT
"""One thread's struct rseq (include/uapi/linux/rseq.h)."""

import ctypes
import struct
from dataclasses import dataclass
from typing import Optional

import gdb

# include/uapi/linux/ptrace.h
_PTRACE_GET_RSEQ_CONFIGURATION = 0x420F

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


def _area_from_kernel(lwp: int) -> Optional[Area]:
    """Ask the kernel; works on a native target only, on a thread that is stopped."""
    configuration = _Configuration()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    done = libc.ptrace(_PTRACE_GET_RSEQ_CONFIGURATION, lwp,
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


def _is_native() -> bool:
    connection = gdb.selected_inferior().connection
    return connection is not None and connection.type == "native"


def area() -> Optional[Area]:
    """The selected thread's area, None when nothing tells of one."""
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid():
        return None
    if _is_native():
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
