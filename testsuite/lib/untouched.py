#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare the code of process PID with the files it was loaded from.

Prints how many bytes differ: 0 when no breakpoint is left in it.
"""

import pathlib
import sys


def main() -> None:
    """Go through the mappings that are executable and of a file."""
    process = pathlib.Path("/proc") / sys.argv[1]
    differ = 0
    with open(process / "mem", "rb", buffering=0) as memory:
        for line in (process / "maps").read_text().splitlines():
            fields = line.split(maxsplit=5)
            if "x" not in fields[1] or len(fields) < 6 or not fields[5].startswith("/"):
                continue
            low, high = (int(word, 16) for word in fields[0].split("-"))
            with open(fields[5], "rb") as file:
                file.seek(int(fields[2], 16))
                expected = file.read(high - low)
            memory.seek(low)
            there = memory.read(len(expected))
            differ += sum(one != other for one, other in zip(there, expected))
    print(differ)


main()
