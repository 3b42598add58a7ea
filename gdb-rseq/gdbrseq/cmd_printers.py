# SPDX-License-Identifier: MIT
"""Pretty printers for struct rseq and struct rseq_cs.

Also for what librseq and tcmalloc call them.
"""

from __future__ import annotations

import gdb
import gdb.printing

from . import TYPE_CHECKING
from .lazy import load

if TYPE_CHECKING:
    from typing import Iterator, List, Optional, Tuple, Union

    _Shown = Union[str, gdb.Value]

# include/uapi/linux/rseq.h: enum rseq_flags, enum rseq_cs_flags, enum rseq_cpu_id_state
_FLAGS = ((0x1, "RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT"), (0x2, "RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL"),
          (0x4, "RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE"), (0x10, "RSEQ_CS_FLAG_SLICE_EXT_AVAILABLE"),
          (0x20, "RSEQ_CS_FLAG_SLICE_EXT_ENABLED"))
_CPU_IDS = {0xFFFFFFFF: "RSEQ_CPU_ID_UNINITIALIZED",
            0xFFFFFFFE: "RSEQ_CPU_ID_REGISTRATION_FAILED"}
_NOT_A_CPU = 0x80000000

_INTEGERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_CHAR,
             gdb.TYPE_CODE_BOOL)


def _number(value: gdb.Value) -> Optional[int]:
    """VALUE, also of the union that rseq_cs is in some headers; None where it is no number."""
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_STRUCT):
        wide = [each for each in kind.fields() if each.type.sizeof == kind.sizeof]
        return _number(value[wide[0]]) if wide else None
    if kind.code not in _INTEGERS or value.is_optimized_out:
        return None
    return int(value) & ((1 << 8 * kind.sizeof) - 1)


def _flags(value: int) -> str:
    """As GDB prints an enum of flags."""
    words = [name for bit, name in _FLAGS if value & bit]
    unknown = value & ~sum(bit for bit, _ in _FLAGS)
    return "(%s)" % " | ".join(words + (["unknown: 0x%x" % unknown] if unknown else []))


def _section(address: int) -> str:
    """The descriptor at ADDRESS, and its section where that is known."""
    section = load("find").of_descriptor(address)
    return "0x%x" % address if section is None else "0x%x <%s>" % (address, section.location())


def _shown(name: str, value: gdb.Value) -> _Shown:
    """VALUE of field NAME, in words where a number says little."""
    number = _number(value)
    if not number:
        return value if number is None or name != "rseq_cs" else "0x0"
    if name == "rseq_cs":
        return _section(number)
    if name in ("start_ip", "abort_ip"):
        return gdb.format_address(number)
    if name == "flags":
        return _flags(number)
    if name == "cpu_id" and number in _CPU_IDS:
        return _CPU_IDS[number]
    if name == "cpu_id_start" and number & _NOT_A_CPU:
        return "0x%x" % number  # tcmalloc keeps half of a pointer in it
    return value


def _fields(value: gdb.Value) -> Iterator[Tuple[str, gdb.Value]]:
    """Those of struct VALUE, and those of its unions and structs without a name."""
    for each in value.type.strip_typedefs().fields():
        if each.name:
            yield each.name, value[each]
        elif each.type.strip_typedefs().code in (gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_STRUCT):
            yield from _fields(value[each])


class _Printer:
    """Prints a struct field by field."""

    def __init__(self, value: gdb.Value) -> None:
        self._value = value

    def to_string(self) -> Optional[str]:
        """Nothing in front of the fields."""
        return None

    def children(self) -> Iterator[Tuple[str, _Shown]]:
        """Called by GDB."""
        for name, value in _fields(self._value):
            yield name, _shown(name, value)


# Each printer's name, the names of the struct, and a field that tells it from others.
_STRUCTS = (("rseq", ("rseq", "rseq_abi", "kernel_rseq"), "cpu_id_start"),
            ("rseq_cs", ("rseq_cs", "rseq_abi_cs", "kernel_rseq_cs"), "post_commit_offset"))


class _Subprinter(gdb.printing.SubPrettyPrinter):
    """What `info pretty-printer' and `disable pretty-printer' know."""

    def __init__(self, name: str, types: Tuple[str, ...], field: str) -> None:
        super().__init__(name)
        self.types = types
        self.field = field

    def fits(self, name: str, kind: gdb.Type) -> bool:
        """True for a struct called NAME of type KIND."""
        return self.enabled and name in self.types and kind.has_key(self.field)  # noqa: W601


class Printers(gdb.printing.PrettyPrinter):
    """Chooses the printer of a value."""

    def __init__(self) -> None:
        super().__init__("gdb-rseq", [_Subprinter(*each) for each in _STRUCTS])

    def __call__(self, value: gdb.Value) -> Optional[_Printer]:
        """Called by GDB for every value that it prints."""
        kind = value.type.strip_typedefs()
        if kind.code != gdb.TYPE_CODE_STRUCT or not kind.name or "rseq" not in kind.name:
            return None
        name = kind.name.rpartition(":")[2]
        if any(each.fits(name, kind) for each in self.subprinters):
            return _Printer(value)
        return None


def create() -> List[object]:
    """Register the printers: for every objfile, since the kernel's header is everywhere."""
    printers = Printers()
    gdb.printing.register_pretty_printer(None, printers, replace=True)
    return [printers]
