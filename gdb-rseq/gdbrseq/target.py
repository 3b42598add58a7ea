# SPDX-License-Identifier: MIT
"""What can be asked of any target: native, remote or a core file.

Where the target is native the kernel is asked: GDB selects a thread and unwinds a frame
to answer, which costs more than the rest of a command over many threads.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, ptrace, selection

if TYPE_CHECKING:
    from typing import Optional, Tuple

_ADDRESS_MASK = 0xFFFFFFFFFFFFFFFF

_CORE_LINE = r"(?m)^Core file: `(.*)', file type .*\.$"


def is_native(inferior: Optional[gdb.Inferior] = None) -> bool:
    """True when INFERIOR (the selected one) is a process of this machine that GDB traces."""
    if inferior is None:
        inferior = gdb.selected_inferior()
    connection = inferior.connection
    return inferior.pid != 0 and connection is not None and connection.type == "native"


# The thread that was asked last, and its LWP where it is native.  A thread never changes
# its target, and is asked at each step.
_asked: Tuple[Optional[gdb.InferiorThread], Optional[int]] = (None, None)


def _lwp(thread: gdb.InferiorThread) -> Optional[int]:
    """What the kernel calls THREAD; None when it can't be asked."""
    global _asked
    if _asked[0] is not thread:
        _asked = (thread, thread.ptid[1] if is_native(thread.inferior) else None)
    return _asked[1]


def selected_pc(selected: gdb.InferiorThread) -> int:
    """The pc of the SELECTED thread.  Raises gdb.error without a frame."""
    lwp = _lwp(selected)
    known = None if lwp is None else ptrace.pc(lwp)
    return gdb.newest_frame().pc() if known is None else known


def selected_sp(selected: gdb.InferiorThread) -> int:
    """Its stack pointer, likewise."""
    lwp = _lwp(selected)
    known = None if lwp is None else ptrace.sp(lwp)
    return int(gdb.newest_frame().read_register("sp")) if known is None else known


def pc(thread: gdb.InferiorThread) -> Optional[int]:
    """Where THREAD, which is stopped, stands; may select it.  None when not known."""
    if is_native(thread.inferior):
        known = ptrace.pc(thread.ptid[1])
        if known is not None:
            return known
    try:
        thread.switch()
        return gdb.newest_frame().pc()
    except gdb.error:
        return None


def thread_pointer(thread: gdb.InferiorThread) -> Optional[int]:
    """THREAD's thread pointer, which is stopped; may select it.  None when not known."""
    if is_native(thread.inferior):
        known = ptrace.thread_pointer(thread.ptid[1])
        if known is not None:
            return known
    try:
        thread.switch()
        if thread.inferior.architecture().name() == "i386:x86-64":
            return int(gdb.newest_frame().read_register("fs_base")) & _ADDRESS_MASK
    except (gdb.error, ValueError):  # ValueError: the target description has none
        return None
    if not thread.inferior.architecture().name().startswith("i386"):
        return None
    return _thread_area(thread) or _handle(thread)


def _thread_area(thread: gdb.InferiorThread) -> Optional[int]:
    """The base of the segment in $gs of THREAD, which is selected, in a core file.

    The kernel writes that to its own; GDB has no $gs_base for i386.
    """
    connection = thread.inferior.connection
    if connection is None or connection.type != "core":
        return None
    from . import corefile  # which little else needs

    file = re.search(_CORE_LINE, gdb.execute("maint info sections .none", to_string=True))
    areas = corefile.thread_areas(file[1]).get(thread.ptid[1]) if file else None
    try:
        return areas.get(int(gdb.newest_frame().read_register("gs")) >> 3) if areas else None
    except (gdb.error, ValueError):
        return None


def _handle(thread: gdb.InferiorThread) -> Optional[int]:
    """The pthread_t, which on x86 is the thread pointer; libthread_db knows it."""
    try:
        return int.from_bytes(thread.handle(), "little") or None
    except (RuntimeError, NotImplementedError):  # gdb.error is a RuntimeError
        return None


def evaluate(expression: str) -> int:
    """C's EXPRESSION in the selected thread, whatever language it runs.  Raises gdb.error."""
    with selection.c_language():
        return int(gdb.parse_and_eval(expression))


def integer(expression: str) -> Optional[int]:
    """The same, None when a symbol or its memory is missing."""
    try:
        return evaluate(expression)
    except gdb.error:
        return None


def auxiliary(key: int) -> Optional[int]:
    """The entry KEY (AT_*) of the selected inferior's auxiliary vector."""
    inferior = gdb.selected_inferior()
    if is_native(inferior):
        bits = 32 if inferior.architecture().name() == "i386" else 64
        known = ptrace.auxiliary(inferior.pid, bits)  # the command takes 5 ms
        if known is not None:
            return known.get(key)
    try:
        text = gdb.execute("info auxv", to_string=True)
    except gdb.error:
        return None
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == str(key):
            return int(words[-1], 0)
    return None


def read(inferior: gdb.Inferior, address: int, size: int) -> Optional[bytes]:
    """SIZE bytes of INFERIOR's memory; None where they can't be read."""
    try:
        return bytes(inferior.read_memory(address, size))
    except (gdb.error, OverflowError, ValueError, MemoryError):
        return None
