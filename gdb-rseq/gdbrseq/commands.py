# SPDX-License-Identifier: MIT
"""The commands and settings that the user sees."""

import re
from typing import List, Optional

import gdb

from . import thread
from .engine import engine
from .hooks import hooks
from .objfiles import Section, process


class HookCommand(gdb.Command):
    """Internal: what gdb-rseq's hooks call.

Usage: maintenance rseq-hook NAME"""

    def __init__(self) -> None:
        super().__init__("maintenance rseq-hook", gdb.COMMAND_MAINTENANCE)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB from a hook."""
        self.dont_repeat()
        if argument == "stop":
            engine.stopped()
        elif argument == "define":
            hooks.install()
        else:
            engine.before(argument)


class Idle(gdb.Function):
    """$_rseq_idle () - 0 while gdb-rseq carries on a stepping command by itself.

Keeps the user's hooks from running for its inner commands."""

    def __init__(self) -> None:
        super().__init__("_rseq_idle")

    def invoke(self) -> int:
        """Called by GDB."""
        return 0 if engine.busy else 1


class SetRseq(gdb.Command):
    """Generic command for setting how restartable sequences are handled."""

    def __init__(self) -> None:
        super().__init__("set rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


class ShowRseq(gdb.Command):
    """Generic command for showing how restartable sequences are handled."""

    def __init__(self) -> None:
        super().__init__("show rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)

    def invoke(self, _argument: str, _from_tty: bool) -> None:
        """Show every setting, as other `show' prefixes do."""
        gdb.execute("show rseq stepping")


class Stepping(gdb.Parameter):
    """Set whether stepping commands run rseq critical sections at full speed.

When on, step, next, stepi, nexti and until let the thread run each critical
section that they meet, and go on behind it.  When off they are GDB's own: the
kernel aborts a section at every step inside it."""

    set_doc = "Set whether stepping commands run rseq critical sections at full speed."
    show_doc = "Show whether stepping commands run rseq critical sections at full speed."

    def __init__(self) -> None:
        super().__init__("rseq stepping", gdb.COMMAND_RUNNING, gdb.PARAM_BOOLEAN)
        self.value = engine.enabled

    def get_set_string(self) -> str:
        """Called by GDB after `set'."""
        engine.enabled = self.value
        return ""

    def get_show_string(self, value: str) -> str:
        """Called by GDB for `show'."""
        return "Stepping over rseq critical sections is %s." % value


class Rseq(gdb.Command):
    """Stepping commands that count critical sections exactly.

They do what GDB's own commands of these names do with gdb-rseq loaded, and always
know their count, also in scripts."""

    def __init__(self) -> None:
        super().__init__("rseq", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


_COUNTED = """%s

Usage: rseq %s [N]
Argument N means do this N times (or till program stops for another reason)."""

_COUNTED_WHAT = {
    "step": "Step program until it reaches a different source line.",
    "next": "Step program, proceeding through subroutine calls.",
    "stepi": "Step one instruction, or one critical section.",
    "nexti": "Step one instruction or critical section, proceeding through subroutine calls.",
}


class Counted(gdb.Command):
    """rseq step|next|stepi|nexti [N]."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.__doc__ = _COUNTED % (_COUNTED_WHAT[mode], mode)
        super().__init__("rseq " + mode, gdb.COMMAND_RUNNING, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        if gdb.selected_thread() is None:
            raise gdb.GdbError("The program is not being run.")
        count = int(gdb.parse_and_eval(argument)) if argument.strip() else 1
        if count > 0:
            engine.run(self.mode, count)


def _thread_line(index_size: int) -> str:
    now = thread.state()
    if now is None:
        return "no struct rseq is known"
    if now.cpu_id in (thread.CPU_ID_UNINITIALIZED, thread.CPU_ID_REGISTRATION_FAILED):
        state = ("registration failed" if now.cpu_id == thread.CPU_ID_REGISTRATION_FAILED
                 else "not registered")
        return "0x%x  %s" % (now.area.address, state)
    return "0x%x  cpu_id_start %d  cpu_id %d  %s" % (
        now.area.address, now.cpu_id_start, now.cpu_id, _section_words(now.rseq_cs))


def _section_words(rseq_cs: int) -> str:
    """What rseq_cs means at this pc; it is cleared lazily."""
    if rseq_cs == 0:
        return "in no critical section"
    section = process.index().by_descriptor.get(rseq_cs)
    if section is None:
        return "rseq_cs 0x%x, a descriptor in no table" % rseq_cs
    if section.holds(gdb.newest_frame().pc()):
        return "inside %s, will abort when resumed" % section.location()
    return "outside (rseq_cs still points to %s)" % section.location()


class InfoRseq(gdb.Command):
    """Show each thread's struct rseq: its address, cpu ids and critical section.

Usage: info rseq"""

    def __init__(self) -> None:
        super().__init__("info rseq", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        if argument:
            raise gdb.GdbError("\"info rseq\" takes no argument but a subcommand.")
        selected = gdb.selected_thread()
        if selected is None:
            raise gdb.GdbError("The program is not being run.")
        frame = gdb.selected_frame()
        try:
            self._list(selected)
        finally:
            selected.switch()
            frame.select()

    @staticmethod
    def _list(selected: gdb.InferiorThread) -> None:
        gdb.write("  Id   struct rseq\n")
        for each in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            mark = "*" if each.ptid == selected.ptid else " "
            if each.is_running():
                gdb.write("%s %-4d (running)\n" % (mark, each.num))
                continue
            each.switch()
            gdb.write("%s %-4d %s\n" % (mark, each.num, _thread_line(len(process.index()))))


class InfoRseqSections(gdb.Command):
    """List the rseq critical sections of the program and its libraries.

Usage: info rseq sections [REGEXP]
With REGEXP, only those whose function or file name matches."""

    def __init__(self) -> None:
        super().__init__("info rseq sections", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        try:
            wanted = re.compile(argument)
        except re.error as error:
            raise gdb.GdbError("Invalid regexp: %s" % error) from None
        sections = [s for s in process.index() if _matches(s, wanted)]
        if not sections:
            gdb.write("No rseq critical sections.\n" if not argument else
                      "No rseq critical sections matching \"%s\".\n" % argument)
            return
        gdb.write("%-18s %-18s %-18s %s\n" % ("Start", "Commit", "Abort", "What"))
        for section in sections:
            gdb.write("0x%016x 0x%016x 0x%016x %s\n" % (
                section.start, section.commit, section.abort, _what(section)))


def _what(section: Section) -> str:
    words = section.location()
    exits = section.declared
    if exits:
        words += " exits at " + ", ".join("0x%x" % address for address in exits)
    return words


def _matches(section: Section, wanted: "re.Pattern[str]") -> bool:
    names: List[Optional[str]] = [section.function, section.filename, section.location()]
    return any(name is not None and wanted.search(name) for name in names)


_registered: List[object] = []


def register() -> None:
    """Create the commands and hooks, once."""
    if not _registered:
        _registered.extend((SetRseq(), ShowRseq(), Stepping(), Rseq(), InfoRseq(),
                            InfoRseqSections(), HookCommand(), Idle()))
        _registered.extend(Counted(mode) for mode in _COUNTED_WHAT)
    hooks.install()
