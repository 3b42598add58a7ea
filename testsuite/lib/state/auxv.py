# SPDX-License-Identifier: MIT
"""Run by a test: write a copy of a core file, of a kernel that fills in another number of bytes.

Usage: auxv.py CORE COPY SIZE; SIZE 0 is a kernel before 6.3, which does not tell.
"""

import pathlib
import struct
import sys

# include/uapi/linux/auxvec.h
AT_IGNORE, AT_RSEQ_FEATURE_SIZE, AT_RSEQ_ALIGN = 1, 27, 28


def main(core: str, copy: str, size: str) -> None:
    """Change the one entry of the auxiliary vector; the alignment's is behind it."""
    data = bytearray(pathlib.Path(core).read_bytes())
    entry = struct.Struct("<QQ" if data[4] == 2 else "<II")
    at = data.index(entry.pack(AT_RSEQ_ALIGN, 32)) - entry.size
    assert entry.unpack_from(data, at)[0] == AT_RSEQ_FEATURE_SIZE
    entry.pack_into(data, at, *((AT_RSEQ_FEATURE_SIZE, int(size)) if int(size) else (AT_IGNORE, 0)))
    pathlib.Path(copy).write_bytes(data)


main(*sys.argv[1:])
