# SPDX-License-Identifier: MIT
"""Critical sections as what JSON and GDB/MI are made of: dicts, lists, numbers, strings.

The keys and words are those of `csinfo --json', the addresses those of the process; each
section has in addition the file and line of its start_ip.
"""

from __future__ import annotations

import enum

import gdb

from . import TYPE_CHECKING, _csinfo
from .code import target_here
from .objfiles import Flow, Section

if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Type

    Document = Dict[str, Any]

# ET_NONE .. ET_DYN of <elf.h>
_TYPES = {0: "none", 1: "rel", 2: "exec", 3: "dyn"}


def _word(member: enum.Enum) -> str:
    return member.name.lower().replace("_", "-")


def _words(kind: Type[enum.IntEnum], value: int) -> List[str]:
    return [_word(member) for member in kind if member & value]


def _gate(gate: _csinfo.Gate) -> Document:
    return {"address": gate.address, "kind": _word(gate.kind),
            "flags": _words(_csinfo.GateFlag, gate.flags)}


def _exit(way: _csinfo.Exit) -> Document:
    return {"address": way.address, "from": way.from_, "kind": _word(way.kind),
            "flags": _words(_csinfo.ExitFlag, way.flags)}


def _flow(flow: Flow) -> Document:
    return {"store": flow.store, "store_length": flow.store_length,
            "store_position": _word(_csinfo.StorePosition(flow.store_position)),
            "flags": _words(_csinfo.FlowFlag, flow.flags),
            "gates": [_gate(gate) for gate in flow.gates],
            "exits": [_exit(way) for way in flow.exits]}


def _source(section: Section) -> Document:
    sal = gdb.current_progspace().find_pc_line(section.start)
    if sal.symtab is None or sal.line == 0:
        return {"source_file": None, "source_line": None}
    return {"source_file": sal.symtab.fullname(), "source_line": sal.line}


def _place(section: Section) -> Document:
    place = None
    if section.table is not None:
        place = section.table.file.place(section.record.start_ip)
    return {"elf_section": None if place is None else place.section,
            "elf_offset": None if place is None else place.offset}


def section_document(section: Section) -> Document:
    """All that is known of SECTION."""
    record = section.record
    unsigned = bool(section.marks & _csinfo.Mark.NO_SIGNATURE)
    document = {
        "descriptor": section.descriptor, "version": record.version, "flags": record.flags,
        "start_ip": section.start, "post_commit_offset": record.post_commit_offset,
        "commit_ip": section.commit, "abort_ip": section.abort,
        "signature": None if unsigned else record.signature, "function": section.function,
        "func_start": section.low if record.func_size else 0, "func_size": record.func_size,
        **_place(section), "marks": _words(_csinfo.Mark, section.marks),
        "exit_points": list(section.declared)}
    try:
        document["flow"] = _flow(section.flow)
    except _csinfo.CsinfoError as error:
        document.update(flow=None, flow_error=str(error))
    document.update(_source(section))
    return document


def _header(section: Section) -> Document:
    """What the file that SECTION is from is, null where that is no file."""
    if section.table is None:
        target = target_here()
        kind = name = None
        remarks: List[str] = []
    else:
        file = section.table.file
        target = _csinfo.Target(file.machine, file.elf_class, file.byte_order)
        kind = _TYPES.get(file.elf_type)
        name = file.machine_name
        remarks = file.remarks()
    return {"file": section.filename or None, "type": kind,
            "class": 32 if target.elf_class == 1 else 64,
            "byte_order": "big" if target.byte_order == 2 else "little",
            "machine": target.machine, "machine_name": name, "remarks": remarks}


def sections_document(sections: Iterable[Section]) -> List[Document]:
    """SECTIONS by the file they are from; those that no table has are of file None."""
    files: Dict[str, Document] = {}
    for section in sections:
        entry = files.get(section.filename)
        if entry is None:
            entry = files[section.filename] = {**_header(section), "sections": []}
        entry["sections"].append(section_document(section))
    return list(files.values())
