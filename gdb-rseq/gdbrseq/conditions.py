# SPDX-License-Identifier: MIT
"""Can a condition be evaluated before the section, and mean what it says?"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, _csinfo
from .code import decode_here, written_here
from .objfiles import Section
from .spots import Spot

if TYPE_CHECKING:
    from typing import Dict, FrozenSet, Iterable, Optional, Set

_NAME = r"\$([A-Za-z_][A-Za-z_0-9]*)"
_STRING = r'"(?:[^"\\]|\\.)*"'
_PC = frozenset(("pc", "rip", "eip", "ip"))

# The parts and wholes of x86's registers, as one name.
_LEGACY = {"ax": "rax", "bx": "rbx", "cx": "rcx", "dx": "rdx", "si": "rsi", "di": "rdi",
           "bp": "rbp", "sp": "rsp", "fp": "rbp"}
_HALF = r"^([abcd])[lh]$"
_EXTENDED = r"^e(ax|bx|cx|dx|si|di|bp|sp)$"
_LOW = r"^(si|di|bp|sp)l$"
_NUMBERED = r"^(r(?:8|9|1[0-5]))[dwlb]$"
_VECTOR = r"^[xyz]mm(\d+)h?$"

_CALL = "a call"  # may change any register
_UNKNOWN = "what can't be decoded"


def whole(register: str) -> str:
    """The register that REGISTER is a part of: ecx is in rcx."""
    for pattern, name in ((_HALF, "r%sx"), (_EXTENDED, "r%s"), (_LOW, "r%s"),
                          (_NUMBERED, "%s"), (_VECTOR, "vector %s")):
        match = re.match(pattern, register)
        if match:
            return name % match.group(1)
    if register in ("eflags", "rflags", "flags"):
        return "eflags"
    return _LEGACY.get(register, register)


def _changed_by(address: int) -> FrozenSet[str]:
    """What the instruction at ADDRESS changes."""
    if decode_here(address).kind == _csinfo.InsnKind.CALL:
        return frozenset((_CALL,))
    return frozenset(whole(name) for name in written_here(address))


def changed_before(section: Section, address: int) -> Set[str]:
    """What is changed on the way from a gate of SECTION to ADDRESS, or may be."""
    store = section.flow.store
    at = store if store is not None else section.start
    end = address
    changes: Dict[int, FrozenSet[str]] = {}
    try:
        for gate in section.flow.gates:
            changes[gate.address] = _changed_by(gate.address)
        while at < section.commit:
            insn = decode_here(at)
            changes[at] = _changed_by(at) - ({"memory"} if at == store else set())
            if insn.target is not None and insn.target <= address <= at:
                end = max(end, at + 1)  # a loop: what stands behind may come before
            at += insn.length
    except _csinfo.CsinfoError:
        return {_UNKNOWN}
    gates = {gate.address for gate in section.flow.gates}
    return set().union(*(what for where, what in changes.items() if where < end or where in gates))


def _registers(condition: str) -> Set[str]:
    """The registers that CONDITION names; other $names are the user's own."""
    known = gdb.selected_inferior().architecture().registers()
    return {name for name in re.findall(_NAME, condition)
            if known.find(name) is not None or name in _PC or name in _LEGACY}


def refusal(text: Optional[str], spots: Iterable[Spot],
            asks: str = "its condition asks for") -> Optional[str]:
    """Why TEXT can't be evaluated before the sections of SPOTS, None when it can."""
    names = _registers(re.sub(_STRING, "", text or ""))
    if names & _PC:
        return "%s $pc, which is another one before the section" % asks
    for spot in spots:
        for section in spot.sections:
            reason = _clash(names, changed_before(section, spot.address))
            if reason is not None:
                return "%s %s" % (asks, reason)
    return None


def _clash(names: Set[str], changed: Set[str]) -> Optional[str]:
    for name in sorted(names):
        if whole(name) in changed:
            return "$%s, which the section sets" % name
        if changed & {_CALL, _UNKNOWN}:
            return "$%s, which the section may set" % name
    return None


def misses_stores(spots: Iterable[Spot]) -> bool:
    """May a section of SPOTS store something before the thread comes to the spot?"""
    return any("memory" in changed_before(section, spot.address)
               for spot in spots for section in spot.sections)
