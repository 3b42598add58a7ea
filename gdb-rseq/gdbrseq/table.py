# SPDX-License-Identifier: MIT
"""The critical sections of one ELF file, at link-time addresses.

Knows nothing of GDB: it turns libcsinfo's records into what the later modules
look up, and keeps each section's flow once it has been decoded.
"""

import os
from typing import Dict, List, Optional, Sequence, Tuple

from . import _csinfo

# Tables of files already read, dropped when the file on disk changes.
_cache: Dict[str, Tuple[Tuple[int, int, int], "Table"]] = {}


def _identity(path: str) -> Tuple[int, int, int]:
    status = os.stat(path)
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def open_table(path: str) -> "Table":
    """The Table of PATH.  Raises CsinfoError or OSError."""
    identity = _identity(path)
    known = _cache.get(path)
    if known is None or known[0] != identity:
        known = (identity, Table(_csinfo.File(path)))
        _cache[path] = known
    return known[1]


class Table:
    """One ELF file's sections, in order of start_ip, with their flows on demand."""

    def __init__(self, file: _csinfo.File) -> None:
        self.file = file
        self.sections: List[_csinfo.Section] = list(file)
        self._flows: Dict[int, _csinfo.Flow] = {}

    def section_address(self, name: str) -> Optional[int]:
        """Link-time address of ELF section NAME, None when the file has none."""
        return self.file.elf_section(name)

    def flow(self, index: int) -> _csinfo.Flow:
        """What enters and leaves section INDEX.  Raises CsinfoError."""
        flow = self._flows.get(index)
        if flow is None:
            flow = self._flows[index] = self.file.flow(index)
        return flow

    def lint(self, checks: Sequence[str] = ()) -> List[_csinfo.Finding]:
        """Mistakes in the sections, at link-time addresses.  CHECKS: see File.lint().

        Raises CsinfoError.
        """
        return self.file.lint(checks)
