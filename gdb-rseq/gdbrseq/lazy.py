# SPDX-License-Identifier: MIT
"""Loads the modules behind a command with its first use.

The commands exist from GDB's start on; the engine and libcsinfo come when one needs them.
"""

import importlib
from typing import Set

import gdb

_warned: Set[str] = set()


def load(name: str):
    """Module NAME of this package; GdbError when libcsinfo can't be loaded."""
    try:
        return importlib.import_module("." + name, __package__)
    except OSError as error:
        raise gdb.GdbError("gdb-rseq: libcsinfo can't be loaded: %s" % error) from None


def warn(error: gdb.GdbError) -> None:
    """Tell of ERROR, once: several commands go on without what could not be loaded."""
    text = str(error)
    if text not in _warned:
        _warned.add(text)
        gdb.write("warning: %s\n" % text, gdb.STDERR)
