# SPDX-License-Identifier: MIT
"""What GDB records or replays: `record full' steps each instruction, and no section commits."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .target import is_native

if TYPE_CHECKING:
    from typing import Any


def _is_played(record: Any) -> bool:
    if record.method != "full":
        return record.replay_position is not None
    return "Replay mode:" in gdb.execute("info record", to_string=True)


def is_under_way() -> bool:
    """True while GDB records what the program does; False also while it replays."""
    record = gdb.current_recording()
    return record is not None and record.method == "full" and not _is_played(record)


def is_replayed() -> bool:
    """True when a command moves the thread in what was recorded, and runs nothing."""
    record = gdb.current_recording()
    if record is None and is_native():
        return False
    # reverse-step runs `step', hook and all.
    if "Reverse" in gdb.execute("show exec-direction", to_string=True):
        return True
    return record is not None and _is_played(record)
