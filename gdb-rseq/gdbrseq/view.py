# SPDX-License-Identifier: MIT
"""From GDB's frames, blocks and line tables to what judge() wants to know."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .judge import Origin, View

if TYPE_CHECKING:
    from typing import List, Optional, Tuple

    from .judge import Line


def real_frame(frame: gdb.Frame) -> gdb.Frame:
    """The function's own frame around FRAME, which may be an inlined one.

    A tail call leaves no frame; GDB makes one up, which is never returned to.
    """
    while frame.type() in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
        frame = frame.older()
    return frame


# Bytes that a section may have pushed when a signal came; the kernel's frame is larger.
_PUSHED = 256


def handles_signal_at(sp: int) -> bool:
    """True in the handler of a signal that came when the stack pointer was about SP."""
    frame = gdb.newest_frame()
    while frame is not None:
        older = frame.older()
        if older is not None and frame.type() == gdb.SIGTRAMP_FRAME and (
                abs(int(older.read_register("sp")) - sp) <= _PUSHED):
            return True
        frame = older
    return False


def _line(sal: gdb.Symtab_and_line) -> Line:
    if sal.symtab is None or sal.line == 0:
        return None
    return (sal.symtab.filename, sal.line)


def functions_around(block: Optional[gdb.Block]) -> List[gdb.Block]:
    """Blocks of the function that has BLOCK, and of those inlined there, outermost first."""
    found: List[gdb.Block] = []
    while block is not None and not block.is_static and not block.is_global:
        if block.function is not None:
            found.append(block)
        block = block.superblock
    found.reverse()
    return found


def functions_at(pc: int) -> List[gdb.Block]:
    """Those of the function at PC, and of those inlined there."""
    return functions_around(gdb.current_progspace().block_for_pc(pc))


def inlined_at(pc: int) -> List[gdb.Block]:
    """Blocks of the inlined functions at PC, outermost first."""
    return functions_at(pc)[1:]


def extents(blocks: List[gdb.Block]) -> List[Tuple[int, int]]:
    """What can be compared of BLOCKS: GDB 13 can't do it with them."""
    return [(block.start, block.end) for block in blocks]


def call_line(block: gdb.Block) -> Line:
    """The line from which the inlined function of BLOCK is called."""
    return (block.function.symtab.filename, block.function.line)


def _depth(frame: gdb.Frame) -> int:
    depth = 0
    while frame.type() == gdb.INLINE_FRAME:
        depth += 1
        frame = frame.older()
    return depth


def skipped_blocks(frame: gdb.Frame) -> List[gdb.Block]:
    """Inlined functions that start at the pc and that GDB has not entered yet."""
    return inlined_at(frame.pc())[_depth(frame):]


def _is_inside(frame: gdb.Frame, outer: gdb.Frame) -> bool:
    """stepped_in_from() of infrun.c."""
    older = frame.older()
    while older is not None:
        if older == outer:
            return True
        if older.type() != gdb.INLINE_FRAME:
            return False
        older = older.older()
    return False


def _is_stmt(sal: gdb.Symtab_and_line, pc: int) -> bool:
    # linetable().line() gives the entries that start a statement, and only those.
    entries = sal.symtab.linetable().line(sal.line) or ()
    return any(entry.pc == pc for entry in entries)


def line_range(pc: int) -> Optional[Tuple[int, int]]:
    """[first, one past last) address of the line table entry at PC."""
    sal = gdb.current_progspace().find_pc_line(pc)
    if _line(sal) is None or sal.last is None:
        return None
    return (sal.pc, sal.last + 1)


def line_at(pc: int) -> Line:
    """The line to which the line table has PC."""
    return _line(gdb.current_progspace().find_pc_line(pc))


def has_line(pc: int) -> bool:
    """True when the line table knows PC."""
    return line_at(pc) is not None


def function_bounds(pc: int) -> Optional[Tuple[int, int]]:
    """[first, one past last) address of the (not inlined) function at PC."""
    block = gdb.current_progspace().block_for_pc(pc)
    found = None
    while block is not None and not block.is_static and not block.is_global:
        if block.function is not None:
            found = (block.start, block.end)
        block = block.superblock
    return found


def function_start(pc: int) -> Optional[int]:
    """Where the (not inlined) function at PC is entered; parts of it may stand below."""
    block = gdb.current_progspace().block_for_pc(pc)
    found = None
    while block is not None and not block.is_static and not block.is_global:
        found = block.function or found
        block = block.superblock
    return None if found is None else int(found.value().address)


def _until_end(pc: int, end: int) -> int:
    """END of the range of `until' at PC: with what follows of its line (infcmd.c)."""
    line = line_at(pc)
    while True:
        sal = gdb.current_progspace().find_pc_line(end)
        if _line(sal) != line or sal.last is None or _is_stmt(sal, sal.pc):
            return end
        end = sal.last + 1


def origin_here(mode: str, bounds: Optional[Tuple[int, int]]) -> Origin:
    """The Origin of a MODE command given now.

    BOUNDS are those of the function where the line table knows nothing (GDB steps
    such a function as if it were one line).
    """
    frame = gdb.newest_frame()
    pc = frame.pc()
    low, high = line_range(pc) or bounds or (pc, pc + 1)
    if mode == "until":
        low = function_start(pc) or low
        high = _until_end(pc, high) if line_range(pc) else pc + 1
    return Origin(mode, frame, real_frame(frame), _line(frame.find_sal()), low, high)


def view_here(origin: Origin) -> View:
    """Where the selected thread stands, as ORIGIN's command sees it."""
    frame = gdb.newest_frame()
    pc = frame.pc()
    sal = gdb.current_progspace().find_pc_line(pc)
    line = _line(sal)
    skipped = skipped_blocks(frame)
    inline = frame.type() == gdb.INLINE_FRAME
    return View(
        pc=pc, frame=frame, function=real_frame(frame), inline=inline,
        inside_origin=inline and _is_inside(frame, origin.frame),
        skipped_call=call_line(skipped[0]) if skipped else None,
        entered_nothing=not skipped, trampoline=frame.type() == gdb.SIGTRAMP_FRAME, line=line,
        entry=sal.pc if line else pc,
        end=sal.last + 1 if line and sal.last is not None else pc + 1,
        is_stmt=line is not None and _is_stmt(sal, pc))
