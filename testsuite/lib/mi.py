# SPDX-License-Identifier: MIT
"""A GDB that speaks GDB/MI."""

import os
import re
import select
import subprocess
from typing import List

DEADLINE = 60  # seconds, for one record


class Ended(Exception):
    """GDB has gone, or says no more."""


class Mi:
    """A GDB and its output, record by record."""

    def __init__(self, command: List[str]) -> None:
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.rest = b""
        self.token = 0

    def write(self, command: str) -> None:
        """Send COMMAND."""
        assert self.process.stdin is not None
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line."""
        assert self.process.stdout is not None
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
                raise Ended("nothing for %d s" % DEADLINE)
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise Ended("GDB has exited")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="replace")

    def give(self, command: str) -> List[str]:
        """Give COMMAND; the records up to its result, which comes last."""
        self.token += 1
        self.write(f"{self.token}{command}")
        records: List[str] = []
        while not (records and records[-1].startswith(f"{self.token}^")):
            records.append(self.line())
        return records

    def resume(self, command: str) -> List[str]:
        """Give a resuming COMMAND; the *stopped records that come of it."""
        records = self.give(command)
        if "^error" in records[-1]:
            return []
        while not any(record.startswith("*stopped") for record in records):
            records.append(self.line())
        # What comes late comes in front of the answer to a command that takes its time.
        for _ in range(3):
            records += self.give("-interpreter-exec console \"info threads\"")
        return [record for record in records if record.startswith("*stopped")]


def field(record: str, name: str) -> str:
    """The value of NAME in a RECORD."""
    match = re.search(r'[,{]%s="((?:[^"\\]|\\.)*)"' % name, record)
    return match.group(1) if match else ""
