# SPDX-License-Identifier: MIT
"""What the hooks call: decides whether a command needs a Session, and keeps it."""

import re
import sys
from typing import Callable, List, Optional, Tuple

import gdb

from . import _csinfo, frontend, notify, selection, thread
from .drive import Background, run_now
from .gates import callers
from .hooks import hooks
from .interrupt import interrupt
from .objfiles import Index, Section, process
from .refusal import COMMANDS as REFUSABLE, Refusal
from .resume import DONE, was_stepped
from .settings import settings
from .step import INSN_MODES, SOURCE_MODES, Run, Session
from .traps import user_breakpoint_in
from .view import function_bounds, skipped_blocks

# How the typed forms of the stepping commands begin; the shortest is GDB's alias.
_TYPED = re.compile(r"^\s*(s|st|ste|step|n|ne|nex|next|si|stepi|ni|nexti|u|un|unt|unti|until)"
                    r"(?![a-z])\s*(.*?)\s*&?\s*$")
_NAMES = {"s": "step", "st": "step", "ste": "step", "n": "next", "ne": "next",
          "nex": "next", "si": "stepi", "ni": "nexti", "u": "until", "un": "until",
          "unt": "until", "unti": "until"}


# A script is not in GDB's history.
_INTERACTIVE = sys.stdin is not None and sys.stdin.isatty()


class Engine:
    """At most one Session at a time: that of the command that runs now."""

    def __init__(self) -> None:
        self.session: Optional[Session] = None
        self._background: Optional[Background] = None  # what is left of it
        self._in_background = frontend.shows_every_stop()
        self._refusal: Optional[Refusal] = None  # of the command that was given last
        self._far = _Far()
        self._select: Optional[gdb.InferiorThread] = None  # that of the last stop
        self._at_prompt = _INTERACTIVE  # loaded by the first command behind one
        gdb.events.before_prompt.connect(self._prompt)
        gdb.events.exited.connect(self._exited)

    # ---- hooks ----

    def before(self, command: str) -> None:
        """hook-COMMAND: the user's COMMAND is about to run."""
        if settings.busy:
            return
        settings.far = False
        if self._select is not None:
            self._select_again()
        if self.session is not None or self._refusal is not None:
            self._drop()
        selected = selection.selected_thread()
        if selected is None or not selected.is_stopped():
            return
        index = process.index()
        if not index:
            return
        if command in REFUSABLE:
            self._refusal = Refusal(selected, command)
        self._before_known(command, selected, index)
        if self._refusal is not None:
            hooks.watch_stops()

    def _before_known(self, command: str, selected: gdb.InferiorThread, index: Index) -> None:
        """Where there are sections."""
        if command not in SOURCE_MODES and command not in INSN_MODES:
            self._far.forget()
            if command != "continue":
                return
        pc = thread.selected_pc(selected)
        near = index.near(pc)
        count = 1
        if self._at_prompt:  # only the first command behind a prompt was typed there
            self._at_prompt = False
            count = _typed_count(command)
        if not near and not self._may_come_near(command, count, selected, pc):
            hooks.ignore_stops()
            settings.far = command in ("next",) + INSN_MODES
            return
        self.session = self._session(command, count, near)
        if self.session is not None:
            hooks.watch_stops()

    def _may_come_near(self, command: str, count: int, selected: gdb.InferiorThread,
                       pc: int) -> bool:
        """True when COMMAND may reach a section from a function without any."""
        if count == 1 and command not in SOURCE_MODES:
            return False
        if count > 1 and command in ("step", "stepi"):
            return True  # they may enter other functions
        sp = thread.selected_sp(selected)
        if self._far.is_known(selected.global_num, pc, sp):
            return False
        if _near_callers(gdb.newest_frame().older()):
            return True
        self._far.learn(selected.global_num, pc, sp)
        return False

    def stopped(self) -> None:
        """hook-stop: GDB is about to announce a stop."""
        if settings.busy:
            return
        refusal, self._refusal = self._refusal, None
        if refusal is not None and refusal.stopped():
            self._drop()
        session, background = self.session, self._background
        if session is None:
            return
        if background is not None:
            self._drive(session, background.go_on)
        else:
            self._drive(session, lambda: self._take_over(session))
        self._note_thread(session)

    def _take_over(self, session: Session) -> bool:
        run = session.first_stop()
        return run is not None and self._start(session, run)

    def _start(self, session: Session, run: Run[None]) -> bool:
        """Do RUN of SESSION; True when it goes on in the background."""
        if not self._in_background:
            run_now(session, run)
            return False
        hooks.watch_stops()
        self._background = Background(session, run)
        return self._background.go_on()

    def _note_thread(self, session: Session) -> None:
        """GDB selects the thread of the first stop again after hook-stop; undo that."""
        selected = selection.selected_thread()
        if selected is not None and selected.is_valid() and (
                selected.global_num != session.thread_number):
            self._select = selected
            gdb.post_event(self._select_again)

    def _select_again(self) -> None:
        selected, self._select = self._select, None
        if selected is not None and selected.is_valid():
            selected.switch()

    def _drive(self, session: Session, action: Callable[[], bool]) -> None:
        """Let SESSION do ACTION, and clean up behind it whatever happens.

        ACTION returns True when hook-stop will hear of the session again.
        """
        settings.busy = True
        interrupt.forget()
        goes_on = False
        try:
            goes_on = action()
        except KeyboardInterrupt:
            goes_on = interrupt.surely(lambda: self._start(session, session.interrupted()))
        except (gdb.error, _csinfo.CsinfoError) as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            settings.busy = False
            self.session = session
            if not goes_on:
                self._drop()

    def run(self, mode: str, count: int) -> None:
        """`rseq MODE COUNT`: drive the whole command from here."""
        self._drop()
        gdb.newest_frame()  # raises GDB's own error when there is no process
        session = Session(mode, count, self._in_background)
        self._drive(session, lambda: self._run(session))

    def _run(self, session: Session) -> bool:
        resume_at = self._find_inside(session)
        session.begin()
        if resume_at is not None:
            session.move(resume_at)
        return self._start(session, session.run())

    # ---- before a command ----

    def _session(self, command: str, count: int, near: List[Section]) -> Optional[Session]:
        session = Session(command, count, self._in_background)
        wanted = False
        settings.busy = True
        try:
            wanted = self._prepare(session, near)
        except (gdb.error, _csinfo.CsinfoError) as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            settings.busy = False
            if not wanted:
                interrupt.surely(session.close)
        return session if wanted else None

    def _prepare(self, session: Session, near: List[Section]) -> bool:
        """Hold the command where GDB alone would lose the section, else arm gates.

        False when the command needs nothing of us.  Raises GdbError when it must not run.
        """
        frame = gdb.newest_frame()
        if session.mode == "step" and session.count == 1 and skipped_blocks(frame):
            return False  # GDB's step only enters the inlined function; nothing runs
        resume_at = self._find_inside(session)
        session.begin()
        if session.mode == "continue":
            self._before_continue(session, resume_at)
            return False
        if resume_at is not None:
            session.move(resume_at)
        section = session.entered()
        at_store = section is not None and section.flow.store == gdb.newest_frame().pc()
        if (at_store or session.inside is not None) and not self._in_background:
            begin = session.begin_with(section if at_store else None)
            _must_end(run_now(session, begin), session.mode)
        elif self._is_left_alone(session, section):
            if session.mode in SOURCE_MODES:
                session.arm()
            return session.mode in SOURCE_MODES
        return session.hold()

    @staticmethod
    def _is_left_alone(session: Session, section: Optional[Section]) -> bool:
        """True when GDB's command can be left to itself until it comes to a gate."""
        return (section is None and session.inside is None and session.count == 1
                and not session.fenced())

    @staticmethod
    def _before_continue(session: Session, resume_at: Optional[int]) -> None:
        """Get past breakpoints that stand in the section around the pc."""
        section = session.inside or session.entered()
        if section is None or not user_breakpoint_in(section.armed_from, section.commit):
            return
        if resume_at is not None:
            session.move(resume_at)
        _must_end(run_now(session, session.pass_through()), session.mode)

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
            if behind and was_stepped():
                return flow.store
            if section.holds(pc):
                return self._abort(session, section)
        return None

    def _abort(self, session: Session, section: Section) -> int:
        if not notify.was_told(session.thread):
            session.notices.tell(notify.words(session.thread, section.location()))
        session.inside = section
        return section.abort

    # ---- leftovers ----

    def _drop(self) -> None:
        """End the session, if there is one, and all that it holds."""
        session, background, refusal = self.session, self._background, self._refusal
        self.session = self._background = self._refusal = None
        if refusal is not None:
            interrupt.surely(refusal.release)
        if background is not None:
            interrupt.surely(background.close)
        if session is not None:
            interrupt.surely(session.close)

    def _prompt(self) -> None:
        self._at_prompt = _INTERACTIVE
        self._select_again()
        session = self.session
        if session is None:
            self._drop()
            return
        if session.thread.is_valid() and session.thread.is_running():
            return
        self._drop()

    def _exited(self, _event: gdb.Event) -> None:
        if not settings.busy:
            self._drop()
        hooks.ignore_stops()
        self._far.forget()


class _Far:
    """Remembers that no caller of the current frame has a section.

    A walk of the stack costs as much as a step.  It holds for the function and stack
    pointer where it was made, as long as only hooked commands resume the thread.
    """

    def __init__(self) -> None:
        self._known: Optional[Tuple[int, int, int]] = None  # thread, sp, changes
        self._low = self._high = 0

    def is_known(self, number: int, pc: int, sp: int) -> bool:
        """True when the callers at PC and SP of thread NUMBER have been looked at."""
        return self._low <= pc < self._high and (
            self._known == (number, sp, process.changes))

    def learn(self, number: int, pc: int, sp: int) -> None:
        """They have been."""
        self._known = (number, sp, process.changes)
        self._low, self._high = function_bounds(pc) or (pc, pc + 1)

    def forget(self) -> None:
        """The thread may come back with other callers."""
        self._low = self._high = 0


def _must_end(ended: str, command: str) -> None:
    """Cancel COMMAND unless what had to come before it is DONE; the reason was shown."""
    if ended != DONE:
        raise gdb.GdbError("\"%s\" was not started." % command)


def _near_callers(frame: Optional[gdb.Frame]) -> bool:
    index = process.index()
    return any(index.near(caller.pc()) for caller in callers(frame))


def _typed_count(command: str) -> int:
    """The count that the user typed with COMMAND; GDB does not tell it to a hook.

    The typed line is the newest one of GDB's history.  A command from a script is
    not there, and counts once.
    """
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
