#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare where gdb-rseq stops with where GDB itself would.

Steps the program with the plugin, and a copy without its stores to rseq_cs
(see nopstores.py) with stock GDB.  Both traces have to be equal, except that
the plugin never stops between a store and the commit address.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import Any, Dict, List, Optional

import nopstores

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CONTEXT = 4
HUNG = "no end"
COMMANDS = ("next", "step", "stepi", "nexti", "until", "mixed")
Trace = List[Dict[str, Any]]


@dataclasses.dataclass
class Spec:
    """What trace.py is to do."""

    function: str = "main"      # where stepping begins
    within: str = ""            # ends when this is off the stack (default: function)
    command: str = "next"       # one of COMMANDS
    steps: int = 200
    seed: int = 1               # for the choices of "mixed"
    cpu: int = min(os.sched_getaffinity(0))  # the program runs on this one only
    lock: bool = False          # set scheduler-locking on
    arguments: str = ""
    settings: List[str] = dataclasses.field(default_factory=list)
    alone: bool = True          # no other thread changes where it goes
    mi: bool = False            # through GDB/MI
    gdbserver: str = ""         # run the program there
    leave_sections: bool = False
    objects: Dict[str, Any] = dataclasses.field(default_factory=dict)
    output: str = ""


@dataclasses.dataclass
class Tools:
    """The programs that take part."""

    gdb: str = "gdb"
    csinfo: str = str(ROOT / "build" / "csinfo")
    plugin: str = str(ROOT / "gdb-rseq" / "gdb-rseq.py")
    timeout: int = 120


@dataclasses.dataclass
class Result:
    """What came of one comparison."""

    equal: bool
    steps: int
    message: str
    repeats: List[str] = dataclasses.field(default_factory=list)  # why, of each
    cut: bool = False           # stock GDB did not come further in time

    def verdict(self) -> str:
        """In words."""
        words = f"equal, {self.steps} steps" if self.equal else f"differs at step {self.steps}"
        if self.cut:
            words += ", for the next stock GDB takes too long"
        return words + "".join(f" (repeated: {reason})" for reason in self.repeats)


class Program:
    """A binary, its copy without stores, and the libraries of both."""

    def __init__(self, tools: Tools, binary: pathlib.Path, work: pathlib.Path,
                 libraries: Optional[List[pathlib.Path]] = None) -> None:
        self.tools = tools
        self.name = binary.name
        self.work = work
        self.known: Dict[str, Any] = {}
        for folder in ("orig", "nops"):
            (work / folder).mkdir(parents=True, exist_ok=True)
        for file in [binary, *(libraries or [])]:
            self.add(file)

    def add(self, file: pathlib.Path) -> None:
        """Copy FILE twice, once without its stores."""
        sections = nopstores.read_sections(self.tools.csinfo, file)
        shutil.copy(file, self.work / "orig" / file.name)
        nopstores.write_copy(file, self.work / "nops" / file.name, sections)
        start = min(vaddr for _, vaddr, _ in nopstores.load_segments(file.read_bytes()))
        self.known[file.name] = {"link_start": start,
                                 "silent": [section.silent() for section in sections]}

    def trace(self, folder: str, plugin: bool, spec: Spec) -> Trace:
        """Step the program in FOLDER."""
        path = self.work / folder
        output = path / "trace.json"
        output.unlink(missing_ok=True)
        objects = {str(path / name): known for name, known in self.known.items()}
        order = dataclasses.replace(spec, leave_sections=not plugin, objects=objects,
                                    output=str(output), within=spec.within or spec.function,
                                    settings=[*self.target(path, spec), *spec.settings])
        (path / "spec.json").write_text(json.dumps(dataclasses.asdict(order)))
        ended = self.run_gdb(path, plugin, spec.mi)
        text = output.read_text() if output.exists() else ""
        trace = [json.loads(line) for line in text.splitlines()]
        return trace if ended else [*trace, {"event": HUNG}]

    def log(self, folder: str) -> str:
        """What GDB printed as it stepped the program in FOLDER."""
        return (self.work / folder / "gdb.log").read_text(errors="replace")

    def target(self, path: pathlib.Path, spec: Spec) -> List[str]:
        """The commands after which `run' starts the program as SPEC says."""
        if not spec.gdbserver:
            return [f"set exec-wrapper taskset -c {spec.cpu}"]
        server = f"{spec.gdbserver} --once --wrapper taskset -c {spec.cpu} -- --multi - 2>/dev/null"
        return ["set sysroot /", "set remotetimeout 60", f"target extended-remote | {server}",
                f"set remote exec-file {path / self.name}"]

    def command(self, path: pathlib.Path, plugin: bool, through_mi: bool) -> List[str]:
        """How GDB is started."""
        command = [self.tools.gdb, "-nx", "-q", "-iex", "set debuginfod enabled off"]
        if plugin:
            command += ["-ex", f"source {self.tools.plugin}"]
        if through_mi:
            return [sys.executable, str(HERE / "mitrace.py"), *command, "--interpreter=mi3",
                    str(path / self.name)]
        return [*command, "-batch", "-x", str(HERE / "trace.py"), str(path / self.name)]

    def run_gdb(self, path: pathlib.Path, plugin: bool, through_mi: bool) -> bool:
        """Run GDB with trace.py.  False when it hung and had to be killed."""
        command = self.command(path, plugin, through_mi)
        environment = {**os.environ, "TRACE_SPEC": str(path / "spec.json"),
                       "LD_LIBRARY_PATH": str(path), "LC_ALL": "C"}
        with open(path / "gdb.log", "w", encoding="utf-8") as log:
            try:
                subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                               stderr=subprocess.STDOUT, timeout=self.tools.timeout, check=False)
            except subprocess.TimeoutExpired:
                return False
        return True


def line_of(record: Optional[Dict[str, Any]]) -> str:
    """A stop in words."""
    if record is None:
        return "(the trace ends)"
    if "event" in record:
        return f"{record['event']}, status {record.get('exit_code')}"
    chain = " < ".join(f"{name}:{line}" for name, line in record["frames"])
    error = f" ({record['error']})" if record.get("error") else ""
    return f"{record['command']:6} {record['pc']:#x} {chain}{error}"


def essence(record: Optional[Dict[str, Any]], with_pc: bool) -> Any:
    """What of a stop is compared."""
    if record is None or "event" in record:
        return record
    return record["frames"], bool(record.get("error")), record["pc"] if with_pc else 0


def difference(stock: Trace, ours: Trace, with_pc: bool) -> Optional[int]:
    """The first step at which the traces differ."""
    for number in range(max(len(stock), len(ours))):
        pair = [essence(t[number] if number < len(t) else None, with_pc) for t in (stock, ours)]
        if pair[0] != pair[1]:
            return number
    return None


def describe(stock: Trace, ours: Trace, number: int) -> str:
    """The steps before a difference, and the two that differ."""
    lines = [f"  {i:5} both   {line_of(stock[i])}"
             for i in range(max(0, number - CONTEXT), number)]
    for name, trace in (("stock", stock), ("ours", ours)):
        record = trace[number] if number < len(trace) else None
        lines.append(f"  {number:5} {name:6} {line_of(record)}")
    return "\n".join(lines)


def excuse(log: str, spec: Spec) -> str:
    """Why a run of ours may differ, as its LOG shows, from stock GDB's; "" if it may not.

    The copy without stores is never aborted.
    """
    for words, reason in ((": aborted]", "the kernel aborted a section"),
                          ("the kernel aborts it", "it was stopped inside a section"),
                          (": branched to its abort handler]", "it moved to another CPU")):
        if words in log:
            return reason
    return "" if spec.alone else "other threads ran"


def compare(program: Program, spec: Spec, with_pc: bool = True, attempts: int = 3) -> Result:
    """Compare; a run that differs is repeated where it has an excuse."""
    stock = program.trace("nops", False, spec)
    cut = len(stock) > 2 and stock[-1].get("event") == HUNG
    stock = stock[:-1] if cut else stock
    repeats: List[str] = []
    while True:
        ours = program.trace("orig", True, spec)
        number = difference(stock, ours[:len(stock)] if cut else ours, with_pc)
        if number is None and len(stock) > 1:
            return Result(True, len(stock) - 1, "", repeats, cut)
        where = number or 0
        reason = excuse(program.log("orig"), spec)
        if not reason or len(repeats) + 1 == attempts or ours[-1].get("event") == HUNG:
            return Result(False, where, describe(stock, ours, where), repeats, cut)
        repeats.append(reason)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gdb", default=Tools.gdb)
    parser.add_argument("--csinfo", default=Tools.csinfo)
    parser.add_argument("--plugin", default=Tools.plugin)
    parser.add_argument("--timeout", type=int, default=Tools.timeout)
    parser.add_argument("--work", type=pathlib.Path, help="keep the traces here")
    parser.add_argument("--library", type=pathlib.Path, action="append")
    parser.add_argument("--function", default="main")
    parser.add_argument("--within", default="")
    parser.add_argument("--command", action="append", choices=COMMANDS)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpu", type=int, default=Spec.cpu)
    parser.add_argument("--lock", action="store_true")
    parser.add_argument("--mi", action="store_true", help="as an IDE does, through GDB/MI")
    parser.add_argument("--gdbserver", default="", help="run the program in this gdbserver")
    parser.add_argument("--no-pc", action="store_true", help="compare lines only")
    parser.add_argument("--set", action="append", default=[], help="a GDB command to begin with")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main() -> int:
    """Run from the command line."""
    options = parse()
    tools = Tools(options.gdb, options.csinfo, options.plugin, options.timeout)
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        work = (options.work or pathlib.Path(folder)).resolve()
        program = Program(tools, options.binary, work, options.library)
        for command in options.command or ["next"]:
            spec = Spec(options.function, options.within, command, options.steps, options.seed,
                        options.cpu, options.lock, shlex.join(options.arguments), options.set,
                        mi=options.mi, gdbserver=options.gdbserver)
            result = compare(program, spec, not options.no_pc)
            print(f"{options.binary.name} {command}: {result.verdict()}")
            if not result.equal or result.cut:
                print(result.message)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
