# SPDX-License-Identifier: MIT
"""Sourced in GDB by sections.exp: what `-json' prints, against csinfo."""

import json
import subprocess
from typing import Any, Dict

import gdb

_OWN = ("source_file", "source_line")


def first_of(command: str) -> Dict[str, Any]:
    """The first section that `info rseq COMMAND' prints."""
    return json.loads(gdb.execute("info rseq " + command, to_string=True))[0]["sections"][0]


def same_as_csinfo(csinfo: str, path: str) -> str:
    """How many sections of PATH are the same, or what is not."""
    theirs = json.loads(subprocess.run([csinfo, "--json", path], stdout=subprocess.PIPE,
                                       check=True).stdout)
    ours = json.loads(gdb.execute("info rseq sections -json", to_string=True))
    for section in ours[0]["sections"]:
        for key in _OWN:
            del section[key]
    if ours != theirs:
        return "different: %s, not %s" % (ours, theirs)
    return "%d equal" % len(ours[0]["sections"])
