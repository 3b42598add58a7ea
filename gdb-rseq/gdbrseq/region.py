# SPDX-License-Identifier: MIT
"""Where can a thread leave a range of code?  Pure decoding, without GDB."""

from dataclasses import dataclass, field
from typing import Callable, List, Set

from . import _csinfo

# Instructions looked at before a region is called too large to fence.
_WORK_LIMIT = 4096

_HAS_TARGET = frozenset((_csinfo.InsnKind.JUMP, _csinfo.InsnKind.BRANCH))


@dataclass
class Region:
    """The edges of a range, as seen from one address in it."""

    edges: Set[int] = field(default_factory=set)  # addresses outside that it leads to
    stops: Set[int] = field(default_factory=set)  # inside: where it can't be followed
    calls: Set[int] = field(default_factory=set)  # inside: calls not to be run over
    returns: bool = False  # it can return to its caller
    gates: Set[int] = field(default_factory=set)  # inside: what leads to a forbidden address


class _Walk:
    def __init__(self, inside: Callable[[int], bool], forbidden: Callable[[int], bool],
                 decode: Callable[[int], _csinfo.Insn], stop_at_calls: bool) -> None:
        self.inside = inside
        self.forbidden = forbidden
        self.decode = decode
        self.stop_at_calls = stop_at_calls
        self.region = Region()
        self.todo: List[int] = []
        self.seen: Set[int] = set()

    def arrive(self, source: int, target: int) -> None:
        """Control goes from SOURCE to TARGET."""
        if self.forbidden(target):
            self.region.gates.add(source)
        elif not self.inside(target):
            self.region.edges.add(target)
        elif target not in self.seen:
            self.seen.add(target)
            self.todo.append(target)

    def visit(self, pc: int) -> None:
        """Follow the instruction at PC."""
        try:
            insn = self.decode(pc)
        except _csinfo.CsinfoError:
            self.region.stops.add(pc)
            return
        if insn.kind == _csinfo.InsnKind.CALL and self.stop_at_calls:
            self.region.calls.add(pc)
            return
        if insn.kind == _csinfo.InsnKind.RETURN:
            self.region.returns = True
        elif insn.kind in (_csinfo.InsnKind.INDIRECT_JUMP, _csinfo.InsnKind.TRAP):
            self.region.stops.add(pc)
        if insn.goes_on:
            self.arrive(pc, insn.next)
        if insn.kind in _HAS_TARGET and insn.target is not None:
            self.arrive(pc, insn.target)


def explore(start: int, inside: Callable[[int], bool], forbidden: Callable[[int], bool],
            decode: Callable[[int], _csinfo.Insn], stop_at_calls: bool) -> Region:
    """The edges of the code that START reaches as long as INSIDE(address) holds.

    Addresses where FORBIDDEN(address) holds are not entered: what leads there is a
    gate.  DECODE raises CsinfoError for bytes that are no instruction.
    """
    walk = _Walk(inside, forbidden, decode, stop_at_calls)
    walk.seen.add(start)
    walk.todo.append(start)
    while walk.todo:
        if len(walk.seen) > _WORK_LIMIT:
            walk.region.stops.update(walk.todo)
            break
        walk.visit(walk.todo.pop())
    return walk.region
