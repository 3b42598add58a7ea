# SPDX-License-Identifier: MIT
"""Loads the modules behind a command with its first use.

The commands exist from GDB's start on; the engine and libcsinfo come when one needs them.
"""

import importlib

import gdb


def load(name: str):
    """Module NAME of this package; GdbError when libcsinfo can't be loaded."""
    try:
        return importlib.import_module("." + name, __package__)
    except OSError as error:
        raise gdb.GdbError("gdb-rseq: libcsinfo can't be loaded: %s" % error) from None
