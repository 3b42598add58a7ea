# SPDX-License-Identifier: MIT
"""`record full' steps each instruction, so that no section ever commits."""

import gdb

from .objfiles import process


def warn() -> None:
    """GDB has begun to record: say what that does to the program's sections."""
    if process.index() and is_under_way():
        gdb.write("[rseq: while GDB records in full, each critical section is aborted, and what"
                  " tries it again does so for ever; \"record stop\" before one]\n")


def is_under_way() -> bool:
    """True while GDB records what the program does; False also while it replays."""
    record = gdb.current_recording()
    if record is None or record.method != "full":
        return False
    return "Replay mode:" not in gdb.execute("info record", to_string=True)
