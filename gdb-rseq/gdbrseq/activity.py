# SPDX-License-Identifier: MIT
"""What a thread is doing with its struct rseq: the data behind every view of it."""

from __future__ import annotations

import enum
from typing import NamedTuple

import gdb

from . import TYPE_CHECKING, selection, state, target, untabled
from .exits import WayOut, remaining
from .objfiles import Section, process
from .registration import Registration, Sources
from .state import Candidate, Descriptor, Fields, Registered

if TYPE_CHECKING:
    from typing import Dict, Iterable, Iterator, Optional, Tuple


class Situation(enum.Enum):
    """The state of a thread."""

    RUNNING = "(running)"
    UNKNOWN = "not known"
    NOT_REGISTERED = "not registered"
    FAILED = "registration failed"
    UNREADABLE = "unreadable"
    NONE = "none"
    INSIDE = "inside"
    STALE = "stale pointer"
    INVALID = "invalid descriptor"


class ThreadState(NamedTuple):
    """One thread at one stop.

    registration is None of a thread that runs; fields is None where there is no area or it
    can't be read; descriptor where rseq_cs is 0 or points to unreadable memory; section
    where the kernel would refuse the descriptor, for which problems gives the reasons.
    name is what the section is called, exits are those that remain to a thread inside.
    is_lost says that the kernel kills the process when the thread is resumed.
    """

    thread: gdb.InferiorThread
    situation: Situation
    registration: Optional[Registration] = None
    fields: Optional[Fields] = None
    pc: Optional[int] = None
    descriptor: Optional[Descriptor] = None
    section: Optional[Section] = None
    name: str = ""
    problems: Tuple[str, ...] = ()
    exits: Tuple[WayOut, ...] = ()
    is_lost: bool = False
    can_resume: bool = True  # False in a core file

    @property
    def is_inside(self) -> bool:
        """True when the kernel aborts the thread as it resumes."""
        return self.situation is Situation.INSIDE

    def words(self) -> str:
        """The state in words."""
        if self.situation is Situation.INSIDE:
            text = "inside %s, %d of %d bytes, %d exit%s left" % (
                self.name, self.pc - self.descriptor.start, self.descriptor.length,
                len(self.exits), "" if len(self.exits) == 1 else "s")
            return text + "; will abort when resumed" if self.can_resume else text
        if self.situation is Situation.STALE:
            return "stale pointer to %s" % self.name
        if self.situation is Situation.NOT_REGISTERED and not self.registration.by_kernel:
            return self.situation.value + ", as far as symbols tell"
        if self.situation is Situation.INVALID:
            text = "invalid descriptor at 0x%x: %s" % (
                self.fields.rseq_cs, self.problems[0])
            return text + "; will be killed when resumed" if self.is_lost else text
        return self.situation.value


_WITHOUT_AREA = {
    Registered.NO: Situation.NOT_REGISTERED,
    Registered.FAILED: Situation.FAILED,
    Registered.UNKNOWN: Situation.UNKNOWN,
}


class Reader:
    """Reads the state of threads of one inferior, which is selected."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior
        self._sources = Sources(inferior)
        connection = inferior.connection
        self._can_resume = connection is None or connection.type != "core"
        self._exits: Dict[Tuple[Section, int], Tuple[WayOut, ...]] = {}

    def read(self, thread: gdb.InferiorThread) -> ThreadState:
        """The state of THREAD; may select it."""
        if thread.is_running():
            return ThreadState(thread, Situation.RUNNING)
        registration = self._sources.of(thread)
        situation = _WITHOUT_AREA.get(registration.status)
        fields = self._fields(registration)
        if situation is None and fields is None:
            situation = Situation.UNREADABLE
        elif situation is None and fields.rseq_cs == 0:
            situation = Situation.NONE
        if situation is not None:
            return ThreadState(thread, situation, registration, fields)
        return self._active(thread, registration, fields)

    def _fields(self, registration: Registration) -> Optional[Fields]:
        if registration.address is None:
            return None
        data = self._sources.area_bytes(registration.address)
        if data is None:
            return None
        sources = self._sources
        known = data[:max(registration.size, state.FIRST_FEATURE_SIZE)]
        return state.decode_area(known, sources.feature_size, sources.order)

    def candidates(self, thread: gdb.InferiorThread) -> Tuple[Candidate, ...]:
        """Every area that symbols tell of, also where the kernel said which it uses."""
        return tuple(self._sources.candidates(thread))

    def _active(self, thread: gdb.InferiorThread, registration: Registration,
                fields: Fields) -> ThreadState:
        """The state of THREAD, whose rseq_cs is set."""
        pc = target.pc(thread)
        data = target.read(self._inferior, fields.rseq_cs, state.DESCRIPTOR_SIZE)
        if data is None:
            return ThreadState(thread, Situation.INVALID, registration, fields, pc,
                               problems=("it can't be read",), is_lost=self._can_resume,
                               can_resume=self._can_resume)
        descriptor = state.decode_descriptor(fields.rseq_cs, data, self._sources.order)
        wrong = state.problems(descriptor, self._signature(descriptor),
                               registration.signature, self._sources.address_bits)
        if wrong:
            # Kernels before 6.0 took some flags.
            is_lost = (self._can_resume and pc is not None and descriptor.holds(pc)
                       and len(wrong) > bool(descriptor.flags))
            return ThreadState(thread, Situation.INVALID, registration, fields, pc, descriptor,
                               problems=wrong, is_lost=is_lost, can_resume=self._can_resume)
        section = self._section(descriptor)
        situation, exits = Situation.STALE, ()
        if pc is None:
            situation = Situation.UNKNOWN
        elif descriptor.holds(pc):
            situation, exits = Situation.INSIDE, self._remaining(section, pc)
        return ThreadState(thread, situation, registration, fields, pc, descriptor, section,
                           section.location(), exits=exits, can_resume=self._can_resume)

    @staticmethod
    def _section(descriptor: Descriptor) -> Section:
        """The section of DESCRIPTOR; what is in memory counts, not what a table says."""
        section = process.index().with_descriptor(descriptor.address)
        if section is not None and (section.start, section.commit, section.abort) == (
                descriptor.start, descriptor.commit, descriptor.abort):
            return section
        return untabled.found.section(descriptor)

    def _remaining(self, section: Section, pc: int) -> Tuple[WayOut, ...]:
        known = self._exits.get((section, pc))
        if known is None:
            known = self._exits[section, pc] = remaining(section, pc)
        return known

    def _signature(self, descriptor: Descriptor) -> Optional[int]:
        """The bytes in front of abort_ip."""
        if descriptor.abort < state.SIGNATURE_SIZE:
            return None
        data = target.read(self._inferior, descriptor.abort - state.SIGNATURE_SIZE,
                           state.SIGNATURE_SIZE)
        return None if data is None else int.from_bytes(
            data, "little" if self._sources.order == "<" else "big")


def reader_for(thread: gdb.InferiorThread) -> Reader:
    """A Reader for THREAD's inferior, which is selected; under selection.kept()."""
    selection.select_inferior(thread.inferior)
    return Reader(thread.inferior)


def read_each(threads: Iterable[gdb.InferiorThread]) -> Iterator[ThreadState]:
    """The state of each of THREADS, in their order; selects others meanwhile.

    The caller holds selection.kept().
    """
    reader = None
    inferior = 0
    for thread in threads:
        if reader is None or thread.inferior.num != inferior:
            inferior = thread.inferior.num
            reader = reader_for(thread)
        yield reader.read(thread)


def read(thread: gdb.InferiorThread) -> ThreadState:
    """The state of THREAD; what the user has selected stays selected."""
    with selection.kept():
        return next(read_each([thread]))
