# SPDX-License-Identifier: MIT
"""The user's dprintfs: GDB's Python knows nothing of them, its table of breakpoints all.

A Dprintf looks like a gdb.Breakpoint, as far as it is looked at here.
"""

from __future__ import annotations

import re

import gdb

from . import TYPE_CHECKING
from .objfiles import process

if TYPE_CHECKING:
    from typing import Dict, List, Optional, Set, Tuple

_HEAD = r"^(-?\d+) +(\S+) .*? ([yn]) "
_PLACE = r"^\d+\.(\d+) +(\S+) +(0x[0-9a-f]+)\b(.*)$"
_INFERIORS = r" inf ([\d, ]+)$"
_CONDITION = r"^\tstop only if (.*?)(?: \((?:host|target) evals\))?$"
_THREAD = r"^\tstop only in thread (?:(\d+)\.)?(\d+)$"
_IGNORE = r"^\tignore next (\d+) hits$"
_ACTION = r"^ {8}((printf|call|agent-printf) .*)$"


class Location:
    """As a gdb.BreakpointLocation."""

    def __init__(self, name: Tuple[int, int], address: int, function: str, enabled: bool) -> None:
        self._name = name
        self.address = address
        self.function = function  # and its place
        inferiors = re.search(_INFERIORS, function)
        self.thread_groups = [int(number) for number in inferiors.group(1).split(",")
                              ] if inferiors else []
        self.source = None
        self._enabled = enabled

    @property
    def enabled(self) -> bool:
        """Whether the location is on, apart from its dprintf."""
        return self._enabled

    @enabled.setter
    def enabled(self, wanted: bool) -> None:
        self._enabled = wanted
        number, place = self._name
        # `disable 2.1' is `disable 2' where there is one location.  So ask for two: 2.1 is
        # done before GDB finds that there is no 2.2.
        _try("%s %d.%d-%d" % ("enable" if wanted else "disable", number, place,
                              place + 1 if place == 1 else place))


def _try(command: str) -> None:
    """Do COMMAND, whether it fails or not.

    While the program is being resumed no error may come to gdb.execute(): GDB 13 would
    take the user's command for done.
    """
    selected = gdb.selected_thread()
    if selected is not None:
        command = "thread apply %d.%d -q -s %s" % (selected.inferior.num, selected.num, command)
    try:
        gdb.execute(command, to_string=True)
    except gdb.error:
        pass


class Dprintf:
    """One of them, as it was when it was last read."""

    type = gdb.BP_BREAKPOINT
    commands = None
    silent = temporary = False
    task = inferior = None

    def __init__(self, number: int) -> None:
        self.number = number
        self.read([])

    def read(self, lines: List[str]) -> None:
        """LINES are what the table says of it; none when it is gone."""
        self._valid = bool(lines)
        self.enabled = False
        self.locations: List[Location] = []
        self.condition: Optional[str] = None
        self.thread: Optional[int] = None
        self.action = ""  # the command that prints
        self._ignore_count = 0
        for line in lines:
            self._read_line(line)

    def _read_line(self, line: str) -> None:
        head = re.match(_HEAD, line)
        if head:
            self.enabled = head.group(3) == "y"
        place = re.match(_PLACE, line)
        if place:
            self.locations.append(Location((self.number, int(place.group(1))), int(
                place.group(3), 16), place.group(4), place.group(2) == "y"))
        for pattern, read in ((_CONDITION, self._read_condition), (_THREAD, self._read_thread),
                              (_IGNORE, self._read_ignore), (_ACTION, self._read_action)):
            match = re.match(pattern, line)
            if match:
                read(match)

    def _read_condition(self, match: "re.Match[str]") -> None:
        self.condition = match.group(1)

    def _read_thread(self, match: "re.Match[str]") -> None:
        inferior = int(match.group(1) or gdb.selected_inferior().num)
        self.thread = next((each.global_num for each in gdb.inferiors()
                            if each.num == inferior for each in each.threads()
                            if each.num == int(match.group(2))), None)

    def _read_ignore(self, match: "re.Match[str]") -> None:
        self._ignore_count = int(match.group(1))

    def _read_action(self, match: "re.Match[str]") -> None:
        self.action = match.group(1)

    @property
    def ignore_count(self) -> int:
        """How many crossings are to be ignored."""
        return self._ignore_count

    @ignore_count.setter
    def ignore_count(self, count: int) -> None:
        self._ignore_count = count
        gdb.execute("ignore %d %d" % (self.number, count), to_string=True)

    def print_now(self) -> None:
        """Do what it does, in an event of a breakpoint."""
        style, _, rest = self.action.partition(" ")
        if style == "printf":
            # `-c': no error may come to gdb.execute(); see _try().
            gdb.execute("frame apply level 0 -q -c " + self.action)
            return
        try:
            gdb.parse_and_eval(rest)  # GDB 16 would wait for ever for `call' here
        except gdb.error as error:
            gdb.write("Error in dprintf %d:\n%s\n" % (self.number, error))

    def is_valid(self) -> bool:
        """False when the user has deleted it."""
        return self._valid


def _blocks(text: str) -> Dict[int, List[str]]:
    """The lines about each dprintf in TEXT, the table of breakpoints."""
    found: Dict[int, List[str]] = {}
    lines: List[str] = []
    for line in text.splitlines():
        head = re.match(_HEAD, line)
        if head:
            lines = []
            if head.group(2) == "dprintf":
                found[int(head.group(1))] = lines
        lines.append(line)
    return found


def _last() -> int:
    """The number of the newest breakpoint: GDB counts them there, dprintfs included."""
    last = gdb.convenience_variable("bpnum")
    return 0 if last is None else int(last)


class Prints:
    """All of them."""

    def __init__(self) -> None:
        self._known: Dict[int, Dprintf] = {}
        self._seen = (0, 0)
        self._others: Set[int] = set()  # the numbers of all other breakpoints

    def may_be_new(self) -> bool:
        """True when there may be one, or a location, that was not there before."""
        now = (_last(), process.changes)
        # GDB 16 dies of the table when it has a breakpoint of its own for a thread that went
        # with `detach'.
        if now[0] == self._seen[0] and not any(each.pid for each in gdb.inferiors()):
            return False
        seen, self._seen = self._seen, now
        return seen[0] != now[0] or bool(self._known) and seen[1] != now[1]

    def passed(self, number: int) -> None:
        """Breakpoint NUMBER is none of them."""
        if number > 0:
            self._others.add(number)

    def _may_exist(self) -> bool:
        """False when Python knows each breakpoint that there ever was.

        The table takes GDB milliseconds where it has to look its own breakpoints up.
        """
        for each in gdb.breakpoints():
            self.passed(each.number)
        return bool(self._known) or _last() > len(self._others)

    def read(self) -> Tuple[List[Dprintf], List[Dprintf]]:
        """Those that exist, as they are now, and those that do not any more."""
        if not self._may_exist():
            return [], []
        # Not `info breakpoints': that may have hooks, ours among them.
        blocks = _blocks(gdb.execute("maint info breakpoints", to_string=True))
        gone = [self._known.pop(number) for number in set(self._known) - set(blocks)]
        for each in gone:
            each.read([])
        for number, lines in blocks.items():
            self._known.setdefault(number, Dprintf(number)).read(lines)
        return list(self._known.values()), gone
