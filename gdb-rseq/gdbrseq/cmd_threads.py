# SPDX-License-Identifier: MIT
"""`info rseq threads', also as plain `info rseq': what each thread's struct rseq says."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, options
from .lazy import load

if TYPE_CHECKING:
    from typing import List, Optional


def _ids() -> List[str]:
    """What `info threads' calls the threads."""
    thread_id = load("selection").thread_id
    return [thread_id(thread) for inferior in gdb.inferiors() for thread in inferior.threads()]


class _Threads(gdb.Command):
    """Both names of the table."""

    _options = ("gid", "json")

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB, also for an unknown word behind `info rseq'."""
        chosen, wanted = options.parse(argument, self._options)
        info = load("info")
        if "json" in chosen:
            states = info.states(info.chosen_threads(wanted))
            options.write_json(load("thread_documents").threads_document(states))
            return
        for line in info.threads(wanted, "gid" in chosen):
            gdb.write(line + "\n")

    def complete(self, text: str, word: Optional[str]) -> List[str]:
        """Called by GDB: options, and the IDs of the threads."""
        return options.complete(text, word, self._options, _ids)


class InfoRseq(_Threads):
    """Show each thread's struct rseq: who registered it, where, and what it says.

Usage: info rseq [-gid] [-json] [ID]...
The same as "info rseq threads"."""

    def __init__(self) -> None:
        super().__init__("info rseq", gdb.COMMAND_STATUS, prefix=True)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Called by GDB, also for an unknown word behind `info rseq'."""
        if argument[:1].isalpha():
            raise gdb.GdbError("Undefined info rseq command: \"%s\".  "
                               "Try \"help info rseq\"." % argument)
        super().invoke(argument, from_tty)


class InfoRseqThreads(_Threads):
    """Show each thread's struct rseq: who registered it, where, and what it says.

Usage: info rseq threads [-gid] [-json] [ID]...
If ID is given, it is a space-separated list of IDs of threads to display, as
for "info threads".  Otherwise, all threads are displayed.

A field that the kernel does not fill in is shown as "-", and so is a signature
that nothing tells.  "NAME?" says that the area may be the registered one.

Options:
  -gid
    Show global thread IDs.

  -json
    Print one line of JSON."""

    def __init__(self) -> None:
        super().__init__("info rseq threads", gdb.COMMAND_STATUS)


class InfoRseqThread(gdb.Command):
    """Show one thread's struct rseq in full, and the critical section it is in.

Usage: info rseq thread [-json] [ID]
Without ID, show the selected thread's.

Options:
  -json
    Print one line of JSON."""

    _options = ("json",)

    def __init__(self) -> None:
        super().__init__("info rseq thread", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        chosen, wanted = options.parse(argument, self._options)
        info = load("info")
        which = info.one_thread(wanted)
        if "json" in chosen:
            options.write_json(load("thread_documents").thread_document(info.states([which])[0]))
            return
        for line in load("detail").thread(which):
            gdb.write(line + "\n")

    def complete(self, text: str, word: Optional[str]) -> List[str]:
        """Called by GDB: options, and the IDs of the threads."""
        return options.complete(text, word, self._options, _ids)


def create() -> List[object]:
    """Create the commands of this module."""
    return [InfoRseq(), InfoRseqThreads(), InfoRseqThread()]
