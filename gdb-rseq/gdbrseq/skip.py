# SPDX-License-Identifier: MIT
"""The ways out of a section: where to trap them, and what each of them means."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo, recording, thread
from .code import decode_here
from .objfiles import Section, process
from .view import real_frame

if TYPE_CHECKING:
    from typing import Callable, Dict, Iterator, List, Set, Tuple

    from .traps import Place


class Refused(Exception):
    """A section whose exits can't all be known, with the reason for the user."""


def check_known(section: Section) -> None:
    """Raise Refused unless every way out of SECTION is known."""
    if section.broken:
        raise Refused("its descriptor is not valid")
    flags = section.flow.flags
    if flags & _csinfo.FlowFlag.INDIRECT:
        raise Refused("it has an indirect jump, so where it leaves is not known")
    if flags & _csinfo.FlowFlag.UNDECODED:
        raise Refused("its code can't be decoded, so where it leaves is not known")


def return_trap(levels: int = 1) -> Tuple[int, Callable[[], bool]]:
    """Where the newest real frame, or the one LEVELS - 1 above it, returns; and a test."""
    wanted = real_frame(gdb.newest_frame())
    for _ in range(levels):
        caller = wanted.older()
        if caller is None:
            raise Refused("it returns, and the caller is not known")
        wanted = real_frame(caller)
    return wanted.pc(), lambda: real_frame(gdb.newest_frame()) == wanted


def _behind_signature(section: Section, address: int) -> int:
    """Where control arrives next when it arrives on signature bytes."""
    for _ in range(4):
        if not section.abort - 4 <= address < section.abort:
            return address
        try:
            insn = decode_here(address)
        except _csinfo.CsinfoError:
            break
        if insn.kind == _csinfo.InsnKind.JUMP and insn.target is not None:
            address = insn.target
        elif insn.kind == _csinfo.InsnKind.PLAIN:
            address += insn.length
        else:
            break
    raise Refused("it leaves onto the signature of its abort handler")


class Exits:
    """The ways out of one section, and of those it enters directly.

    PLACES is where traps catch them.
    """

    def __init__(self, section: Section) -> None:
        """Raises Refused."""
        if recording.is_under_way():
            raise Refused("GDB records each instruction, which aborts it (record stop)")
        self.section = section
        self._by_address: Dict[int, _csinfo.Exit] = {}
        self._todo: List[Section] = [section]
        self._seen: Set[int] = {section.start}
        self.places: List[Place] = []
        while self._todo:
            current = self._todo.pop()
            check_known(current)
            for exit_ in current.flow.exits:
                self.places.extend(self._places(current, exit_))

    def _places(self, section: Section, exit_: _csinfo.Exit) -> Iterator[Place]:
        """Where a trap catches EXIT_, if it is not inside another section."""
        if exit_.kind == _csinfo.ExitKind.RETURN:
            place = return_trap()
            self._by_address[place[0]] = exit_
            yield place
            return
        address = exit_.address
        if exit_.flags & _csinfo.ExitFlag.ON_SIGNATURE:
            address = _behind_signature(section, address)
        if not self._enters_section(address) and address not in self._by_address:
            self._by_address[address] = exit_
            yield address, None

    def _enters_section(self, address: int) -> bool:
        """True when ADDRESS is STORE or inside of a section; its exits count then."""
        for other in process.index().near(address):
            if other.armed_from <= address < other.commit:
                if other.start not in self._seen:
                    self._seen.add(other.start)
                    self._todo.append(other)
                return True
        return False

    def leads_to(self, address: int) -> bool:
        """Is it one of them?"""
        return address in self._by_address

    def outcome(self, address: int) -> str:
        """What is known of the way out at ADDRESS, in words."""
        exit_ = self._by_address.get(address)
        if exit_ is None:
            return "left for 0x%x" % address
        to_commit = exit_.flags & _csinfo.ExitFlag.TO_COMMIT
        if exit_.kind == _csinfo.ExitKind.COMMIT:
            return "reached its commit address" if to_commit else "committed"
        if exit_.kind == _csinfo.ExitKind.ABORT:
            # The kernel clears rseq_cs as it aborts; a branch leaves it in place.
            branched = thread.active_descriptor() == self.section.descriptor
            return "branched to its abort handler" if branched else "aborted"
        if exit_.kind == _csinfo.ExitKind.DECLARED:
            return "left by its exit point 0x%x" % address
        if exit_.kind == _csinfo.ExitKind.RETURN:
            return "returned"
        if to_commit:
            return "branched to its commit address"
        return "left by an undeclared branch to 0x%x" % address
