#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Step a program as an IDE does, through GDB/MI, and write down where each step ends.

Usage: mitrace.py GDB ARGUMENT...; the environment variable TRACE_SPEC names a JSON
file with the fields of compare.Spec.  Writes what trace.py writes, with the number of
*stopped records of each command, which has to be 1, and with its reason.
"""

import json
import os
import pathlib
import random
import sys
from typing import Any, Dict, List, Optional

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from mi import Mi, field  # noqa: E402 (it is beside this folder)

PAGE = 4096
COMMANDS = {"next": "-exec-next", "step": "-exec-step", "until": "-exec-until",
            "stepi": "-exec-step-instruction", "nexti": "-exec-next-instruction"}
MIXED = tuple(COMMANDS)


class LoggedMi(Mi):
    """One whose output goes to ours, too: compare.py reads there what was told."""

    def line(self) -> str:
        """The next line."""
        line = super().line()
        print(line)
        return line


class Tracer:
    """One run of one program."""

    def __init__(self, spec: Dict[str, Any], command: List[str]) -> None:
        self.spec = spec
        self.random = random.Random(spec["seed"])
        self.gdb = LoggedMi(command)
        self.silent: List[List[int]] = []
        with open(spec["output"], "w", encoding="utf-8") as self.output:
            self.run()

    def write(self, **record: Any) -> None:
        """One line of the trace."""
        self.output.write(json.dumps(record) + "\n")
        self.output.flush()

    def start(self) -> str:
        """Run to the function where stepping begins; the stop there."""
        spec = self.spec
        for command in ("set pagination off", "set confirm off",
                        *spec["settings"]):
            self.gdb.give(f'-interpreter-exec console "{command}"')
        self.gdb.give("-break-insert -t -f " + spec["function"])
        self.gdb.give("-exec-arguments " + spec["arguments"] + " > /dev/null")
        stops = self.gdb.resume("-exec-run")
        if spec["lock"]:
            self.gdb.give("-gdb-set scheduler-locking on")
        self.silent = self.relocated()
        return stops[0]

    def relocated(self) -> List[List[int]]:
        """The silent ranges at their run-time addresses."""
        pid = next(field(record, "pid") for record in self.gdb.give("-list-thread-groups")
                   if field(record, "pid"))
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            lines = [line.split() for line in maps]
        found = []
        for name, known in self.spec["objects"].items():
            starts = [int(line[0].split("-")[0], 16) for line in lines if line[-1].endswith(name)]
            bias = min(starts) - known["link_start"] // PAGE * PAGE if starts else 0
            found += [[first + bias, end + bias] for first, end in known["silent"]]
        return found

    def in_section(self, stop: str) -> bool:
        """Does the program stand in a section?"""
        pc = int(field(stop, "addr"), 16)
        return any(first <= pc < end for first, end in self.silent)

    def step(self, command: str) -> Optional[Dict[str, Any]]:
        """Give COMMAND, again for as long as the program stands in a section."""
        stops = self.gdb.resume(COMMANDS[command])
        while (self.spec["leave_sections"] and stops and field(stops[-1], "addr")
               and self.in_section(stops[-1])):
            stops = self.gdb.resume(COMMANDS[command])
        if not stops or field(stops[-1], "reason").startswith("exited"):
            return None
        return self.where(command, stops)

    @staticmethod
    def where(command: str, stops: List[str]) -> Dict[str, Any]:
        """What STOPS say."""
        stop = stops[0]
        return {"command": command, "pc": int(field(stop, "addr") or "0", 16),
                "frames": [[field(stop, "func"), field(stop, "line")],
                           [field(stop, "reason"), len(stops)]]}

    def run(self) -> None:
        """The whole trace."""
        self.write(**self.where("", [self.start()]))
        for _ in range(self.spec["steps"]):
            command = self.spec["command"]
            record = self.step(self.random.choice(MIXED) if command == "mixed" else command)
            if record is None:
                break
            self.write(**record)
        self.gdb.give("-gdb-exit")
        self.write(event="end")


def main() -> None:
    """Read the orders and carry them out."""
    with open(os.environ["TRACE_SPEC"], encoding="utf-8") as file:
        spec = json.load(file)
    Tracer(spec, sys.argv[1:])


main()
