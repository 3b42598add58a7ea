# SPDX-License-Identifier: MIT
"""Which ways out of a critical section remain to a thread inside it."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from . import _csinfo
from .code import decode_here
from .objfiles import Section
from .region import explore

_WORDS = {
    _csinfo.ExitKind.COMMIT: "commit",
    _csinfo.ExitKind.ABORT: "abort",
    _csinfo.ExitKind.DECLARED: "declared exit",
    _csinfo.ExitKind.BRANCH: "undeclared branch",
}


@dataclass(frozen=True)
class WayOut:
    """One exit; address is None where it is not known."""

    address: Optional[int]
    words: str


def _kinds(section: Section) -> Dict[int, _csinfo.ExitKind]:
    try:
        return {each.address: each.kind for each in section.flow.exits
                if each.address is not None}
    except _csinfo.CsinfoError:
        return {section.commit: _csinfo.ExitKind.COMMIT, section.abort: _csinfo.ExitKind.ABORT}


def remaining(section: Section, pc: int) -> Tuple[WayOut, ...]:
    """The exits of SECTION that code leads to from PC, and the kernel's to abort_ip."""
    region = explore(pc, section.holds, lambda address: False, decode_here, False)
    kinds = _kinds(section)
    ways: List[WayOut] = [
        WayOut(address, _WORDS[kinds.get(address, _csinfo.ExitKind.BRANCH)])
        for address in sorted(region.edges | {section.abort})]
    if region.returns:
        ways.append(WayOut(None, "return"))
    if region.stops:
        ways.append(WayOut(None, "where the code can't be followed"))
    return tuple(ways)
