# SPDX-License-Identifier: MIT
"""What the hooks call: decides whether a command needs a Session, and keeps it."""

import re
import sys
from typing import Optional

import gdb

from . import _csinfo, thread
from .objfiles import Section, process
from .step import INSN_MODES, SOURCE_MODES, Session, callers
from .traps import user_breakpoint_in
from .view import skipped_blocks

# How the typed forms of the stepping commands begin; the shortest is GDB's alias.
_TYPED = re.compile(r"^\s*(s|st|ste|step|n|ne|nex|next|si|stepi|ni|nexti|u|un|unt|unti|until)"
                    r"(?![a-z])\s*(.*?)\s*&?\s*$")
_NAMES = {"s": "step", "st": "step", "ste": "step", "n": "next", "ne": "next",
          "nex": "next", "si": "stepi", "ni": "nexti", "u": "until", "un": "until",
          "unt": "until", "unti": "until"}


class Engine:
    """At most one Session at a time: that of the command that runs now."""

    def __init__(self) -> None:
        self.enabled = True
        self.session: Optional[Session] = None
        self.busy = False
        gdb.events.before_prompt.connect(self._prompt)
        gdb.events.exited.connect(self._exited)

    # ---- hooks ----

    def before(self, command: str) -> None:
        """hook-COMMAND: the user's COMMAND is about to run."""
        if self.busy:
            return
        self._drop()
        if not self.enabled or not gdb.selected_thread():
            return
        try:
            frame = gdb.newest_frame()
        except gdb.error:
            return
        index = process.index()
        if not len(index):
            return
        session = self._session(command, frame)
        if session is not None:
            self.session = session

    def stopped(self) -> None:
        """hook-stop: GDB is about to announce a stop."""
        session = self.session
        if session is None or self.busy:
            return
        self.session = None
        self.busy = True
        try:
            session.first_stop()
        except KeyboardInterrupt:
            session.announce()
        except gdb.error as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            self.busy = False
            session.close()

    def run(self, mode: str, count: int) -> None:
        """`rseq MODE COUNT`: drive the whole command from here."""
        self._drop()
        gdb.newest_frame()  # raises GDB's own error when there is no process
        session = Session(mode, count)
        self.busy = True
        try:
            resume_at = self._find_inside(session)
            if resume_at is not None:
                gdb.execute("set var $pc = 0x%x" % resume_at)
            session.run()
        finally:
            self.busy = False
            session.close()

    # ---- before a command ----

    def _session(self, command: str, frame: gdb.Frame) -> Optional[Session]:
        near = process.index().near(frame.pc())
        count = _typed_count(command)
        # step and stepi may enter other functions when they are repeated.
        if not near and not (count > 1 and command in ("step", "stepi")):
            if (command not in SOURCE_MODES and count == 1) or not _near_callers(frame):
                return None
        session = Session(command, count)
        try:
            return self._prepare(session, frame, near)
        except (gdb.error, _csinfo.CsinfoError) as error:
            session.close()
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
            return None

    def _prepare(self, session: Session, frame: gdb.Frame, near: list) -> Optional[Session]:
        """Divert the command where GDB alone would lose the section, else arm gates."""
        pc = frame.pc()
        if session.mode == "step" and skipped_blocks(frame):
            # GDB's step only enters the inlined function here; nothing runs.
            if session.count == 1:
                return None
        resume_at = self._find_inside(session)
        if session.mode == "continue":
            wanted = self._continue_needs_help(session, pc, near)
        else:
            wanted = (session.count > 1 or resume_at is not None
                      or session.entered() is not None)
        if wanted:
            session.begin()
            if session.divert(pc if resume_at is None else resume_at):
                return session
            return None
        if session.mode not in SOURCE_MODES:
            return None
        session.begin()
        session.arm()
        return session

    def _continue_needs_help(self, session: Session, pc: int, near: list) -> bool:
        if session.inside is not None or session.entered() is not None:
            return any(section.armed_from <= pc < section.commit
                       and user_breakpoint_in(pc, pc + 1) for section in near)
        return False

    def _find_inside(self, session: Session) -> Optional[int]:
        """Where the thread goes on from if it stands in an active section."""
        pc = gdb.newest_frame().pc()
        for section in process.index().near(pc):
            if section.broken:
                continue
            flow = section.flow
            behind = flow.store is not None and pc == flow.store + flow.store_length
            if not section.holds(pc) and not behind:
                continue
            if thread.active_descriptor() != section.descriptor:
                continue
            if behind and _was_stepped():
                return flow.store
            if section.holds(pc):
                return self._abort(session, section)
        return None

    def _abort(self, session: Session, section: Section) -> int:
        session.notices.tell("thread %s is inside %s: the kernel aborts it as it resumes" % (
            session.thread.num, section.location()))
        session.inside = section
        return section.abort

    # ---- leftovers ----

    def _drop(self) -> None:
        """End a session whose command failed before it resumed anything."""
        session = self.session
        if session is None:
            return
        self.session = None
        try:
            session.undivert()
        except gdb.error as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        session.close()

    def _prompt(self) -> None:
        session = self.session
        if session is None:
            return
        if session.thread.is_valid() and session.thread.is_running():
            return
        self._drop()

    def _exited(self, _event: gdb.Event) -> None:
        if self.session is not None and not self.busy:
            session, self.session = self.session, None
            session.close()


def _near_callers(frame: gdb.Frame) -> bool:
    index = process.index()
    return any(index.near(caller.pc()) for caller in callers(frame.older()))


def _was_stepped() -> bool:
    """True when the thread's last stop was the end of a step, not a breakpoint."""
    return "stepped" in gdb.execute("info program", to_string=True)


def _typed_count(command: str) -> int:
    """The count that the user typed with COMMAND; GDB does not tell it to a hook.

    The typed line is the newest one of GDB's history.  A command from a script is
    not there, and counts once.
    """
    if not sys.stdin.isatty():
        return 1
    lines = gdb.execute("show commands", to_string=True).splitlines()
    match = _TYPED.match(lines[-1].strip().partition("  ")[2]) if lines else None
    if match is None or _NAMES.get(match.group(1), match.group(1)) != command:
        return 1
    if command not in SOURCE_MODES[:2] + INSN_MODES or not match.group(2):
        return 1
    try:
        return int(gdb.parse_and_eval(match.group(2)))
    except (gdb.error, ValueError):
        return 1


engine = Engine()
