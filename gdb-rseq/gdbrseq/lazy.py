# SPDX-License-Identifier: MIT
"""Loads the modules behind a command with its first use.

The commands exist from GDB's start on; the engine and libcsinfo come when one needs them.
Modules that the first breakpoint loads keep regular expressions as strings: Python compiles
each at its first use.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Optional, Set

_failed: Set[str] = set()  # names of modules
_told: Set[str] = set()


def load(name: str):
    """Module NAME of this package; GdbError when libcsinfo can't be loaded."""
    known = sys.modules.get("%s.%s" % (__package__, name))
    if known is not None:
        return known
    try:
        return importlib.import_module("." + name, __package__)
    except OSError as error:
        raise gdb.GdbError("gdb-rseq: libcsinfo can't be loaded: %s" % error) from None


def try_load(name: str) -> Optional[ModuleType]:
    """The same, None when it can't be, which is told once: GDB goes on without it."""
    if name in _failed:
        return None
    try:
        return load(name)
    except gdb.GdbError as error:
        _failed.add(name)
        if str(error) not in _told:
            _told.add(str(error))
            gdb.write("warning: %s\n" % error, gdb.STDERR)
    return None
