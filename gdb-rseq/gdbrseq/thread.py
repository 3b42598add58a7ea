# SPDX-License-Identifier: MIT
"""What the engine asks of the selected thread's struct rseq, and the one write to it."""

from __future__ import annotations

import struct

import gdb

from . import TYPE_CHECKING, target
from .objfiles import Section, process
from .target import is_native, selected_pc, selected_sp  # noqa: F401  (for the engine)

if TYPE_CHECKING:
    from typing import Optional

# struct rseq of include/uapi/linux/rseq.h
_RSEQ_CS_OFFSET = 8

# struct rseq_cs, without its flags
_DESCRIPTOR = struct.Struct("<I4xQQQ")


def _area() -> Optional[int]:
    """Where the selected thread's struct rseq is; None when it has none registered."""
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid():
        return None
    # What is in no section, as a plain stop, needs none of it.
    from .registration import Sources

    return Sources(gdb.selected_inferior()).address(thread)


def active_descriptor() -> int:
    """The selected thread's rseq_cs, 0 when it has none or it can't be read.

    The kernel clears the field lazily: not 0 does not mean inside.
    """
    area = _area()
    if area is None:
        return 0
    data = target.read(gdb.selected_inferior(), area + _RSEQ_CS_OFFSET, 8)
    return 0 if data is None else int.from_bytes(data, "little")


def active_section() -> Optional[Section]:
    """The active section that the selected thread stands in.

    Nothing of the thread but its pc is read where no section is at that.
    """
    pc = selected_pc(gdb.selected_thread())
    sections = [section for section in process.index().around(pc)
                if section.holds(pc) and not section.broken]
    descriptor = active_descriptor() if sections else 0
    return next((section for section in sections if section.descriptor == descriptor), None)


def is_intact(section: Optional[Section]) -> bool:
    """False when memory has another descriptor for SECTION than its file: the kernel may kill."""
    if section is None:
        return True
    data = target.read(gdb.selected_inferior(), section.descriptor, _DESCRIPTOR.size)
    return data is not None and _DESCRIPTOR.unpack(data) == (
        0, section.start, section.commit - section.start, section.abort)


def set_descriptor(address: int) -> None:
    """Have the kernel look at the descriptor at ADDRESS as the selected thread resumes.

    rseq_cs is the one field that a debugger may write.
    """
    area = _area()
    if area is not None:
        gdb.selected_inferior().write_memory(area + _RSEQ_CS_OFFSET,
                                             address.to_bytes(8, "little"))


def clear_descriptor() -> None:
    """Make the kernel forget the selected thread's section, as an abort does."""
    set_descriptor(0)


def forget_system_call() -> None:
    """Keep the kernel from backing up the pc, which was changed, to do a system call again.

    As amd64_linux_write_pc() and i386_linux_write_pc() of GDB, which `set var $pc' is not.
    """
    frame = gdb.newest_frame()
    for name in ("orig_rax", "orig_eax"):
        try:
            frame.read_register(name)
        except ValueError:
            continue  # the other architecture's
        gdb.execute("set var $%s = -1" % name)
