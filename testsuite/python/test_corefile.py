# SPDX-License-Identifier: MIT
"""Thread areas in core files of i386, whole and damaged."""

from __future__ import annotations

import pathlib
import random
import struct
import tempfile
import unittest
from typing import List, Tuple

import support  # noqa: F401  (finds the package)

from gdbrseq import corefile

PRSTATUS, TLS = 1, 0x200


def note(kind: int, data: bytes) -> bytes:
    """One note, with a name that is padded."""
    name = b"LINUX\0"
    return (struct.pack("<III", len(name), len(data), kind) + name.ljust(8, b"\0")
            + data + bytes(-len(data) % 4))


def status(lwp: int) -> bytes:
    """The struct elf_prstatus of LWP."""
    return bytes(24) + struct.pack("<I", lwp) + bytes(116)


def areas(*entries: Tuple[int, int]) -> bytes:
    """The struct user_desc of each (entry, base)."""
    return b"".join(struct.pack("<IIII", entry, base, 0xFFFFF, 0x51) for entry, base in entries)


def core(notes: bytes, ident: bytes = b"\x7fELF\x01\x01\x01", kind: int = 4) -> bytes:
    """A core file with nothing but NOTES."""
    header = ident.ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", kind, 3, 1, 0, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 4, 84, 0, 0, len(notes), 0, 0, 4) + notes


WHOLE = core(note(PRSTATUS, status(7)) + note(3, b"12345") + note(TLS, areas((12, 0xF7001000)))
             + note(PRSTATUS, status(9)) + note(TLS, areas((12, 0xF7002000), (13, 0x1000))))


class CorefileTest(unittest.TestCase):
    """What thread_areas() makes of bytes."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.files: List[pathlib.Path] = []

    def read(self, data: bytes) -> corefile.Areas:
        """thread_areas() of a new file of DATA."""
        path = self.folder / ("core-%d" % len(self.files))
        self.files.append(path)
        path.write_bytes(data)
        return corefile.thread_areas(str(path))

    def test_each_thread_has_its_areas(self) -> None:
        """They follow its registers."""
        self.assertEqual(self.read(WHOLE), {7: {12: 0xF7001000},
                                            9: {12: 0xF7002000, 13: 0x1000}})

    def test_others_have_none(self) -> None:
        """x86-64 tells $fs_base itself; a program is no core file."""
        self.assertEqual(self.read(core(b"", ident=b"\x7fELF\x02\x01\x01")), {})
        self.assertEqual(self.read(core(note(PRSTATUS, status(7)), kind=2)), {})
        self.assertEqual(self.read(core(note(TLS, areas((12, 1))))), {})
        self.assertEqual(self.read(b""), {})
        self.assertEqual(corefile.thread_areas("/nonexistent"), {})
        self.assertEqual(corefile.thread_areas(str(self.folder)), {})
        self.assertEqual(corefile.thread_areas("a\0b"), {})

    def test_a_part_is_not_made_up(self) -> None:
        """A file that was cut off tells of the threads in front of the cut."""
        for size in range(len(WHOLE)):
            for lwp, found in self.read(WHOLE[:size]).items():
                self.assertIn(lwp, (7, 9))
                self.assertLessEqual(set(found.values()), {0xF7001000, 0xF7002000, 0x1000})

    def test_damage(self) -> None:
        """Random bytes raise nothing."""
        dice = random.Random(4)
        for _ in range(500):
            data = bytearray(WHOLE)
            for _ in range(dice.randrange(1, 8)):
                data[dice.randrange(len(data))] = dice.choice((0, 1, 0x7F, 0xFF,
                                                               dice.randrange(256)))
            self.read(bytes(data))


if __name__ == "__main__":
    unittest.main()
