# SPDX-License-Identifier: MIT
"""`layout rseq': registers the window and the layout, where GDB has its TUI."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .lazy import load

if TYPE_CHECKING:
    from typing import List

_LAYOUT = "tui new-layout rseq rseq 2 src 1 status 0 cmd 1"


def _window(window: object) -> object:
    """Called by GDB when the window is shown."""
    return load("window").Window(window)


def create() -> List[object]:
    """Register them."""
    if not hasattr(gdb, "register_window_type"):
        return []  # built without the TUI
    gdb.register_window_type("rseq", _window)
    try:
        gdb.execute(_LAYOUT, to_string=True)
    except gdb.error:
        pass  # the user's own layout of that name stays
    return [_window]
