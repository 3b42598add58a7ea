# SPDX-License-Identifier: MIT
"""Step a program inside GDB and write down where each step ends.

Run by `gdb -x trace.py`; the environment variable TRACE_SPEC names a JSON file
with the fields of compare.Spec.  Writes one JSON object a line to spec["output"].
"""

import json
import os
import random
from typing import Any, Dict, Iterator, List, Optional

import gdb

MIXED = ("next", "step", "stepi", "nexti", "until")
PAGE = 4096
DEPTH_OF_CALLS = 4


def frames(frame: Optional[gdb.Frame]) -> Iterator[gdb.Frame]:
    """FRAME and those that called it."""
    while frame is not None and frame.is_valid():
        yield frame
        frame = frame.older()


class Tracer:
    """One run of one program."""

    def __init__(self, spec: Dict[str, Any]) -> None:
        self.spec = spec
        self.random = random.Random(spec["seed"])
        self.output = open(spec["output"], "w", encoding="utf-8")
        self.exit_code: Optional[int] = None
        self.silent: List[Any] = []
        gdb.events.exited.connect(self.on_exit)

    def on_exit(self, event: gdb.ExitedEvent) -> None:
        """Remember how the program ended."""
        self.exit_code = getattr(event, "exit_code", -1)

    def write(self, **record: Any) -> None:
        """One line of the trace."""
        self.output.write(json.dumps(record) + "\n")
        self.output.flush()

    def start(self) -> bool:
        """Run to the function where stepping begins."""
        spec = self.spec
        for command in ("set pagination off", "set confirm off", "set breakpoint pending on",
                        *spec["settings"]):
            gdb.execute(command)
        breakpoint_ = gdb.Breakpoint(spec["function"])
        gdb.execute("run " + spec["arguments"] + " > /dev/null")
        if not self.alive():
            return False
        breakpoint_.delete()
        if spec["lock"]:
            gdb.execute("set scheduler-locking on")
        self.silent = list(self.relocated())
        return True

    def relocated(self) -> Iterator[List[int]]:
        """The silent ranges at their run-time addresses."""
        pid = gdb.selected_inferior().pid
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            lines = [line.split() for line in maps]
        for name, known in self.spec["objects"].items():
            starts = [int(line[0].split("-")[0], 16) for line in lines if line[-1] == name]
            bias = min(starts) - known["link_start"] // PAGE * PAGE if starts else 0
            for first, end in known["silent"]:
                yield [first + bias, end + bias]

    @staticmethod
    def alive() -> bool:
        """Is there a program?"""
        return gdb.selected_inferior().pid != 0

    def within(self) -> bool:
        """Is the function where stepping began still on the stack?"""
        names = (frame.name() for frame in frames(gdb.newest_frame()))
        return any(name == self.spec["within"] for name in names)

    def in_section(self) -> bool:
        """Does the program stand in a section, or in something that one calls?"""
        for depth, frame in enumerate(frames(gdb.newest_frame())):
            pc = frame.pc()
            if any(first <= pc < end for first, end in self.silent):
                return True
            if depth == DEPTH_OF_CALLS:
                break
        return False

    @staticmethod
    def where() -> Dict[str, Any]:
        """The newest frame: inline functions, the function around them, and lines."""
        chain = []
        for frame in frames(gdb.newest_frame()):
            chain.append([frame.name(), frame.find_sal().line])
            if frame.type() != gdb.INLINE_FRAME:
                break
        return {"frames": chain, "pc": gdb.newest_frame().pc()}

    def once(self, command: str) -> str:
        """Give COMMAND; where GDB refuses it, go on by one instruction."""
        try:
            gdb.execute(command)
        except gdb.error as error:
            gdb.execute("stepi")
            return str(error)
        return ""

    def step(self, command: str) -> str:
        """Give COMMAND, again for as long as the program stands in a section."""
        error = self.once(command)
        while self.spec["leave_sections"] and self.alive() and self.in_section():
            self.once(command)
        return error

    def run(self) -> None:
        """The whole trace."""
        if not self.start():
            self.write(event="never there")
            return
        self.write(command="", **self.where())
        for _ in range(self.spec["steps"]):
            command = self.spec["command"]
            if command == "mixed":
                command = self.random.choice(MIXED)
            error = self.step(command)
            if not self.alive() or not self.within():
                break
            self.write(command=command, error=error, **self.where())
        self.finish()

    def finish(self) -> None:
        """Let the program end by itself, where nothing else was asked for."""
        if self.alive() and self.spec["lock"]:
            gdb.execute("kill")
            return
        if self.alive():
            gdb.execute("continue")
        self.write(event="end", exit_code=self.exit_code)


def main() -> None:
    """Read the orders and carry them out."""
    with open(os.environ["TRACE_SPEC"], encoding="utf-8") as file:
        spec = json.load(file)
    Tracer(spec).run()


main()
