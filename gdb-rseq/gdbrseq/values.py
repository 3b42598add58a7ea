# SPDX-License-Identifier: MIT
"""What the convenience functions say of the selected thread's struct rseq.

They are called for conditions of breakpoints, so nothing is read that is not asked for.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, state, target
from .registration import Sources
from .state import Registered

if TYPE_CHECKING:
    from typing import Optional


def _area() -> Optional[int]:
    """Where struct rseq is; None when the thread has none.  Raises GdbError if not known."""
    thread = gdb.selected_thread()
    if thread is None:
        return None
    sources = Sources(gdb.selected_inferior())
    found = sources.address(thread)
    if found is None and sources.of(thread).status in (Registered.MAYBE, Registered.UNKNOWN):
        raise gdb.GdbError("It is not known which struct rseq the thread has registered.")
    return found


def _read(address: int, size: int) -> bytes:
    data = target.read(gdb.selected_inferior(), address, size)
    if data is None:
        raise gdb.GdbError("Cannot access memory at address 0x%x" % address)
    return data


def _rseq_cs(area: Optional[int]) -> int:
    return 0 if area is None else int.from_bytes(_read(area + state.RSEQ_CS_OFFSET, 8), "little")


def _pointer(address: int, *names: str) -> gdb.Value:
    """ADDRESS as a pointer to the first struct of NAMES that debug info has, else to void.

    They are the kernel's, librseq's and tcmalloc's.
    """
    kind = gdb.lookup_type("void")
    for name in names:
        try:
            kind = gdb.lookup_type("struct " + name)
            break
        except gdb.error:
            pass
    return gdb.Value(address).cast(kind.pointer())


def area() -> gdb.Value:
    """The struct rseq; a null pointer without one."""
    return _pointer(_area() or 0, "rseq", "rseq_abi", "kernel_rseq")


def rseq_cs() -> gdb.Value:
    """What its rseq_cs points to; a null pointer for none."""
    return _pointer(_rseq_cs(_area()), "rseq_cs", "rseq_abi_cs", "kernel_rseq_cs")


def cpu_id() -> int:
    """Its cpu_id; without one what the kernel would say of that."""
    where = _area()
    if where is not None:
        return int.from_bytes(_read(where + state.CPU_ID_OFFSET, 4), "little", signed=True)
    thread = gdb.selected_thread()
    if thread is not None:
        if Sources(gdb.selected_inferior()).of(thread).status is Registered.FAILED:
            return state.CPU_ID_REGISTRATION_FAILED - (1 << 32)
    return state.CPU_ID_UNINITIALIZED - (1 << 32)


def in_cs() -> int:
    """1 inside a critical section that the kernel aborts when the thread is resumed."""
    address = _rseq_cs(_area())
    pc = target.pc(gdb.selected_thread()) if address else None
    if pc is None:
        return 0
    data = _read(address, state.DESCRIPTOR_SIZE)
    return int(state.decode_descriptor(address, data).holds(pc))
