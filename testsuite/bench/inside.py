# SPDX-License-Identifier: MIT
"""Run inside GDB by scripts/bench: times one thing and prints `us NUMBER`.

$RSEQ_BENCH says what: a stepping command in plain code, one of SKIPS, or `script` (a
skip by hand, with two temporary breakpoints), one of VIEWS (of 1,000 threads that were
just stopped), `others FUNCTION N` (what N threads take for an operation while another is
stepped in FUNCTION), `hits LOCATION` (of a breakpoint); $RSEQ_BENCH_COUNT how often.
"""

import os
import time

import gdb

WHAT = os.environ["RSEQ_BENCH"]
VIEWS = ("info threads", "info rseq")
THREADS = 1000
STEPS = 30  # of `others'
SKIPS = {"skip": "rseq stepi", "skip-stepi": "stepi"}
COUNT = int(os.environ["RSEQ_BENCH_COUNT"])


def execute(command: str) -> str:
    """Run COMMAND, keeping its text away from the terminal."""
    return gdb.execute(command, to_string=True)


def steps(command: str) -> float:
    """Seconds of COUNT times COMMAND in code without any section."""
    execute("break plain")
    execute("run plain 1000000000")
    for _ in range(20):
        execute(command)
    start = time.perf_counter()
    for _ in range(COUNT):
        execute(command)
    return time.perf_counter() - start


def views(command: str) -> float:
    """Seconds of COUNT times COMMAND, each at a new stop of many threads."""
    execute("break ready")
    execute("run %d" % THREADS)
    total = 0.0
    for _ in range(COUNT):
        execute("stepi")
        before = time.perf_counter()
        text = execute(command)
        total += time.perf_counter() - before
        if len(text.splitlines()) != THREADS + 1:
            raise gdb.GdbError("bench: `%s' does not show every thread" % command)
    return total


def descriptor() -> "tuple[int, int, int]":
    """start_ip, commit and abort_ip of the section, from its descriptor in memory."""
    words = [int(gdb.parse_and_eval("((unsigned long *) &bench_cs)[%d]" % n))
             for n in (1, 2, 3)]
    return (words[0], words[0] + words[1], words[2])


def by_hand(commit: int, abort: int) -> None:
    """What a user would script: breakpoints on the two ends, continue, clean up."""
    breakpoints = [gdb.Breakpoint("*0x%x" % address, temporary=True)
                   for address in (commit, abort)]
    execute("continue")
    for breakpoint_ in breakpoints:
        if breakpoint_.is_valid():
            breakpoint_.delete()


def skips() -> float:
    """Seconds of COUNT skips from STORE; what brings the thread there is not timed."""
    execute("break counter_add")
    execute("run counted 1000000000")
    execute("delete")
    start_ip, commit, abort = descriptor()
    frame = gdb.newest_frame()
    code = frame.architecture().disassemble(int(frame.function().value().address),
                                            start_ip - 1)
    gate = code[-2]["addr"]  # in front of STORE, which ends at start_ip
    total = 0.0
    for _ in range(COUNT):
        execute("tbreak *0x%x" % gate)
        execute("continue")
        execute("stepi")
        before = time.perf_counter()
        if WHAT == "script":
            by_hand(commit, abort)
        else:
            execute(SKIPS[WHAT])
        total += time.perf_counter() - before
        if gdb.newest_frame().pc() not in (commit, abort):
            raise gdb.GdbError("bench: the thread is not at an exit")
    return total


def operations() -> int:
    """What the other threads have done."""
    return sum(int(gdb.parse_and_eval("others[%d].done" % number)) for number in range(64))


def others(function: str, threads: str) -> float:
    """Seconds that COUNT thousand operations of the others take, a thread being stepped."""
    execute("break " + function)
    execute("run %s %s" % (function, threads))
    execute("delete")
    for _ in range(20):
        execute("next")
    before, start = operations(), time.perf_counter()
    for _ in range(STEPS):
        execute("next")
    seconds = time.perf_counter() - start
    return seconds / (operations() - before) * 1000 * COUNT


def hits(location: str) -> float:
    """Seconds of COUNT passes, each stopped by a breakpoint at LOCATION."""
    execute("break counted")
    execute("run counted 1000000000")
    execute("delete")
    execute("break " + location)
    execute("continue")
    start = time.perf_counter()
    for _ in range(COUNT):
        execute("continue")
    return time.perf_counter() - start


gdb.execute("set pagination off")
if WHAT == "script" or WHAT in SKIPS:
    seconds = skips()
elif WHAT in VIEWS:
    seconds = views(WHAT)
elif WHAT.startswith("others "):
    seconds = others(*WHAT.split()[1:])
elif WHAT.startswith("hits "):
    seconds = hits(WHAT.partition(" ")[2])
else:
    seconds = steps(WHAT)
print("us %.3f" % (seconds / COUNT * 1e6))
gdb.execute("kill")
