# SPDX-License-Identifier: MIT
"""The TUI window `rseq': the threads' states, and the section around the pc."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, _csinfo, activity, disasm, find, selection
from .activity import Situation, ThreadState
from .info import decimal
from .objfiles import Section
from .selection import thread_id
from .style import Style, clip

if TYPE_CHECKING:
    from typing import List, Optional

# Below this height the heading gives its line to what it stands above.
_LEAST_WITH_HEADING = 5

# The part of the window that the threads may take.
_THREADS_SHARE = 3


class Contents:
    """The lines of the window at one stop."""

    def __init__(self, height: int) -> None:
        self.lines: List[str] = []
        self.height = height
        self._here: Optional[int] = None  # the line of the instruction at the pc
        self._style = Style()
        try:
            self._read()
        except (gdb.error, _csinfo.CsinfoError) as error:
            self.lines.append(str(error))

    def _read(self) -> None:
        selected = gdb.selected_thread()
        if selected is None:
            self.lines.append("No threads.")
            return
        with selection.kept():
            self._add_threads(selected)
        pc = None if selected.is_running() else find.selected_pc()
        section = None if pc is None else _section_around(pc)
        if section is not None:
            self._add_section(section, pc)

    # ---- threads ----

    def _add_threads(self, selected: gdb.InferiorThread) -> None:
        """As many as fit into their share, the selected one first; only those are read."""
        if self.height >= _LEAST_WITH_HEADING:
            self.lines.append(self._style.apply("title", "  Id   cpu_id  mm_cid  State"))
        others = [thread for inferior in gdb.inferiors() for thread in inferior.threads()
                  if thread.global_num != selected.global_num]
        others.sort(key=lambda thread: thread.global_num)
        room = max(1, self.height // _THREADS_SHARE)
        shown = [selected] + others[:room - 1]
        for state in activity.read_each(shown):
            mark = "*" if state.thread.global_num == selected.global_num else " "
            self.lines.append("%s %s" % (mark, self._thread(state)))
        left = len(others) + 1 - len(shown)
        if left and self.height >= _LEAST_WITH_HEADING:
            self.lines.append("       and %d more: see \"info rseq\"" % left)

    def _thread(self, state: ThreadState) -> str:
        fields = state.fields
        cpu, cid = ("-", "-") if fields is None else (
            decimal(fields.cpu_id), decimal(fields.mm_cid))
        words = state.words()
        if state.is_inside or state.situation is Situation.INVALID:
            words = self._style.apply("highlight", words)
        return "%-4s %6s  %6s  %s" % (thread_id(state.thread), cpu, cid, words)

    # ---- the section ----

    def _add_section(self, section: Section, pc: int) -> None:
        self.lines.append("%s, %d bytes:" % (
            self._style.function(section.location()), section.commit - section.start))
        text = disasm.Text(section, pc, separator="  ")
        try:
            for line in disasm.Code(section).lines():
                if line.row is not None and line.row.address == pc:
                    self._here = len(self.lines)
                self.lines.append(text.line(line))
        except gdb.GdbError as error:
            self.lines.append(str(error))

    def first_line(self) -> int:
        """The line to begin with, so that the pc is seen."""
        if self._here is None or self._here < self.height:
            return 0
        return min(self._here - self.height // 2, len(self.lines) - self.height)


def _section_around(pc: int) -> Optional[Section]:
    """The section that PC is in, else the next one of its function, else its last one."""
    inside = find.around(pc)
    if inside:
        return inside[0]
    near = sorted(find.near(pc), key=lambda section: section.start)
    return next((section for section in near if section.start >= pc), near[-1] if near else None)


class Window:
    """What GDB drives: gdb.register_window_type says which methods there are."""

    def __init__(self, window: "gdb.TuiWindow") -> None:
        self._window = window
        self._window.title = "rseq"
        self._contents: Optional[Contents] = None
        self._top = 0
        self._left = 0
        # Not at a stop itself: GDB would run a breakpoint's commands before ours.
        gdb.events.before_prompt.connect(self._changed)
        # No prompt follows when the program ran in the background.
        gdb.events.stop.connect(self._stopped)
        gdb.events.exited.connect(self._stopped)
        self._has_stopped = False

    def close(self) -> None:
        """The window goes."""
        gdb.events.before_prompt.disconnect(self._changed)
        gdb.events.stop.disconnect(self._stopped)
        gdb.events.exited.disconnect(self._stopped)

    def _stopped(self, _event: gdb.Event) -> None:
        """Look when GDB is done with it, unless a prompt comes first."""
        if not self._has_stopped:
            self._has_stopped = True
            gdb.post_event(self._after_stop)

    def _after_stop(self) -> None:
        if self._has_stopped:
            self._changed()

    def _changed(self) -> None:
        """The program may have, or what the user looks at."""
        self._has_stopped = False
        if self._window.is_valid():
            self._contents = None
            self.render()

    def render(self) -> None:
        """Draw: called by GDB also when the size changes."""
        height = self._window.height
        if self._contents is None or self._contents.height != height:
            self._contents = Contents(height)
            self._top = self._contents.first_line()
        width = self._window.width - 1  # a full line would wrap
        shown = self._contents.lines[self._top:self._top + height]
        self._window.erase()
        self._window.write("\n".join(clip(line, self._left, width) for line in shown))

    # ---- scrolling ----

    def vscroll(self, lines: int) -> None:
        """Move by LINES, down when positive."""
        last = len(self._contents.lines) - 1 if self._contents is not None else 0
        self._top = max(0, min(last, self._top + lines))
        self.render()

    def hscroll(self, columns: int) -> None:
        """Move by COLUMNS, to the right when positive."""
        self._left = max(0, self._left + columns)
        self.render()
