# SPDX-License-Identifier: MIT
"""Creates the commands, settings and hooks that the user sees.

Done at GDB's start, so what this imports imports little (see lazy.py).
"""

from __future__ import annotations

from . import (TYPE_CHECKING, cmd_functions, cmd_mi, cmd_notify, cmd_prefix, cmd_printers,
               cmd_protect, cmd_sections, cmd_step, cmd_threads, cmd_tui)
from .hooks import hooks

if TYPE_CHECKING:
    from typing import List

_registered: List[object] = []


def register() -> None:
    """Create them, once."""
    if not _registered:
        for module in (cmd_prefix, cmd_step, cmd_protect, cmd_threads, cmd_sections,
                       cmd_functions, cmd_printers, cmd_notify, cmd_tui, cmd_mi):
            _registered.extend(module.create())
    hooks.install()
