# SPDX-License-Identifier: MIT
"""Critical sections whose descriptor is in no table: found in memory, as it became active.

Programs that make their descriptors at run time have such, and files whose tables were
stripped.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING, _csinfo, image, target, view
from .code import target_here
from .objfiles import Flow, Section, process
from .state import DESCRIPTOR_SIZE, SIGNATURE_SIZE, Descriptor

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

# libcsinfo decodes no longer section; it looks this far in front of start_ip for STORE.
_MOST_CODE = 0x10000
_IN_FRONT = 64
_PAGE = 4096
_HANDLER = 16  # of the abort handler's code

_SYMBOL_LINE = re.compile(r"^(?P<name>.*?)(?: \+ \d+)? in section \S+(?: of .*)?$")


def _function_name(address: int) -> Optional[str]:
    """The symbol in front of ADDRESS, with debug information or without."""
    match = _SYMBOL_LINE.match(gdb.execute("info symbol 0x%x" % address, to_string=True).rstrip())
    return match["name"] if match else None


class Untabled(Section):
    """One critical section as its descriptor in memory tells it; no exits are declared."""

    __slots__ = ("source", "_broken")

    def __init__(self, source: Descriptor) -> None:
        # Not Section's own: there is no table to read.
        self.source = source
        self.table = None
        self.index = -1
        self.bias = 0
        self.filename = ""
        self.space = gdb.current_progspace()
        self.descriptor = source.address
        self.start = source.start
        self.commit = source.commit
        self.abort = source.abort
        self.marks = 0
        self.function = _function_name(source.start)
        bounds = view.function_bounds(source.start)
        self.low, self.high = bounds or (source.start - _IN_FRONT, source.start)
        self._flow = None
        self._broken = not self._is_decoded()
        if not self._broken:
            self.high = max(self.high, self.commit)

    @property
    def record(self) -> _csinfo.Section:
        """The descriptor, as a table would have it."""
        source = self.source
        known = self.low if self.function else 0
        return _csinfo.Section(
            index=-1, descriptor=source.address, start_ip=source.start,
            post_commit_offset=source.length, commit_ip=source.commit, abort_ip=source.abort,
            version=source.version, flags=source.flags, signature=self._signature(),
            marks=0, func_start=known, func_size=self.high - known if known else 0,
            func_name=self.function, exit_points=())

    def _signature(self) -> int:
        # It was there when the descriptor was found valid.
        data = target.read(gdb.selected_inferior(), self.abort - SIGNATURE_SIZE, SIGNATURE_SIZE)
        return 0 if data is None else int.from_bytes(data, "little")

    def _is_decoded(self) -> bool:
        try:
            return 0 < self.source.length <= _MOST_CODE and self.flow is not None
        except _csinfo.CsinfoError:
            return False

    @property
    def broken(self) -> bool:
        """True when its code can't be decoded, as that of a damaged descriptor."""
        return self._broken

    @property
    def declared(self) -> Tuple[int, ...]:
        """Nothing in memory tells of exit points."""
        return ()

    @property
    def flow(self) -> Flow:
        """Decoded on first use from memory.  Raises CsinfoError."""
        if self._flow is None:
            self._flow = self._decode()
        return self._flow

    def file(self) -> _csinfo.File:
        """A file that has just this section.  Raises CsinfoError."""
        inferior = gdb.selected_inferior()
        first, code = self._code()
        size = max(self.high, self.commit) - first
        if size <= 2 * _MOST_CODE:
            code = target.read(inferior, first, size) or code
        data = target.read(inferior, self.descriptor, DESCRIPTOR_SIZE)
        pieces = [(first, code)]
        handler = self.abort - SIGNATURE_SIZE
        if not first <= handler < first + len(code):
            aborts = target.read(inferior, handler, SIGNATURE_SIZE + _HANDLER)
            if aborts is not None:
                room = first - handler if handler < first else len(aborts)
                pieces.append((handler, aborts[:room]))
        if data is None:
            raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED,
                                      "no descriptor at 0x%x" % self.descriptor)
        known = bool(self.function) and first == self.low
        return _csinfo.File.from_memory(image.build(
            target_here(), pieces, (self.descriptor, data),
            (self.function or "", first, len(code) if known else 0)))

    def _code(self) -> Tuple[int, bytes]:
        """The code of the section, from as far in front of it as it can be read.

        Raises CsinfoError.
        """
        length = min(self.source.length, _MOST_CODE + 1)
        inferior = gdb.selected_inferior()
        # The mapping may begin behind where the search for STORE would.
        page = self.start & -_PAGE
        low = max(self.low, self.start - _MOST_CODE)
        for first in (low, max(low, page), self.start):
            code = target.read(inferior, first, self.start + length - first)
            if code is not None:
                return first, code
        raise _csinfo.CsinfoError(_csinfo.Error.MALFORMED, "no code at 0x%x" % self.start)

    def _decode(self) -> Flow:
        first, code = self._code()
        known = first if first == self.low and self.function else 0
        found = _csinfo.flow_from_memory(
            first, code, target_here(), start_ip=self.start,
            post_commit_offset=self.source.length, abort_ip=self.abort,
            descriptor=self.descriptor, func_start=known,
            func_size=self.high - known if known else 0)
        return Flow(found.store, found.store_length, found.store_position, found.flags,
                    found.gates, found.exits, found.outposts)


class Found:
    """The sections that were active at some stop, for as long as their process lives."""

    def __init__(self) -> None:
        self._sections: Dict[Tuple[int, int], Untabled] = {}
        process.untabled = self.sections
        gdb.events.exited.connect(self._forget)
        gdb.events.clear_objfiles.connect(self._forget)
        gdb.events.inferior_deleted.connect(self._forget)

    def _forget(self, _event: object) -> None:
        if self._sections:
            self._sections.clear()
            process.merge()

    def sections(self) -> List[Untabled]:
        """Those of the selected inferior, as far as they were seen."""
        number = gdb.selected_inferior().num
        return [section for key, section in self._sections.items() if key[0] == number]

    def section(self, source: Descriptor) -> Untabled:
        """The section of SOURCE, which was just read and is valid."""
        key = (gdb.selected_inferior().num, source.address)
        known = self._sections.get(key)
        if known is None or known.source != source:
            known = self._sections[key] = Untabled(source)
            process.merge()
        return known


found = Found()
