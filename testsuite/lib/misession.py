#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Give GDB/MI the commands of a front end, and check each *stopped record.

Usage: misession.py SESSION SOURCE SETUP EARLIER GDB ARGUMENT...  SOURCE is the program's; SETUP
has CLI commands to begin with, separated by newlines; EARLIER is 1 where GDB stops an
instruction earlier before a section, as GDB 13 does where one is relative to rip.  Prints a line
for each check, PASS or FAIL and what.  In a SESSION:

  -exec-next --thread @        a command.  Front ends don't wait for answers, nor does this.
                               @ stands for the thread that stopped last; where several did,
                               the command is given for each.  {FILE} and {LINE} are where
                               it stopped, {MARK} is the line of SOURCE with that comment.
  !-stack-info-frame           one that has to fail
  stop REASON FUNCTION MARK    what has come of the commands before it: one *stopped record, in
                               FUNCTION at the line with the comment MARK
  stops N REASON FUNCTION MARK the same for N threads
  say REGEXP                   a line of the console, since the stop before
  unsaid REGEXP                no line of the console since GDB was started
  13 LINE                      LINE, if EARLIER
"""

import collections
import re
import sys
from typing import Deque, Dict, List, Tuple

import mi

_SETTLE = "-thread-info"  # what GDB still has to say comes in front of its answer


class Failed(Exception):
    """A check."""


class Session:
    """One run of a SESSION."""

    def __init__(self, gdb: mi.Mi, source: str) -> None:
        self.gdb = gdb
        self.lines = read_lines(source)
        self.place = {"FILE": "", "LINE": ""}  # of the last stop
        self.pending: Deque[Tuple[str, bool]] = collections.deque()  # and whether they fail
        self.stopped: List[str] = []
        self.said: List[str] = []  # since the stop before
        self.all_said: List[str] = []
        self.threads = [""]
        self.last = ""  # the command that resumed the program
        self.checks = 0

    def read(self) -> None:
        """Take the next record."""
        record = self.gdb.line()
        if record.startswith("*stopped"):
            self.stopped.append(record)
        elif record.startswith("~"):
            text = record[2:-1].replace('\\"', '"').replace("\\n", "")
            self.said.append(text)
            self.all_said.append(text)
        match = re.match(r"[0-9]*\^([a-z]+)", record)
        if match:
            command, fails = self.pending.popleft()
            if (match.group(1) == "error") != fails:
                raise Failed(f"{command}: {record}")

    def settle(self) -> None:
        """Read until everything is answered."""
        self.send(_SETTLE)
        while self.pending:
            self.read()

    def send(self, command: str) -> None:
        """Give COMMAND."""
        fails = command.startswith("!")
        command = re.sub(r"\{([^}]+)\}", self.expand, command[fails:])
        for thread in self.threads if "@" in command else [""]:
            self.pending.append((command, fails))
            self.gdb.write(command.replace("@", thread))
        if "-exec-" in command and "-exec-arguments" not in command:
            self.last = re.sub(r"^[0-9]*", "", command)
            self.said = []

    def expand(self, name: "re.Match[str]") -> str:
        """What NAME in braces stands for."""
        if name.group(1) in self.place:
            return self.place[name.group(1)]
        mark = f"/* {name.group(1)} */"
        return str(next(n for n, line in enumerate(self.lines, 1) if mark in line))

    def check_stops(self, number: int, reason: str, function: str = "", mark: str = "") -> None:
        """There are NUMBER stops, all alike, and no more."""
        while len(self.stopped) < number:
            self.read()
        self.settle()
        stops, self.stopped = self.stopped, []
        if len(stops) != number:
            raise Failed("%d records: %s" % (len(stops), stops))
        for stop in stops:
            if mi.field(stop, "reason") != reason or (
                    function and (mi.field(stop, "func") != function
                                  or f"/* {mark} */" not in source_line(stop))):
                raise Failed(stop)
        self.place = {"FILE": mi.field(stops[0], "fullname"), "LINE": mi.field(stops[0], "line")}
        self.threads = [mi.field(stop, "thread-id") for stop in stops]
        if len(set(self.threads)) != number:
            raise Failed("threads " + " ".join(self.threads))
        if len({mi.field(stop, "addr") for stop in stops}) != 1:
            raise Failed("not at one address: %s" % stops)

    def check_said(self, pattern: str) -> None:
        """The console has shown PATTERN."""
        self.settle()
        if not any(re.fullmatch(pattern, text) for text in self.said):
            raise Failed("said: %s" % self.said)

    def check_unsaid(self, pattern: str) -> None:
        """It has never."""
        self.settle()
        found = [text for text in self.all_said if re.fullmatch(pattern, text)]
        if found:
            raise Failed("%d times: %s" % (len(found), found[0]))

    def do(self, line: str) -> None:
        """One LINE of the session."""
        words = line.split(" ", 1)
        checks: Dict[str, object] = {
            "stop": lambda: self.check_stops(1, *line.split(" ", 3)[1:]),
            "stops": lambda: self.check_stops(int(line.split(" ")[1]), *line.split(" ", 4)[2:]),
            "say": lambda: self.check_said(words[1]),
            "unsaid": lambda: self.check_unsaid(words[1])}
        check = checks.get(words[0])
        if check is None:
            self.send(line)
            return
        self.checks += 1
        name = f"{self.checks}: {self.last}: {line}"
        try:
            check()  # type: ignore[operator]
        except (Failed, mi.Ended) as problem:
            raise Failed(f"{name}\n{problem}") from None
        print(f"PASS {name}", flush=True)


def read_lines(path: str) -> List[str]:
    """The lines of the file PATH."""
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")


def source_line(stop: str) -> str:
    """The line of source that STOP names."""
    number = int(mi.field(stop, "line") or "0")
    return read_lines(mi.field(stop, "fullname"))[number - 1]


def main() -> int:
    """Run from the command line."""
    file, source, setup, earlier, *command = sys.argv[1:]
    session = Session(mi.Mi(command), source)
    try:
        for line in setup.split("\n"):
            session.send('-interpreter-exec console "%s"' % line)
        for line in read_lines(file):
            if earlier == "1" and line.startswith("13 "):
                line = line[3:]
            if line and not line.startswith(("#", "13 ")):
                session.do(line)
        session.settle()
    except (Failed, mi.Ended) as problem:
        print(f"FAIL {problem}; to be answered: {list(session.pending)}")
        return 1
    session.gdb.write("-gdb-exit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
