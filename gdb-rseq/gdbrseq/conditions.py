# SPDX-License-Identifier: MIT
"""Can a condition be evaluated before the section, and mean what it says?"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, _csinfo
from .approach import path, places
from .code import decode_here, written_here
from .objfiles import Section
from .spots import Spot

if TYPE_CHECKING:
    from typing import AbstractSet, Dict, FrozenSet, Iterable, Optional, Set

    from .approach import Place

_NAME = r"\$([A-Za-z_][A-Za-z_0-9]*)"
_STRING = r'"(?:[^"\\]|\\.)*"'
_WORD = r"(?<![$\w])[A-Za-z_]\w*"
_PC = frozenset(("pc", "rip", "eip", "ip"))

# The parts and wholes of x86's registers, as one name.
_LEGACY = {"ax": "rax", "bx": "rbx", "cx": "rcx", "dx": "rdx", "si": "rsi", "di": "rdi",
           "bp": "rbp", "sp": "rsp", "fp": "rbp"}
_HALF = r"^([abcd])[lh]$"
_EXTENDED = r"^e(ax|bx|cx|dx|si|di|bp|sp)$"
_LOW = r"^(si|di|bp|sp)l$"
_NUMBERED = r"^(r(?:8|9|1[0-5]))[dwlb]$"
_VECTOR = r"^[xyz]mm(\d+)h?$"

# How `info scope' begins to tell of a variable, and of one place where that is.
_SYMBOL = r"(?m)^Symbol (\S+) is "
_RANGE = r"Range (0x[0-9a-f]+)-(0x[0-9a-f]+): ([^\n]*(?:\n +\d+: [^\n]*)*)"

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


# ---- at an outpost instead of a gate ----

def means_the_same_earlier(text: Optional[str], section: Section) -> bool:
    """Does TEXT mean at the outposts of SECTION what it means at its gates?

    Not where what runs in between changes what it asks for, or may.  None: any text.
    """
    if text is not None:
        text = re.sub(_STRING, "", text)
        if not text.strip():
            return True
    try:
        return all(_stays(text, place, path(section, place)) for place in places(section)
                   if place.address != place.gate)
    except (gdb.error, _csinfo.CsinfoError):
        return False


def _stays(text: Optional[str], place: Place, way: Iterable[int]) -> bool:
    changed = set().union(*(_changed_by(address) for address in way if address != place.gate))
    if "memory" in changed or any(whole(name) in changed for name in _registers(text or "")):
        return False
    before, then = _scope(place.address), _scope(place.gate)
    asked = {*before, *then}
    if text is not None:
        asked &= {*re.findall(_WORD, text), "this"}
    return all(name in then and before.get(name) == then[name]
               and _variable_stays(then[name], place, changed) for name in asked)


def _scope(address: int) -> Dict[str, str]:
    """The local variables at ADDRESS, and where GDB says that they are."""
    parts = re.split(_SYMBOL, gdb.execute("info scope *0x%x" % address, to_string=True))
    return dict(zip(parts[1::2], parts[2::2]))


def _variable_stays(where: str, place: Place, changed: AbstractSet[str]) -> bool:
    """Is a variable WHERE it is at the gate of PLACE already at that, with the same value?"""
    if where.startswith("multi-location"):
        there = [what for low, high, what in re.findall(_RANGE, where)
                 if all(int(low, 16) <= pc < int(high, 16) for pc in (place.address, place.gate))]
        if not there:
            return False
        where = there[0]
    return not any(whole(name) in changed for name in re.findall(_NAME, where))
