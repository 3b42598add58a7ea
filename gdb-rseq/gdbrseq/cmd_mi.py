# SPDX-License-Identifier: MIT
"""GDB/MI commands, where GDB (14 and later) has them in Python."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .lazy import load

if TYPE_CHECKING:
    from typing import Dict, List


def _threads(arguments: List[str]) -> Dict[str, object]:
    info = load("info")
    states = info.states(info.chosen_threads(" ".join(arguments)))
    return {"threads": load("thread_documents").threads_document(states)}


def _sections(arguments: List[str]) -> Dict[str, object]:
    found = load("find").matching(" ".join(arguments))
    return {"files": load("documents").sections_document(found)}


def _breakpoints(_arguments: List[str]) -> Dict[str, object]:
    safe = load("protect").protection.safe()
    return {"breakpoints": [protected.document() for protected in safe]}


def _plain(value: object) -> object:
    """VALUE as MI can have it: no null, no boolean."""
    if isinstance(value, dict):
        return {key.replace("_", "-"): _plain(item) for key, item in value.items()
                if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value if item is not None]
    return int(value) if isinstance(value, bool) else value


def create() -> List[object]:
    """Create the commands."""
    if not hasattr(gdb, "MICommand"):
        return []  # GDB 13

    class Command(gdb.MICommand):
        """One of them."""

        def __init__(self, name: str, answer: object) -> None:
            super().__init__(name)
            self._answer = answer

        def invoke(self, arguments: List[str]) -> object:
            """Called by GDB."""
            return _plain(self._answer(arguments))

    return [Command("-rseq-info-threads", _threads), Command("-rseq-info-sections", _sections),
            Command("-rseq-info-breakpoints", _breakpoints)]
