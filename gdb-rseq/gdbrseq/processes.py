# SPDX-License-Identifier: MIT
"""In which program spaces a process has its code where it will be.

GDB puts breakpoints into the code as soon as one more is made.  While a program starts
that would be too soon: others still have the addresses of the file.
"""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, selection, spaces, target
from .burial import bury
from .interrupt import interrupt
from .libraries import Libraries, Watch

if TYPE_CHECKING:
    from typing import Callable, Dict, Optional, Set

# include/uapi/linux/auxvec.h, and where e_entry is in a file's header (elf.h).
_AT_BASE, _AT_ENTRY = 7, 9
_E_ENTRY = 24


def _entry() -> Optional[int]:
    """Where the selected process began: in its dynamic linker, or itself."""
    base = target.auxiliary(_AT_BASE)
    if not base:
        return target.auxiliary(_AT_ENTRY)
    size = 4 if gdb.selected_inferior().architecture().name().startswith("i386") else 8
    entry = target.read(gdb.selected_inferior(), base + _E_ENTRY, size)
    return None if entry is None else base + int.from_bytes(entry, "little")


class Processes:
    """Calls LOADED whenever breakpoints may have got locations in code that came.

    And BEGUN when a process is about to run its first instruction after an exec.
    """

    def __init__(self, begun: Callable[[], None], loaded: Callable[[], None]) -> None:
        self.ready: Set[gdb.Progspace] = set()
        self._begun = begun
        self._loaded = loaded
        self._libraries: Dict[gdb.Progspace, Libraries] = {}
        self._entries: Dict[gdb.Progspace, Watch] = {}
        self._replaced: Set[gdb.Progspace] = set()  # whose process has got another program
        self._taken: Set[gdb.Progspace] = set()  # those that GDB has all threads of
        self._forked: Set[int] = set()  # inferiors that came while the program ran
        self._waiting = False  # for GDB to have attached

    def start(self) -> None:
        """Follow GDB's processes from now on."""
        self._taken.update(spaces.live())
        interrupt.connect(gdb.events.new_inferior, self._new_inferior)

    def are_ready(self) -> bool:
        """False when one may not have been begun."""
        return all(inferior.progspace in self.ready for inferior in gdb.inferiors()
                   if inferior.pid)

    def begin(self, watch: bool) -> None:
        """All processes have their code in place; WATCH for libraries of those that are new."""
        for space in spaces.live():
            if space not in self.ready:
                self.ready.add(space)
                self._replaced.discard(space)
                self._leave_entry(space)
                if watch:
                    self._watch(space)

    def _watch(self, space: gdb.Progspace) -> None:
        self._libraries[space] = Libraries(self._loaded)
        with spaces.inside(space):
            self._libraries[space].watch()

    def watch(self) -> None:
        """Hear of libraries from now on."""
        for space in self.ready:
            self._watch(space)

    def confine(self) -> None:
        """Let no watch of ours stand in the code of another process."""
        for libraries in self._libraries.values():
            libraries.confine()

    def forget_libraries(self) -> None:
        """Hear of none any more."""
        while self._libraries:
            self._libraries.popitem()[1].forget()

    def gone(self) -> Set[gdb.Progspace]:
        """The program spaces that are no more."""
        known = (self.ready | set(self._libraries) | set(self._entries) | self._taken
                 | self._replaced)
        return {space for space in known if not space.is_valid()}

    def end(self, space: gdb.Progspace) -> None:
        """The process in SPACE, or its program, is gone; not from an event of a breakpoint."""
        self.ready.discard(space)
        self._taken.discard(space)
        self._replaced.discard(space)
        self._leave_entry(space)
        if space in self._libraries:
            self._libraries.pop(space).forget()

    # ---- attach ----

    def is_attaching(self) -> bool:
        """True while GDB attaches: its threads "continue" one by one as it takes them.

        A breakpoint that is made then is put into the code at once, and one of the threads
        that GDB has not taken yet dies of it.
        """
        inferior = gdb.selected_inferior()
        if not inferior.was_attached or inferior.num in self._forked:
            return False
        if inferior.progspace in self._taken:
            return False
        if not self._waiting:
            self._waiting = True
            interrupt.connect(gdb.events.stop, self._first_stop)
        return True

    def _first_stop(self, _event: gdb.StopEvent) -> None:
        self._taken.update(spaces.live())
        self._waiting = False
        interrupt.disconnect(gdb.events.stop, self._first_stop)

    def _new_inferior(self, event: gdb.NewInferiorEvent) -> None:
        """A fork's child is said to be attached if its parent is."""
        thread = selection.selected_thread()
        if thread is not None and thread.is_running():
            self._forked.add(event.inferior.num)

    def at_prompt(self) -> None:
        """Inferiors without a process did not come by a fork, or it is gone."""
        if self._forked:
            self._forked &= {inferior.num for inferior in gdb.inferiors() if inferior.pid}

    # ---- exec ----

    def note(self, objfile: gdb.Objfile) -> None:
        """OBJFILE was loaded: of an exec no event tells but that of the program in a process.

        When a program is started, its file has been there before its process.
        """
        space = objfile.progspace
        if objfile.filename == space.filename and space in spaces.live():
            self._replaced.add(space)

    def came(self, space: gdb.Progspace) -> bool:
        """A file was loaded in SPACE; False when GDB can't read the registers there yet.

        Of an exec no event tells that it is done with; the process then stands at its first
        instruction.  In a new inferior gdbserver has not said by then what registers there
        are, and no command of GDB's may be given.
        """
        thread = selection.selected_thread()
        if space in self.ready or space in self._entries or thread is None:
            return True
        try:
            pc = target.selected_pc(thread)
        except gdb.error:
            return False
        if space in self._replaced and pc == _entry():
            self._entries[space] = Watch(pc, self._begun)
        return True

    def _leave_entry(self, space: gdb.Progspace) -> None:
        if space in self._entries:
            bury(self._entries.pop(space))
