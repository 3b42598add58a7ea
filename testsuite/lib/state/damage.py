# SPDX-License-Identifier: MIT
"""Sourced in GDB: damage what a stopped thread's struct rseq says, and look at it.

In a process the program is killed behind it: it is never resumed with what stands there now.
In a core file the damage is done to a copy of the file.
"""

import json
import os
import random
import struct
from typing import Callable, Tuple

import gdb

from gdbrseq import notify, window

SITUATIONS = ("not known", "unreadable", "none", "inside", "stale pointer", "not registered",
              "registration failed", "invalid descriptor")
ROUNDS = 1000
CORE_ROUNDS = 40

# Each is given an address; those that fail must say why in one line.
COMMANDS = ("info rseq", "info rseq -gid", "info rseq threads 1-2", "info rseq thread",
            "info rseq thread 2", "info rseq sections", "info rseq sections -v",
            "info rseq sections -json", "info rseq section", "info rseq section -json",
            "info rseq section *{0}", "info rseq section state_section", "rseq disassemble",
            "rseq disassemble/s", "rseq disassemble/mr", "rseq disassemble *{0}",
            "rseq lint", "rseq lint state", "print $_rseq_in_cs()", "print $_rseq_cs()",
            "print $_rseq_area()", "print $_rseq_cpu_id()", "print *$_rseq_area()",
            "print *$_rseq_cs()", "print *main_area", "print *(struct rseq *) {0}",
            "complete info rseq section st", "complete rseq lint ")
AT_ONCE = 6  # of them, in each round


class Canvas:
    """What GDB gives a window."""

    title = ""
    width = 80

    def __init__(self, height: int) -> None:
        self.height = height
        self.text = ""

    def is_valid(self) -> bool:
        """It is shown."""
        return True

    def erase(self) -> None:
        """Nothing stands there."""
        self.text = ""

    def write(self, text: str) -> None:
        """More does."""
        self.text += text


def look(height: int, down: int, right: int) -> None:
    """The window of HEIGHT lines, and what it scrolls to; the notice."""
    canvas = Canvas(height)
    shown = window.Window(canvas)
    shown.render()
    assert canvas.text and "Traceback" not in canvas.text, canvas.text
    shown.vscroll(down)
    shown.hscroll(right)
    shown.close()
    notify.at_stop(None)


def run(command: str) -> None:
    """COMMAND answers, or fails with one line that is no exception of Python's."""
    try:
        text = gdb.execute(command, to_string=True)
    except gdb.error as error:
        text = str(error)
        assert "\n" not in text, (command, text)
    assert "Traceback" not in text and "Python" not in text, (command, text)


def views(source: random.Random, known: list) -> str:
    """The answers of the views of the selected thread; its state."""
    for command in source.sample(COMMANDS, AT_ONCE):
        run(command.format(addresses(source, known)))
    look(source.choice((1, 4, 24, 60)), source.randrange(-3, 30), source.randrange(-3, 90))
    document = json.loads(gdb.execute("info rseq thread -json", to_string=True))
    assert document["state"] in SITUATIONS, document
    return document["state"]


def addresses(source: random.Random, known: list) -> int:
    """An address that may be anything, and often one that is of use."""
    return source.choice([source.getrandbits(64), source.getrandbits(32), 0,
                          (1 << 64) - 1 - source.getrandbits(5),
                          source.choice(known) + source.randrange(-40, 40)]) % (1 << 64)


def descriptor(source: random.Random, known: list, right: bytes) -> bytes:
    """A struct rseq_cs that may be anything; RIGHT is one that is valid."""
    if source.random() < 0.2:
        return source.randbytes(32)
    if source.random() < 0.3:
        place = source.randrange(32)
        return right[:place] + source.randbytes(1) + right[place + 1:]
    words = [addresses(source, known),
             source.choice([0, 1, 15, 1 << 20, 1 << 40, (1 << 64) - 1]),
             addresses(source, known)]
    head = source.choice([b"\0" * 8, source.randbytes(8), b"\0\0\0\0\1\0\0\0"])
    return head + b"".join(word.to_bytes(8, "little") for word in words)


def places() -> Tuple[int, int, list]:
    """The struct rseq, the descriptor, and addresses that mean something."""
    area = int(gdb.parse_and_eval("(unsigned long) main_area"))
    table = int(gdb.parse_and_eval("(unsigned long) &state_cs"))
    return area, table, [area, table, gdb.selected_frame().pc(), 1 << 32, 1 << 47, 1 << 63,
                         int(gdb.parse_and_eval("(unsigned long) &state_abort"))]


def damaged(source: random.Random, known: list, area: bytes, table: bytes) -> Tuple[bytes, bytes]:
    """AREA and TABLE, whose address is known[1], with something wrong in them."""
    pointer = source.choice([known[1], known[1], addresses(source, known)])
    if source.random() < 0.2:
        area = source.randbytes(32)
    return area[:8] + pointer.to_bytes(8, "little") + area[16:], descriptor(source, known, table)


def report(seen: set) -> None:
    """Print the states that were SEEN."""
    print("seen: " + ", ".join(sorted(seen)))


def damage() -> None:
    """Many kinds of damage, in memory."""
    source = random.Random(int(gdb.parse_and_eval("$_inferior")))
    inferior = gdb.selected_inferior()
    area, table, known = places()
    saved = bytes(inferior.read_memory(area, 32)), bytes(inferior.read_memory(table, 32))
    seen = set()
    gdb.execute("set rseq notify off")
    for _ in range(ROUNDS):
        now = damaged(source, known, *saved)
        inferior.write_memory(area, now[0])
        inferior.write_memory(table, now[1])
        seen.add(views(source, known))
    inferior.write_memory(area, saved[0])
    inferior.write_memory(table, saved[1])
    gdb.execute("set rseq notify on")
    report(seen)


# ---- core files ----

def in_core(data: bytes) -> Callable[[int], int]:
    """Where in the core file DATA an address of the process is."""
    wide = data[4] == 2
    start, = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)
    count, = struct.unpack_from("<H", data, 56 if wide else 44)
    header = struct.Struct("<I4xQQ8xQ16x" if wide else "<III4xI12x")
    segments = [header.unpack_from(data, start + header.size * each) for each in range(count)]

    def place(address: int) -> int:
        return next(address - low + offset for kind, offset, low, size in segments
                    if kind == 1 and 0 <= address - low < size)

    return place


def damage_core(path: str) -> None:
    """The same in copies of the core file PATH, which is loaded; loaded one after the other."""
    with open(path, "rb") as file:
        data = file.read()
    source = random.Random(len(data))
    area, table, known = places()
    at = tuple(map(in_core(data), (area, table)))
    saved = tuple(data[place:place + 32] for place in at)
    seen = set()
    for _ in range(CORE_ROUNDS):
        changed = bytearray(data)
        for place, now in zip(at, damaged(source, known, *saved)):
            changed[place:place + 32] = now
        with open(path + ".damaged", "wb") as file:
            file.write(changed)
        gdb.execute("core-file " + path + ".damaged", to_string=True)
        gdb.execute("info threads", to_string=True)
        seen.add(views(source, known))
    os.remove(path + ".damaged")
    report(seen)
