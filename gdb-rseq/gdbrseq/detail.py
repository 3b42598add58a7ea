# SPDX-License-Identifier: MIT
"""What `info rseq thread' prints: one thread's struct rseq in full."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, selection, state
from .activity import Situation, ThreadState, reader_for
from .info import decimal, hexadecimal
from .registration import UNKNOWN_OWNER, Registration
from .selection import thread_id
from .state import Candidate, Registered
from .style import Style

if TYPE_CHECKING:
    from typing import Iterator, List, Optional

_BY_KERNEL = " (the kernel says so)"
_IN_NO_SECTION = "in no critical section"


def _symbolic(address: int, style: Style) -> str:
    """ADDRESS as GDB prints one, and its source line."""
    text = style.address(gdb.format_address(address))
    sal = gdb.current_progspace().find_pc_line(address)
    if sal.symtab is None or sal.line == 0:
        return text
    file = style.filename(sal.symtab.filename.rpartition("/")[2])
    return "%s at %s:%d" % (text, file, sal.line)


def _known(value: Optional[int]) -> str:
    return "not known" if value is None else "0x%x" % value


def _registration(found: Registration) -> Iterator[str]:
    """Who registered what, and who says so."""
    by = _BY_KERNEL if found.by_kernel else ""
    if found.status is Registered.YES and found.who == UNKNOWN_OWNER:
        yield " registered%s, no symbol tells by whom" % by
    elif found.status is Registered.YES:
        yield " registered by %s%s" % (found.who, by)
    elif found.status is Registered.MAYBE:
        yield " registered by %s, or not at all: its cpu_id may be the initial value" % found.who
    elif found.by_kernel:
        yield " %s%s" % (found.status.value, by)
    if found.address is not None:
        yield " struct rseq at 0x%x, %d bytes, signature %s, registration flags %s" % (
            found.address, found.size, _known(found.signature), _known(found.flags))


def _candidate(each: Candidate) -> str:
    if each.refused:
        why = "__rseq_size is 0"
    elif each.cpu_id is None:
        why = "can't be read"
    elif each.cpu_id == state.CPU_ID_UNINITIALIZED:
        why = "cpu_id is -1, not registered"
    elif each.has_failed:
        why = "cpu_id is -2, registration failed"
    else:
        why = "cpu_id is %d" % each.cpu_id
    if each.refcount is not None:
        why += ", its reference count is %d" % each.refcount
    return " not in use: %s at 0x%x, %s" % (each.who, each.address, why)


def _fields(now: ThreadState) -> Iterator[str]:
    fields = now.fields
    if fields.start_is_cpu:
        yield " cpu_id_start %d" % fields.cpu_id_start
    else:
        yield (" cpu_id_start 0x%x: no CPU number, the program keeps something else there"
               " (as tcmalloc does)" % fields.cpu_id_start)
    yield " cpu_id %s, node_id %s, mm_cid %s, flags 0x%x, slice_ctrl %s" % (
        decimal(fields.cpu_id), decimal(fields.node_id), decimal(fields.mm_cid), fields.flags,
        hexadecimal(fields.slice_ctrl))
    yield " rseq_cs 0x%x" % fields.rseq_cs


def _descriptor(now: ThreadState, style: Style) -> Iterator[str]:
    descriptor = now.descriptor
    if descriptor is None:
        return
    origin = "read from memory, in no table"
    if now.section is not None and now.section.filename:
        origin = "in %s" % style.filename(now.section.filename)
    yield " struct rseq_cs at 0x%x, %s:" % (descriptor.address, origin)
    yield "  version %d, flags 0x%x, post_commit_offset %d" % (
        descriptor.version, descriptor.flags, descriptor.length)
    yield "  start_ip %s" % _symbolic(descriptor.start, style)
    yield "  commit   %s" % _symbolic(descriptor.commit, style)
    yield "  abort_ip %s" % _symbolic(descriptor.abort, style)


def _validity(now: ThreadState) -> Iterator[str]:
    for problem in now.problems:
        yield "  not valid: %s" % problem
    if now.descriptor is not None and not now.problems:
        words = "valid"
        if now.registration.signature is None:
            words += ", if its signature is the registered one"
        if now.descriptor.length == 0:
            words += ", but empty: no thread is ever inside"
        yield "  " + words


def _exits(now: ThreadState, style: Style) -> Iterator[str]:
    if not now.is_inside:
        return
    yield " exits left from pc %s:" % _symbolic(now.pc, style)
    for way in now.exits:
        place = "" if way.address is None else " %s" % _symbolic(way.address, style)
        yield "  %s%s" % (way.words, place)


def _lines(now: ThreadState, others: List[Candidate]) -> Iterator[str]:
    words = _IN_NO_SECTION if now.situation is Situation.NONE else now.words()
    yield "Thread %s: %s" % (thread_id(now.thread), words)
    if now.registration is None:
        return
    style = Style()
    yield from _registration(now.registration)
    yield from map(_candidate, others)
    if now.fields is not None:
        yield from _fields(now)
        yield from _descriptor(now, style)
        yield from _validity(now)
        yield from _exits(now, style)


def thread(which: gdb.InferiorThread) -> List[str]:
    """The lines of `info rseq thread' for WHICH."""
    with selection.kept():
        reader = reader_for(which)
        now = reader.read(which)
        others: List[Candidate] = []
        if now.registration is not None:
            address: Optional[int] = now.registration.address
            others = [each for each in reader.candidates(which) if each.address != address]
        return list(_lines(now, others))
