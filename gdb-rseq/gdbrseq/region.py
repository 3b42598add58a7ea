# SPDX-License-Identifier: MIT
"""Where can a thread leave a range of code?  Pure decoding, without GDB."""

from __future__ import annotations

from typing import NamedTuple

from . import TYPE_CHECKING, _csinfo

if TYPE_CHECKING:
    from typing import AbstractSet, Callable, Iterable, List, Optional, Set

    # The ways out of what is run through from a forbidden address; None: it may not be.
    Through = Callable[[int], Optional[Iterable[int]]]

# Instructions looked at before a region is called too large to fence.
_WORK_LIMIT = 4096

_HAS_TARGET = frozenset((_csinfo.InsnKind.JUMP, _csinfo.InsnKind.BRANCH))


class Region(NamedTuple):
    """The edges of a range, as seen from one address in it."""

    edges: AbstractSet[int] = frozenset()  # addresses outside that it leads to
    stops: AbstractSet[int] = frozenset()  # inside: where it can't be followed
    calls: AbstractSet[int] = frozenset()  # inside: calls not to be run over
    gates: AbstractSet[int] = frozenset()  # inside: what leads to a forbidden address
    returns: bool = False  # it can return to its caller
    exits: AbstractSet[int] = frozenset()  # outside: where what was run through leads

    def ends(self) -> AbstractSet[int]:
        """Where it has to be stopped, but for a return."""
        return self.edges | self.stops | self.calls | self.gates | self.exits


class _Walk:
    def __init__(self, inside: Callable[[int], bool], forbidden: Callable[[int], bool],
                 decode: Callable[[int], _csinfo.Insn], stop_at_calls: bool,
                 through: Through) -> None:
        self.inside = inside
        self.forbidden = forbidden
        self.decode = decode
        self.stop_at_calls = stop_at_calls
        self.through = through
        self.edges: Set[int] = set()
        self.exits: Set[int] = set()
        self.stops: Set[int] = set()
        self.calls: Set[int] = set()
        self.gates: Set[int] = set()
        self.returns = False
        self.todo: List[int] = []
        self.seen: Set[int] = set()

    def arrive(self, source: int, target: int) -> None:
        """Control goes from SOURCE to TARGET."""
        if self.forbidden(target):
            self.enter(source, target)
        elif not self.inside(target):
            self.edges.add(target)
        else:
            self.find(target)

    def find(self, target: int) -> None:
        """TARGET is inside."""
        if target not in self.seen:
            self.seen.add(target)
            self.todo.append(target)

    def enter(self, source: int, target: int) -> None:
        """TARGET is forbidden."""
        exits = self.through(target)
        if exits is None:
            self.gates.add(source)
            return
        for each in exits:
            if self.inside(each):
                self.find(each)
            else:
                self.exits.add(each)

    def visit(self, pc: int) -> None:
        """Follow the instruction at PC."""
        try:
            insn = self.decode(pc)
        except _csinfo.CsinfoError:
            self.stops.add(pc)
            return
        if insn.kind == _csinfo.InsnKind.CALL and self.stop_at_calls:
            self.calls.add(pc)
            return
        if insn.kind == _csinfo.InsnKind.RETURN:
            self.returns = True
        elif insn.kind in (_csinfo.InsnKind.INDIRECT_JUMP, _csinfo.InsnKind.TRAP):
            self.stops.add(pc)
        if insn.goes_on:
            self.arrive(pc, insn.next)
        if insn.kind in _HAS_TARGET and insn.target is not None:
            self.arrive(pc, insn.target)


def explore(start: int, inside: Callable[[int], bool], forbidden: Callable[[int], bool],
            decode: Callable[[int], _csinfo.Insn], stop_at_calls: bool,
            through: Through = lambda address: None) -> Region:
    """The edges of the code that START reaches as long as INSIDE(address) holds.

    Addresses where FORBIDDEN(address) holds are not entered: what leads there is a
    gate, unless THROUGH(address) says where it comes out.  DECODE raises CsinfoError for
    bytes that are no instruction.
    """
    walk = _Walk(inside, forbidden, decode, stop_at_calls, through)
    walk.seen.add(start)
    walk.todo.append(start)
    while walk.todo:
        if len(walk.seen) > _WORK_LIMIT:
            walk.stops.update(walk.todo)
            break
        walk.visit(walk.todo.pop())
    return Region(walk.edges, walk.stops, walk.calls, walk.gates, walk.returns, walk.exits)
