# SPDX-License-Identifier: MIT
"""Which ways out of a critical section remain to a thread inside it."""

from __future__ import annotations

from typing import NamedTuple

from . import TYPE_CHECKING, _csinfo
from .code import decode_here
from .objfiles import Section
from .region import explore

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

_WORDS = {
    _csinfo.ExitKind.COMMIT: "commit",
    _csinfo.ExitKind.ABORT: "abort",
    _csinfo.ExitKind.DECLARED: "declared exit",
    _csinfo.ExitKind.BRANCH: "undeclared branch",
}


class WayOut(NamedTuple):
    """One exit; address is None where it is not known."""

    address: Optional[int]
    words: str


def _kinds(section: Section) -> Dict[int, _csinfo.ExitKind]:
    kinds = {section.commit: _csinfo.ExitKind.COMMIT, section.abort: _csinfo.ExitKind.ABORT}
    try:
        exits = section.flow.exits
    except _csinfo.CsinfoError:
        return kinds
    for each in exits:
        if each.address is not None:
            kinds[each.address] = each.kind
    return kinds


def _stop(pc: int) -> str:
    """What the code does at PC, where it can't be followed; "" where it goes nowhere."""
    try:
        kind = decode_here(pc).kind
    except _csinfo.CsinfoError:
        return "bytes that are no instruction"
    if kind == _csinfo.InsnKind.TRAP:
        return ""
    return "indirect jump" if kind == _csinfo.InsnKind.INDIRECT_JUMP else "more code"


def remaining(section: Section, pc: int) -> Tuple[WayOut, ...]:
    """The exits of SECTION that code leads to from PC, and the kernel's to abort_ip."""
    region = explore(pc, section.holds, lambda address: False, decode_here, False)
    kinds = _kinds(section)
    ways: List[WayOut] = [
        WayOut(address, _WORDS[kinds.get(address, _csinfo.ExitKind.BRANCH)])
        for address in sorted(region.edges | {section.abort})]
    if region.returns:
        ways.append(WayOut(None, "return"))
    ways.extend(WayOut(None, words) for words in sorted(set(map(_stop, region.stops))) if words)
    return tuple(ways)
