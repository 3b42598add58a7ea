# SPDX-License-Identifier: MIT
"""Sourced in GDB: damage what a stopped thread's struct rseq says, and look at it.

The program is killed behind it: it is never resumed with what stands there now.
"""

import json
import random

import gdb

SITUATIONS = ("not known", "unreadable", "none", "inside", "stale pointer",
              "invalid descriptor")
ROUNDS = 300


def views() -> str:
    """The answers of all views of the selected thread; its state."""
    gdb.execute("info rseq", to_string=True)
    gdb.execute("info rseq thread", to_string=True)
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


def damage() -> None:
    """Many kinds of damage; prints the states that were seen."""
    source = random.Random(int(gdb.parse_and_eval("$_inferior")))
    inferior = gdb.selected_inferior()
    area = int(gdb.parse_and_eval("(unsigned long) main_area"))
    table = int(gdb.parse_and_eval("(unsigned long) &state_cs"))
    known = [area, table, gdb.selected_frame().pc(),
             int(gdb.parse_and_eval("(unsigned long) &state_abort"))]
    saved = bytes(inferior.read_memory(area, 32)), bytes(inferior.read_memory(table, 32))
    seen = set()
    for _ in range(ROUNDS):
        inferior.write_memory(table, descriptor(source, known, saved[1]))
        pointer = source.choice([table, addresses(source, known)])
        inferior.write_memory(area + 8, pointer.to_bytes(8, "little"))
        if source.random() < 0.2:
            inferior.write_memory(area, source.randbytes(32))
        seen.add(views())
    inferior.write_memory(area, saved[0])
    inferior.write_memory(table, saved[1])
    print("seen: " + ", ".join(sorted(seen)))
