# SPDX-License-Identifier: MIT
"""What the hooks call: decides whether a command needs a Session, and keeps it."""

from __future__ import annotations

import re
import sys

import gdb

from . import TYPE_CHECKING, _csinfo, frontend, notify, recording, selection, thread
from .drive import Background, StillRuns, run_now
from .gates import aborted, callers
from .hooks import hooks
from .interrupt import interrupt
from .objfiles import Index, Section, process
from .refusal import COMMANDS as REFUSABLE, Refusal, enters_unarmed
from .resume import DONE, FOREIGN, NATIVE, gets_signal, was_moved, was_stepped
from .settings import settings
from .step import INSN_MODES, SOURCE_MODES, Session
from .traps import user_breakpoint_in
from .view import function_bounds, real_frame, skipped_blocks

if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional, Tuple

    from .step import Run

# How the typed forms of the stepping commands begin; the shortest is GDB's alias.
_TYPED = re.compile(r"^\s*(s|st|ste|step|n|ne|nex|next|si|stepi|ni|nexti|u|un|unt|unti|until)"
                    r"(?![a-z])\s*(.*?)\s*&?\s*$")
_NAMES = {"s": "step", "st": "step", "ste": "step", "n": "next", "ne": "next",
          "nex": "next", "si": "stepi", "ni": "nexti", "u": "until", "un": "until",
          "unt": "until", "unti": "until"}


# A script is not in GDB's history.
_INTERACTIVE = sys.stdin is not None and sys.stdin.isatty()


class Engine:
    """At most one Session at a time: that of the command that runs now.

    In non-stop mode it is that of the thread at hand; those of the others are kept.
    """

    def __init__(self) -> None:
        self.session: Optional[Session] = None
        self._background: Optional[Background] = None  # what is left of it
        self._kept: Dict[int, Tuple[Session, Optional[Background]]] = {}  # by thread
        self._shows_stops = frontend.shows_every_stop()
        self._was_prompted = False  # since the command of the session began
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
        selected = selection.selected_thread()
        if selected is not None and not selected.is_stopped():
            return  # GDB says so
        self._keep_others(selected)
        if self.session is not None or self._refusal is not None:
            self._drop()
        if selected is None:
            return
        index = process.index()
        if not index:
            return
        if command in REFUSABLE and not recording.is_replayed():
            self._refusal = Refusal(selected, command)
            self._refusal.plant()
        self._before_known(command, selected, index)
        if self._refusal is not None:
            self._refusal.follow()
            hooks.watch_stops()

    def _before_known(self, command: str, selected: gdb.InferiorThread, index: Index) -> None:
        """Where there are sections."""
        if command not in SOURCE_MODES and command not in INSN_MODES:
            self._far.forget()
            if command == "advance":
                self._leave_section()
            elif command == "signal":
                self._move_out()
            if command != "continue" and not (command == "finish" and _finishes_inlined()):
                return
        pc = thread.selected_pc(selected)
        near = index.near(pc)
        count = 1
        if self._at_prompt:  # only the first command behind a prompt was typed there
            self._at_prompt = False
            count = _typed_count(command)
        if not near and not self._may_come_near(command, count, selected, pc):
            if not self._kept:
                hooks.ignore_stops()
            settings.far = command in ("next",) + INSN_MODES
            return
        if recording.is_replayed():
            return
        self._was_prompted = False
        if self._begin_session(command, count, near):
            hooks.watch_stops()

    def _keep_others(self, selected: Optional[gdb.InferiorThread]) -> None:
        """In non-stop mode, have the session of the SELECTED thread at hand."""
        session = self.session
        if session is None and not self._kept or not gdb.parameter("non-stop"):
            return
        number = None if selected is None else selected.global_num
        if session is not None and session.thread_number != number:
            self._kept[session.thread_number] = (session, self._background)
            self.session = self._background = None
        if number in self._kept:
            self.session, self._background = self._kept.pop(number)

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
        self._keep_others(selection.selected_thread())
        refused = self._refusal is not None and self._refusal.stopped()
        self._refusal = None
        if refused:
            self._drop()
        session, background = self.session, self._background
        if session is None:
            return
        self._go_on(session, background)
        self._note_thread(session)
        if self._kept:
            self._catch_up()

    def _go_on(self, session: Session, background: Optional[Background]) -> None:
        if background is not None:
            self._drive(session, background.go_on)
        else:
            self._drive(session, lambda: self._take_over(session))

    def _catch_up(self) -> None:
        """Hook-stop is not called for stops of other threads while it runs for one."""
        stopped = [session for session, _ in self._kept.values()
                   if session.thread.is_valid() and session.thread.is_stopped()]
        for session in stopped:
            with selection.kept():
                session.thread.switch()
                self._keep_others(session.thread)
                self._go_on(session, self._background)

    def _take_over(self, session: Session) -> bool:
        run = session.first_stop()
        return run is not None and self._start(session, run)

    def _start(self, session: Session, run: Run[None]) -> bool:
        """Do RUN of SESSION; True when it goes on in the background."""
        if not (self._shows_stops or self._was_prompted):
            try:
                run_now(session, run)
                return False
            except StillRuns as left:
                hooks.watch_stops()
                self._background = Background(session, run, left.request)
                return True
        hooks.watch_stops()
        self._background = Background(session, run)
        return self._background.go_on()

    def _may_not_wait(self) -> bool:
        """True where a stop would be shown, or another thread's end the wait for it."""
        return self._shows_stops or bool(gdb.parameter("non-stop"))

    def _note_thread(self, session: Session) -> None:
        """GDB selects the thread of the first stop again after hook-stop; undo that."""
        selected = selection.selected_thread()
        if selected is not None and selected.is_valid() and (
                selected.global_num != session.thread_number):
            self._select = selected
            if self._shows_stops:  # else the next prompt or command comes here
                gdb.post_event(self._select_again)

    def _select_again(self) -> None:
        selected, self._select = self._select, None
        if selected is not None and selected.is_valid():
            selected.switch()

    def _drive(self, session: Session, action: Callable[[], bool]) -> None:
        """Let SESSION do ACTION, and clean up behind it whatever happens.

        ACTION returns True when hook-stop will hear of the session again.
        """
        goes_on = False
        try:
            settings.busy = True
            interrupt.forget()
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
        self._keep_others(selection.selected_thread())
        self._drop()
        gdb.newest_frame()  # raises GDB's own error when there is no process
        if recording.is_replayed():
            gdb.execute("%s %d" % (mode, count))
            return
        if count > 1 and not self._kept:
            hooks.ignore_stops()  # nobody hears of Ctrl-C that ends it at an inner stop
        session = Session(mode, count, self._shows_stops, self._may_not_wait())
        self._was_prompted = False
        self._drive(session, lambda: self._run(session))
        if self._kept:
            self._catch_up()

    def _run(self, session: Session) -> bool:
        resume_at = self._find_inside(session)
        session.begin()
        enters_handler = gets_signal()
        if resume_at is not None and not enters_handler:
            session.move(resume_at)
        return self._start(session, session.run(enters_handler))

    # ---- before a command ----

    def _begin_session(self, command: str, count: int, near: List[Section]) -> bool:
        """False when COMMAND does not need one."""
        mode = "next" if command == "finish" else command
        session = Session(mode, count, self._shows_stops, self._may_not_wait())
        self.session = session
        if command == "finish":
            session.leave(gdb.selected_frame())
        wanted = False
        settings.busy = True
        try:
            wanted = self._prepare(session, near)
        except (gdb.error, _csinfo.CsinfoError) as error:
            gdb.write("gdb-rseq: %s\n" % error, gdb.STDERR)
        finally:
            settings.busy = False
            if not wanted:
                interrupt.shield(self._end_session)
        return wanted

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
        if resume_at is None and self._is_left_alone(session):
            if session.mode in SOURCE_MODES:
                session.arm()
            return session.mode in SOURCE_MODES
        enters_handler = gets_signal()
        if enters_handler:
            self._before_handler(session)
        elif resume_at is not None:
            session.move(resume_at)
        section = session.entered()
        at_store = section is not None and section.flow.store == gdb.newest_frame().pc()
        # Held, `until LOCATION' comes to one that is an exit of the section.
        runs_first = session.inside is not None or at_store and session.mode != "until"
        if runs_first and not enters_handler and not self._may_not_wait():
            begin = session.begin_with(section if at_store else None)
            _must_end(run_now(session, begin), session.mode)
            at_store = False
        return session.hold(section if at_store else None)

    def _before_handler(self, session: Session) -> None:
        """GDB's command enters the handler of a signal, and counts that as one step."""
        if session.count > 1 and not self._may_not_wait():
            ended = run_now(session, session.meet_signal())
            _must_end(DONE if ended == NATIVE else ended, session.mode)

    @staticmethod
    def _is_left_alone(session: Session) -> bool:
        """True when GDB's command can be left to itself until it comes to a gate."""
        return session.count == 1 and not session.fenced() and session.entered() is None

    @staticmethod
    def _before_continue(session: Session, resume_at: Optional[int]) -> None:
        """Get past breakpoints that stand in the section around the pc."""
        section = session.inside or session.entered()
        if section is None or not user_breakpoint_in(section.armed_from, section.commit):
            if resume_at is not None and thread.is_intact(session.inside):
                session.move(resume_at)  # see _move_out()
            return
        run = session.pass_through(resume_at)
        try:
            _must_end(run_now(session, run), session.mode)
        except StillRuns:
            run.close()
            _must_end(FOREIGN, session.mode)

    def _leave_section(self) -> None:
        """Before `advance': a thread that stands in a section is aborted first.

        A breakpoint at its own pc GDB steps off in a copy, and the kernel sees no section then.
        """
        if thread.active_section() is None or self._may_not_wait() or (
                gdb.selected_frame() != gdb.newest_frame()):
            return
        self.session = session = Session("until", 1)
        settings.busy = True
        try:
            resume_at = self._find_inside(session)
            session.begin()
            if resume_at is not None:
                session.move(resume_at)
                _must_end(run_now(session, session.begin_with(None)), "advance")
        finally:
            settings.busy = False
            interrupt.shield(self._end_session)

    def _move_out(self) -> None:
        """A thread that stands in a section goes to where the kernel would put it.

        GDB steps off a breakpoint at its pc in a copy, even where that location is off (proceed()
        of infrun.c, breakpoint_here_p()): the kernel sees no section then, and it would go on
        unprotected.
        """
        self.session = session = Session("continue", 1)
        settings.busy = True
        try:
            resume_at = self._find_inside(session)
            if resume_at is not None:
                session.move(resume_at)
        finally:
            settings.busy = False
            interrupt.shield(self._end_session)

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
            descriptor = thread.active_descriptor()
            if descriptor != section.descriptor:
                self._tell_unarmed(session, pc, descriptor)
                continue
            if behind and was_stepped():
                return flow.store
            if section.holds(pc):
                return self._abort(session, section)
        return None

    @staticmethod
    def _tell_unarmed(session: Session, pc: int, descriptor: int) -> None:
        """The thread stands inside of what it has not entered: was its pc set?"""
        if settings.breakpoints != "off" and was_moved(pc):
            what = enters_unarmed(pc, descriptor)
            if what is not None:
                session.notices.tell("the new pc " + what)

    def _abort(self, session: Session, section: Section) -> int:
        if not notify.was_told(session.thread):
            session.notices.tell(notify.words(session.thread, section.location()))
        session.inside = section
        return section.abort

    # ---- leftovers ----

    def _drop(self) -> None:
        """End the session, if there is one, and all that it holds.

        Where Ctrl-C keeps it from that, the next prompt brings here again.
        """
        if self._refusal is not None:
            interrupt.shield(self._refusal.release)
            self._refusal = None
        if self.session is not None:
            interrupt.shield(self._end_session)

    def _end_session(self) -> None:
        session, background = self.session, self._background
        self.session = self._background = None
        if session is not None:
            _end(session, background)

    def _prompt(self) -> None:
        self._at_prompt = _INTERACTIVE
        self._select_again()
        if self._kept:
            self._drop_kept(lambda session: not _runs(session))
        if self.session is not None and _runs(self.session):
            self._was_prompted = True  # while it runs: it does so in the background
        elif not settings.busy:
            self._drop()
            interrupt.forget()  # what the clean-up kept was for the command that has ended

    def _drop_kept(self, is_over: Callable[[Session], bool]) -> None:
        """End the sessions of other threads that are over."""
        for number in [number for number, kept in self._kept.items() if is_over(kept[0])]:
            interrupt.shield(lambda: _end(*self._kept.pop(number)))

    def _exited(self, _event: gdb.Event) -> None:
        if not settings.busy:
            self._drop()
        self._drop_kept(lambda session: not session.thread.is_valid())
        hooks.ignore_stops()
        self._far.forget()


def _end(session: Session, background: Optional[Background]) -> None:
    if background is not None:
        background.close()
    session.close()


def _runs(session: Session) -> bool:
    return session.thread.is_valid() and session.thread.is_running()


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


def _finishes_inlined() -> bool:
    """Would `finish' step out of an inlined function, each instruction by itself?"""
    frame = gdb.selected_frame()
    return frame.type() == gdb.INLINE_FRAME and (
        real_frame(frame) == real_frame(gdb.newest_frame()))


def _near_callers(frame: Optional[gdb.Frame]) -> bool:
    index = process.index()
    frames = callers(frame)
    return any(index.near(each.pc()) for each in frames) or any(aborted(frames))


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
