#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Copy an ELF file with its stores to rseq_cs overwritten by nops.

Nothing arms a critical section in the copy, so any debugger can step through
it: what stock GDB shows there is what it ought to show in the original.
"""

import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys
from typing import List, NamedTuple, Tuple

PT_LOAD = 1
# nops of 1 to 9 bytes, as the processor manuals recommend them; those of 7 and more end in
# four that may be any: i386 code may have a relocation of the address that was stored.
NOPS = [bytes.fromhex(text) for text in (
    "90", "6690", "0f1f00", "0f1f4000", "0f1f440000", "660f1f440000",
    "0f1f8000000000", "0f1f840000000000", "660f1f840000000000")]
STORE_OF_6 = b"\xc7"  # movl $address, (register)
TEST_OF_6 = bytes.fromhex("f7c000000000")  # test $any, %eax: nothing needs the flags there


class Section(NamedTuple):
    """The store that arms a critical section, and where that one ends."""

    store: int
    store_length: int
    commit: int

    def silent(self) -> Tuple[int, int]:
        """The addresses at which a debugger that runs the section never stops."""
        return self.store + self.store_length, self.commit


def read_sections(csinfo: str, binary: pathlib.Path) -> List[Section]:
    """Ask CSINFO for the sections of BINARY, each with its store."""
    output = subprocess.run([csinfo, "--json", str(binary)], check=True,
                            capture_output=True, text=True).stdout
    sections = []
    for found in json.loads(output)[0]["sections"]:
        flow = found["flow"]
        if not flow or flow["store"] is None:
            raise SystemExit(f"{binary}: no store for the section at {found['start_ip']:#x}")
        sections.append(Section(flow["store"], flow["store_length"], found["commit_ip"]))
    return sections


def load_segments(image: bytes) -> List[Tuple[int, int, int]]:
    """(file offset, address, size in the file) of each PT_LOAD."""
    wide = image[4] == 2  # EI_CLASS
    (table,) = struct.unpack_from("<Q" if wide else "<I", image, 32 if wide else 28)
    size, count = struct.unpack_from("<HH", image, 54 if wide else 42)
    segments = []
    for number in range(count):
        header = struct.unpack_from("<IIQQQQ" if wide else "<IIIIII", image,
                                    table + number * size)
        offset, vaddr, filesz = header[2 if wide else 1], header[3 if wide else 2], \
            header[5 if wide else 4]
        if header[0] == PT_LOAD:
            segments.append((offset, vaddr, filesz))
    return segments


def harmless(store: bytes) -> bytes:
    """As many bytes of code as STORE has, which do nothing, relocated or not."""
    if len(store) == len(TEST_OF_6) and store.startswith(STORE_OF_6):
        return TEST_OF_6
    return NOPS[len(store) - 1]


def overwrite(image: bytearray, sections: List[Section]) -> None:
    """Put a nop of the same length in place of each store."""
    segments = load_segments(image)
    for section in sections:
        for offset, vaddr, size in segments:
            end = section.store + section.store_length
            if vaddr <= section.store and end <= vaddr + size:
                store = slice(section.store - vaddr + offset, end - vaddr + offset)
                image[store] = harmless(bytes(image[store]))


def write_copy(binary: pathlib.Path, copy: pathlib.Path, sections: List[Section]) -> None:
    """Write BINARY to COPY without its stores."""
    image = bytearray(binary.read_bytes())
    overwrite(image, sections)
    copy.write_bytes(image)
    shutil.copymode(binary, copy)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csinfo", default="build/csinfo")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("copy", type=pathlib.Path)
    options = parser.parse_args()
    sections = read_sections(options.csinfo, options.binary)
    write_copy(options.binary, options.copy, sections)
    print(f"{options.copy}: {len(sections)} stores overwritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
