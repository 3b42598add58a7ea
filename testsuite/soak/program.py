# SPDX-License-Identifier: MIT
"""The program under the soak, seen from outside, by /proc."""

import os
import re
import subprocess
import time
from typing import Dict, List, Tuple

# Of /proc/PID/task/TID/status: what a debugger must not change.
_KEPT = ("SigBlk", "SigIgn", "SigCgt", "Cpus_allowed", "TracerPid")

# Address-space randomization off: a breakpoint's address is the same in every run.
_START = ["setarch", "-R"]


class Program:
    """A running program that ends as its standard input does, and judges itself."""

    def __init__(self, path: str, gdb: int) -> None:
        """Start PATH where process GDB is, so that its libraries are those that GDB sees."""
        self.path = os.path.realpath(path)
        line = _START + [self.path]
        if _mounts(gdb) != _mounts(os.getpid()):
            line = ["nsenter", "--target", str(gdb), "--mount", "--root", "--"] + line
        # pylint: disable-next=consider-using-with
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self.kill()
            raise RuntimeError("%s does not start" % path)

    def threads(self) -> List[int]:
        """Their ids, in the order of their start."""
        return sorted(int(name) for name in os.listdir("/proc/%d/task" % self.pid))

    def _status(self, thread: int) -> Dict[str, str]:
        path = "/proc/%d/task/%d/status" % (self.pid, thread)
        with open(path, encoding="utf-8", errors="replace") as status:
            return dict(line.rstrip("\n").partition(":\t")[::2] for line in status)

    def kept(self) -> Dict[int, Tuple[str, ...]]:
        """Of each thread what a debugger gives back."""
        found = {}
        for thread in self.threads():
            status = self._status(thread)
            found[thread] = tuple(status[name] for name in _KEPT)
        return found

    def idle(self) -> List[int]:
        """The threads that use no processor for a while: all but those that wait."""
        before = {thread: self._ticks(thread) for thread in self.threads()}
        end = time.monotonic() + 30
        while time.monotonic() < end:
            time.sleep(0.1)
            idle = [thread for thread, ticks in before.items()
                    if self._ticks(thread) == ticks]
            if not idle:
                break
        return idle

    def _ticks(self, thread: int) -> Tuple[str, ...]:
        """What grows when THREAD runs, or wakes up."""
        status = self._status(thread)
        with open("/proc/%d/task/%d/schedstat" % (self.pid, thread), encoding="ascii") as stat:
            return (stat.read().split()[0], status["voluntary_ctxt_switches"])

    def changed_text(self) -> List[str]:
        """Where its code in memory is not that of the files, as FILE+OFFSET: BYTES."""
        found: List[str] = []
        with open("/proc/%d/maps" % self.pid, encoding="utf-8") as maps, \
                open("/proc/%d/mem" % self.pid, "rb") as memory:
            for line in maps:
                match = re.match(r"(([0-9a-f]+)-([0-9a-f]+)) r-xp ([0-9a-f]+) \S+ \d+ +(/.*)",
                                 line)
                if match is not None:
                    low, high, offset = (int(text, 16) for text in match.groups()[1:4])
                    memory.seek(low)
                    file = match.group(5)
                    if not os.path.exists(file):  # in a mount of the program's own
                        file = "/proc/%d/map_files/%s" % (self.pid, match.group(1))
                    found += _differences(memory.read(high - low), file, offset)
        return found

    def end(self) -> Tuple[int, str]:
        """Have it end: its exit status, and what it has said."""
        try:
            text, _ = self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            return -1, "it does not end\n"
        return self._process.returncode, text

    def fate(self) -> str:
        """Whether it is still there."""
        status = self._process.poll()
        return "is there" if status is None else "has ended with status %d" % status

    def kill(self) -> None:
        """Be rid of it."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _mounts(pid: int) -> Tuple[str, str]:
    """What process PID sees as the file system."""
    return os.readlink("/proc/%d/ns/mnt" % pid), os.readlink("/proc/%d/root" % pid)


def _differences(code: bytes, path: str, offset: int) -> List[str]:
    with open(path, "rb") as file:
        file.seek(offset)
        want = file.read(len(code))
    if code[:len(want)] == want:
        return []
    return ["%s+0x%x: 0x%02x" % (path, offset + place, code[place])
            for place in range(len(want)) if code[place] != want[place]][:8]
