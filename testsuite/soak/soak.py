#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Give GDB random commands on a busy program; nothing may be lost or left behind.

Usage: soak.py [--gdb GDB] [--seed N] [--commands N] [--log FILE] PROGRAM

PROGRAM is soak.c.  GDB attaches to it, gets the commands that the seed stands for at a
terminal, and detaches.  Exit status 0 when every command ended as it should, GDB's
settings, breakpoints and memory and the program's code, masks and affinity are as
before, every thread goes on, and the program has lost nothing.
"""

import argparse
import os
import re
import sys
import time
from typing import BinaryIO, Dict, List, Tuple

from commands import ANSWERS, IN_BACKGROUND, RUNS, Command, Commands, Places
from console import Console, Silent, resident
from program import Program

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLUGIN = os.path.join(ROOT, "gdb-rseq", "gdb-rseq.py")

SOON = 30  # seconds in which a step ends, or Ctrl-C is answered, on a busy machine
PATCH = 100  # commands between two looks at the program's code
GROWTH = 8192  # KiB that GDB may grow by after a quarter of the run

_OPTIONS = ("debuginfod enabled off", "confirm off", "height 0", "width 0",
            "style enabled off", "editing off", "prompt (soak) ")

# Whatever the command, an answer like this is a failure.
_WRONG = re.compile(
    r"Traceback|Python Exception|Error occurred in Python|internal-error|problem internal"
    r"|^gdb-rseq: |SIGSEGV|SIGTRAP|SIGILL|SIGBUS|SIGABRT|\[Inferior \d+ .*exited"
    r"|while in a function called from GDB|Cannot (?:remove|insert)|Couldn't|ptrace|^warning: ",
    re.MULTILINE)

# What GDB says itself, also without us: a thread has a pending event, too (resume_1 of
# infrun.c); it can't unwind an abort handler, which has no symbol, and so not leave it.
_KNOWN = re.compile(
    r"warning: Couldn't deliver signal SIGUSR[12] to [0-9.]+\.$"
    r"|(?:gdb-rseq: |Python Exception <class 'gdb.error'>: )?Warning:\n"
    r"Cannot insert breakpoint 0\.\nCannot access memory at .*\n+(?:gdb-rseq: Command aborted\.)?"
    r"|^gdb-rseq: Command aborted\.$"
    r"|^It stopped with signal SIGTRAP, Trace/breakpoint trap\.$"  # a step that Ctrl-C ended
    r"|^warning: Couldn't restore frame #\d+ in current thread\. .*$"  # `thread apply'
    r"|^warning: Nothing to save\.$"
    r"|^warning: failed to validate condition at location [0-9.]+, disabling:$"
    r"|^gdb-rseq: Cannot find bounds of current function$"
    # Of GDB 16; of one that sees other files than the program (make debian13).
    r"|^warning: \d+\t.*: No such file or directory$"
    r"|^warning: Expected absolute pathname for libpthread in the inferior, but got .*$"
    r"|^warning: Unable to find libthread_db matching .*$", re.MULTILINE)

# What GDB shows where Ctrl-C comes while it is in a Python callback, which it then ends.
_INTERRUPTED = re.compile(r"Python Exception <class 'KeyboardInterrupt'>: .*")

# What a user must do to have GDB as it was, after the settings of Commands.
_RESTORE = ("scheduler-locking replay", "displaced-stepping auto", "rseq notify on",
            "step-mode off", "print address on", "breakpoint always-inserted off",
            "schedule-multiple off", "rseq breakpoints protect", "rseq stepping on")


class Failed(Exception):
    """What went wrong."""


class Soak:
    """One run."""

    def __init__(self, options: argparse.Namespace, log: BinaryIO) -> None:
        self._wanted = options.commands
        line = [options.gdb, "-q", "-nx"]
        for option in _OPTIONS:
            line += ["-iex", "set " + option]
        self._console = Console(line + [os.path.realpath(options.program)], log)
        if self._console.wait(SOON) is None:
            self._console.close()
            raise Silent("GDB does not start")
        self._program = Program(options.program, self._console.pid)
        self._seed = options.seed
        self._given = 0
        self._inserted = False  # what was always in the code goes with the next resumption
        self._dropped = 0  # Ctrl-C that GDB did not hear of
        self._command = ""
        self._memory: List[int] = []

    # ---- the run ----

    def run(self) -> str:
        """Do it all; how it went, in words.  Raises Failed or Silent."""
        console, program = self._console, self._program
        kept = program.kept()
        console.ask("source " + PLUGIN)
        self._attach()
        before = self._left()
        places = self._places()
        start = time.monotonic()
        for command in Commands(self._seed, places):
            if self._given == self._wanted:
                break
            self._give(command)
            self._given += 1
            if self._given % PATCH == 0:
                self._look_at_code()
            if self._given in (self._wanted // 4, self._wanted):
                self._memory.append(resident(console.pid))
        rate = self._given / (time.monotonic() - start)
        self._end(before, kept)
        return "%s, %.0f commands/s, GDB %d then %d KiB, %d Ctrl-C dropped" % (
            self._verdict(), rate, self._memory[0], self._memory[-1], self._dropped)

    def _attach(self) -> None:
        self._check(self._console.ask("attach %d" % self._program.pid))

    def _detach(self) -> None:
        self._check(self._console.ask("detach"))
        changed = self._program.changed_text()
        if changed:
            raise Failed("in the code is left: %s" % ", ".join(changed))

    def _end(self, before: Dict[str, str], kept: Dict[int, Tuple[str, ...]]) -> None:
        self._command = "(the end)"
        self._synchronize()
        for setting in _RESTORE:
            self._check(self._console.ask("set " + setting))
        for command in ("handle SIGUSR1 SIGUSR2 SIGINT stop print", "delete"):
            self._console.ask(command)
        self._console.ask("stepi")  # what has become needless goes then
        left = self._left()
        self._compare(before, {what: left[what] for what in ("settings", "signals", "breakpoints")})
        self._detach()
        self._compare(before, {"hooks": self._left()["hooks"]})
        if self._program.kept() != kept:
            raise Failed("masks and affinity were %s, are %s" % (kept, self._program.kept()))
        idle = self._program.idle()
        if idle:
            raise Failed("threads %s do not go on" % idle)
        # In a short run there are still first uses of commands in between.
        if self._wanted >= 5000 and self._memory[1] > self._memory[0] + GROWTH:
            raise Failed("GDB grew from %d to %d KiB" % tuple(self._memory))

    def _verdict(self) -> str:
        status, text = self._program.end()
        if status != 0:
            raise Failed("the program ends with status %d: %s" % (status, text.strip()))
        return text.strip()

    # ---- one command ----

    def _give(self, command: Command) -> None:
        self._command = text = command.text
        self._inserted = text.startswith("set breakpoint always-inserted") or (
            self._inserted and command.kind == ANSWERS)
        if text == "attach":
            return self._attach()
        if text == "detach":
            return self._detach()
        console = self._console
        console.type(text)
        if command.kind == IN_BACKGROUND:
            return self._give_in_background(command)
        if "\n" in text:  # each line has a prompt, should there be no such breakpoint
            return self._check(self._synchronize())
        answer = console.wait(command.patience if command.kind == RUNS else SOON)
        if answer is None and command.kind == RUNS:  # it may never stop
            answer = self._interrupt()
            answer = _INTERRUPTED.sub("", answer + self._synchronize())
        if answer is None:
            raise Failed("does not end: %s" % self._where())
        self._check(answer)

    def _interrupt(self) -> str:
        """What is shown after Ctrl-C.

        GDB itself drops one that comes between a command's hook and the resumption
        (target_terminal::inferior() of target.c): it is typed again, and counted.
        """
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            self._console.interrupt()
            answer = self._console.wait(2)
            if answer is not None:
                return answer
            self._dropped += 1
        raise Failed("Ctrl-C is not answered")

    def _give_in_background(self, command: Command) -> None:
        console = self._console
        shown = self._synchronize()
        time.sleep(command.patience)
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            console.type("interrupt")
            shown += self._synchronize()
            for _ in range(20):
                console.type("info threads")
                threads = self._synchronize()
                if "(running)" not in threads:
                    return self._check(shown + threads)
                time.sleep(0.02)
            self._dropped += 1
        raise Failed("`interrupt' does not stop it")

    def _recover(self) -> None:
        """Be rid of a breakpoint of GDB's own that it can't insert.

        It belongs to a thread in an abort handler, whose callers GDB can't find (`finish'), and
        goes with that thread's next command, or that of any where all threads are resumed.
        """
        self._console.ask("set scheduler-locking replay")
        self._console.ask("stepi")

    def _synchronize(self) -> str:
        """What is shown until GDB has nothing more to say."""
        shown = self._console.drain(0.02)
        for _ in range(3):  # Ctrl-C that comes late ends the question, too
            answer = self._console.settle(SOON / 3)
            if answer is not None:
                return shown + answer
            self._console.interrupt()
            self._dropped += 1
        raise Failed("GDB does not come to rest")

    def _where(self) -> str:
        """Where the threads are that don't come to an end."""
        self._console.interrupt()
        try:
            self._console.wait(SOON)
            return "\n" + self._console.ask("thread apply all -q bt 3")
        except Silent as silent:
            return str(silent)

    def _check(self, answer: str) -> None:
        if "Cannot insert breakpoint 0" in answer:
            self._recover()
        match = _WRONG.search(_KNOWN.sub("", answer))
        if match is not None:
            raise Failed("it answers:\n%s" % answer.strip())

    # ---- what must be as before ----

    def _left(self) -> Dict[str, str]:
        """What a command might leave behind in GDB."""
        ask = self._console.ask
        own = [re.sub(r"\s+", " ", line) for line in ask("maint info breakpoints").splitlines()
               if not line.lstrip().startswith("breakpoint already hit")
               and "_dl_debug_state" not in line]  # tells of libraries, while there are any
        own = _without_momentary(own)
        # The numbers of GDB's own are new after each attach.
        own = sorted(re.sub(r"^-?\d+(\.\d+)? ", "", line) for line in own)
        # Convenience variables are no settings, and GDB can't undefine a hook.
        hook = re.compile(r"^User command \"hook-stop\":$|^$|^\$|^convenience: ")
        settings, hooks = ("\n".join(line for line in ask(command).splitlines()
                                     if not hook.search(line))
                           for command in ("info set", "show user"))
        settings = settings.replace("  maintenance rseq-hook stop\n", "")
        settings = re.sub(r'"auto; currently .*"', '"auto"', settings)  # of the selected frame
        return {"settings": settings, "hooks": hooks, "signals": ask("info signals"),
                "breakpoints": "\n".join(own)}

    @staticmethod
    def _compare(before: Dict[str, str], after: Dict[str, str]) -> None:
        for what, text in after.items():
            was, is_ = before[what].splitlines(), text.splitlines()
            if was != is_:
                raise Failed("%s differ:\n%s" % (what, "\n".join(
                    ["- " + line for line in was if line not in is_]
                    + ["+ " + line for line in is_ if line not in was])))

    def _look_at_code(self) -> None:
        if self._inserted or " is off" not in self._console.ask("show breakpoint always-inserted"):
            return
        changed = self._program.changed_text()
        if changed:
            raise Failed("in the code is left: %s" % ", ".join(changed))

    # ---- the program ----

    def _places(self) -> Places:
        functions = ["add_one", "push", "pop", "give", "take", "plain", "one_round", "count",
                     "work", "tick"]
        addresses: List[str] = []
        for function in functions:
            text = self._console.ask("disassemble " + function)
            addresses += ["*" + address for address in
                          re.findall(r"^(?:=>|  ) 0x0*([0-9a-f]+)", text, re.MULTILINE)]
        addresses = ["*0x" + address[1:] for address in addresses]
        inside: List[str] = []
        listing = self._console.ask("info rseq sections")
        for start, commit, abort in re.findall(
                r"^0x([0-9a-f]+) +\d+ 0x([0-9a-f]+) 0x([0-9a-f]+) ", listing,
                re.MULTILINE):
            # Not STORE: where a signal comes while GDB steps off that, GDB puts a breakpoint of its
            # own there until the handler returns, which then never gets past its own section.
            store = max(address for address in addresses if int(address[1:], 16) < int(start, 16))
            addresses.remove(store)
            inside.append("*0x%x" % int(abort, 16))
            inside += [address for address in addresses
                       if int(start, 16) - 11 <= int(address[1:], 16) <= int(commit, 16)]
        if not inside:
            raise Failed("no sections: %s" % listing)
        return Places(functions, addresses, inside)

    def close(self) -> None:
        """Leave no process behind."""
        self._console.close()
        self._program.kill()

    def fate(self) -> str:
        """What has become of the program."""
        return self._program.fate()

    def place(self) -> str:
        """Which command it is at."""
        return "command %d, \"%s\"" % (self._given + 1, self._command)


def _without_momentary(lines: List[str]) -> List[str]:
    """LINES of `maint info breakpoints' but for those of GDB's own that have no number.

    GDB keeps one for a thread in a signal handler until that returns.
    """
    kept, own = [], False
    for line in lines:
        if re.match(r"-?\d", line):
            own = re.match(r"0[. ]", line) is not None
        if not own:
            kept.append(line)
    return kept


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n\n")[1][7:])
    parser.add_argument("--gdb", default="gdb")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--commands", type=int, default=20000)
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("program")
    return parser.parse_args()


def main() -> int:
    """Run it."""
    options = _options()
    what = "soak: %s, seed %d, %d commands" % (
        os.path.basename(options.program), options.seed, options.commands)
    print(what, flush=True)
    with open(options.log, "wb", buffering=0) as log:
        try:
            soak = Soak(options, log)
        except (RuntimeError, Silent) as failure:
            print("soak: FAILED: %s" % failure)
            return 1
        try:
            print("soak: " + soak.run())
        except (Failed, Silent, ProcessLookupError) as failure:
            print("soak: FAILED at %s: %s" % (soak.place(), failure))
            print("soak: the program %s" % soak.fate())
            return 1
        finally:
            soak.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
