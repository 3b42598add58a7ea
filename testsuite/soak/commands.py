# SPDX-License-Identifier: MIT
"""The random commands of a soak; the seed alone decides which."""

import random
from dataclasses import dataclass
from typing import Callable, Iterator, List, Set, Tuple

# How a command ends.
ANSWERS = "answers"  # at once
STEPS = "steps"  # by itself, soon
RUNS = "runs"  # at a stop that may never come
IN_BACKGROUND = "in the background"  # after `interrupt'

_JUMP = "jump *$pc"  # to where the thread is

THREADS = 6  # of soak.c
BREAKPOINTS = 6  # so many at a time; one more, and one goes
HARDWARE = 2  # of them; with five debug registers GDB does not even end `attach'


@dataclass(frozen=True)
class Command:
    """One TEXT to type, after PATIENCE seconds perhaps with Ctrl-C behind it."""

    text: str
    kind: str = ANSWERS
    patience: float = 0.0


@dataclass(frozen=True)
class Places:
    """Of the program: functions and addresses of instructions, as `break' takes them."""

    functions: List[str]
    addresses: List[str]  # all
    inside: List[str]  # of those, what is in a section or near


class Commands:
    """An endless sequence."""

    def __init__(self, seed: int, places: Places) -> None:
        self._random = random.Random(seed)
        self._places = places
        self._number = 0  # of the last breakpoint
        self._live: List[int] = []
        self._hard: List[int] = []  # those that take a debug register
        self._prints: Set[int] = set()  # those that are a dprintf
        self._kinds: List[Tuple[int, Callable[[], List[Command]]]] = [
            (30, self._step), (12, self._rseq_step), (8, self._interrupted_step),
            (14, self._run), (4, self._background), (2, self._apply), (1, self._call),
            (12, self._break), (1, self._catch),
            (6, self._change), (4, self._delete), (8, self._thread), (10, self._info),
            (4, self._settings), (1, self._policies), (2, self._signals), (1, self._attach)]

    def __iter__(self) -> Iterator[Command]:
        kinds = [kind for _, kind in self._kinds]
        weights = [weight for weight, _ in self._kinds]
        while True:
            yield from self._random.choices(kinds, weights)[0]()

    def _one(self, *of: str) -> str:
        return self._random.choice(of)

    # ---- running ----

    def _step(self) -> List[Command]:
        name = self._one("step", "next", "stepi", "nexti")
        count = self._one("", "", "", "", " 2", " 3", " 7")
        alias = self._one(name, name, {"step": "s", "next": "n", "stepi": "si",
                                       "nexti": "ni"}[name])
        return [Command(alias + count, STEPS)]

    def _rseq_step(self) -> List[Command]:
        name = self._one("step", "next", "stepi", "nexti")
        return [Command("rseq %s %d" % (name, self._random.randint(1, 8)), STEPS)]

    def _interrupted_step(self) -> List[Command]:
        name = self._one("step", "next 3", "stepi 20", "nexti", "rseq next 50",
                         "rseq stepi 30")
        return [Command(name, RUNS, self._random.uniform(0, 0.01))]

    def _run(self) -> List[Command]:
        text = self._one("continue", "continue", "continue", "finish", "until",
                         "until " + self._location(), "advance " + self._location(),
                         "continue 3", "signal 0", "signal SIGUSR1", "signal SIGUSR2",
                         _JUMP)
        # Ctrl-C that comes before GDB has resumed the program: GDB 13.1 says "Quit" and
        # then, after `until' and `advance', reads no more.
        run = Command(text, RUNS, self._random.uniform(0.005, 0.05))
        # $pc is that of the selected frame.
        return [Command("frame 0"), run] if text == _JUMP else [run]

    def _background(self) -> List[Command]:
        text = self._one("continue&", "next&", "step&", "stepi&", "finish&")
        return [Command(text, IN_BACKGROUND, self._random.uniform(0, 0.02))]

    def _apply(self) -> List[Command]:
        first = self._any_thread()
        threads = self._one("all", "%d" % first, "%d-%d" % (first, THREADS))
        return [Command("thread apply %s %s%s" % (
            threads, self._one("", "-q ", "-s "),
            self._one("stepi", "nexti", "next", "step", "rseq next 2", "frame")), STEPS)]

    def _call(self) -> List[Command]:
        # What stops the program in the function leaves GDB's frame on the stack, which a user
        # would have to take away.
        return [Command("disable"), Command("handle SIGUSR1 SIGINT nostop noprint"),
                Command(self._one("call plain(3)", "print plain(4) + plain(5)"), STEPS),
                Command("handle SIGUSR1 SIGINT stop print"), Command("enable")]

    # ---- breakpoints ----

    def _location(self) -> str:
        places = self._places
        return self._one(self._random.choice(places.functions),
                         self._random.choice(places.addresses),
                         self._random.choice(places.inside))

    def _verb(self) -> str:
        verb = self._one("break", "break", "break", "tbreak", "tbreak", "hbreak")
        if verb != "hbreak":
            return verb
        self._hard = [number for number in self._hard if number in self._live]
        if len(self._hard) == HARDWARE:
            return "break"
        self._hard.append(self._number)
        return verb

    def _add(self, text: str) -> List[Command]:
        """A new breakpoint, and the oldest away when there are too many; _number is its."""
        self._live.append(self._number)
        found = [Command(text)]
        if len(self._live) > BREAKPOINTS:
            found.append(Command("delete %d" % self._live.pop(0)))
        return found

    def _break(self) -> List[Command]:
        self._number += 1
        thread = self._any_thread()
        if self._random.random() < 0.1:
            self._prints.add(self._number)
            # Where threads do not come all the time: GDB would do nothing else.
            return self._add('dprintf tick,"cpu %d\\n",$_rseq_cpu_id()')
        text = self._verb() + " " + self._location()
        return self._add(text + self._one(
            "", "", "", " thread %d" % thread, " thread %d if stop" % thread,
            " if $_rseq_cpu_id() == 1", " if 0", " if stop", " if $rcx != 0"))

    def _catch(self) -> List[Command]:
        self._number += 1
        # None of a system call: GDB 13 dies of `save breakpoints' where there is one.
        return self._add(self._one("catch signal SIGUSR1", "tcatch signal SIGUSR1",
                                   "catch signal SIGUSR2", "tcatch signal SIGUSR2"))

    def _any(self) -> int:
        return self._random.choice(self._live) if self._live else 1

    def _any_thread(self) -> int:
        return self._random.randint(1, THREADS)

    def _change(self) -> List[Command]:
        number = self._any()
        text = self._one(
            "disable %d", "enable %d", "enable once %d", "enable delete %d",
            "enable count 2 %d", "ignore %d 2", "condition %d", "condition %d $rax != 1",
            "commands %d\nsilent\nend", "commands %d\nend", "commands %d\ninfo rseq\nend",
            "condition %d $_rseq_in_cs()", "condition -force %d value == 3",
            "disable %d.1", "enable %d.1") % number
        # GDB 16 dies of a dprintf whose commands are none (dprintf_breakpoint::
        # after_condition_true of breakpoint.c).
        if number in self._prints and text.startswith("commands"):
            return []
        return [Command(text)]

    def _delete(self) -> List[Command]:
        if not self._live:
            return []
        number = self._any()
        self._live.remove(number)
        return [Command("delete %d" % number)]

    # ---- the rest ----

    def _thread(self) -> List[Command]:
        return [Command(self._one("thread %d" % self._any_thread(), "up", "down", "frame 0"))]

    def _info(self) -> List[Command]:
        return [Command(self._one(
            "info rseq", "info rseq thread %d" % self._any_thread(), "info rseq sections",
            "info rseq section", "info threads", "info breakpoints", "info registers rip",
            "bt", "x/3i $pc", "rseq disassemble", "thread apply all bt 1", "info program",
            "maint info breakpoints", "output $_rseq_in_cs()", "info locals",
            "thread apply all -q output $pc", "info source", "info frame",
            "list", "rseq lint", "info rseq threads 1-3", "info rseq -json",
            "info rseq sections -v", "info rseq section add_one", "rseq disassemble/s push",
            "rseq lint -json", "info watchpoints", "info signals SIGUSR1", "info inferiors",
            "save breakpoints /dev/null", "print *$_rseq_area()", "print $_rseq_cs()"))]

    def _settings(self) -> List[Command]:
        # Not displaced-stepping off: stock GDB 13 and 16 come to rest for good with it, all
        # threads stopped, where several of them come to breakpoints all the time.
        return [Command("set " + self._one(
            "scheduler-locking off", "scheduler-locking on", "scheduler-locking step",
            "scheduler-locking replay", "displaced-stepping on", "displaced-stepping auto",
            "rseq notify on", "rseq notify off", "step-mode on", "step-mode off",
            "print address on", "print address off", "schedule-multiple on",
            "schedule-multiple off",
            "breakpoint always-inserted on", "breakpoint always-inserted off"))]

    def _policies(self) -> List[Command]:
        # What lets a breakpoint break its section, or a signal have GDB put one of its own
        # where it ends a step in a section, is not for a run.
        return self._random.choice([
            [Command("set rseq breakpoints off"), Command("info breakpoints"),
             Command("set rseq breakpoints protect")],
            [Command("set rseq breakpoints warn"), Command("info rseq"),
             Command("set rseq breakpoints protect")],
            [Command("set rseq stepping off"), Command("info rseq"),
             Command("set rseq stepping on")]])

    def _signals(self) -> List[Command]:
        return [Command(self._one(
            "handle SIGUSR1 nostop noprint", "handle SIGUSR1 nostop print",
            "handle SIGUSR1 stop print", "handle SIGUSR2 stop print",
            "queue-signal SIGUSR1", "queue-signal SIGUSR2", "queue-signal 0"))]

    def _attach(self) -> List[Command]:
        return [Command("detach"), Command("attach")]
