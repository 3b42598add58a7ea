# SPDX-License-Identifier: MIT
"""One stepping command of the user, with critical sections run at full speed.

The command starts natively.  Traps ("gates") stand on what leads to the STORE of the
sections of the selected thread's functions.  When one is hit, or when the command
starts where GDB alone would lose the section, the Session takes over from hook-stop:
it lets the thread run the section to one of its exits and then carries the command
on to where GDB would have ended it.
"""

from __future__ import annotations

import signal

import gdb

from . import TYPE_CHECKING, _csinfo, announce, approach, ptrace
from .code import decode_here
from .fence import Fence, Fences
from .gates import Gates, callers
from .hold import Hold
from .interrupt import runs
from .judge import ANY_LINE, STOP, Origin, judge
from .objfiles import Section, process
from .resume import (DONE, FOREIGN, REFUSED, Lock, Notices, Request,
                     runs_to_location, trapped_at, was_stepped)
from .skip import Exits, Refused, return_trap
from .thread import (clear_descriptor, forget_system_call, is_native, selected_pc,
                     selected_sp)
from .traps import Quiet, Traps, hit_since, user_hits
from .view import (function_start, handles_signal_at, has_line, line_range, origin_here,
                   real_frame, skipped_blocks, view_here)

if TYPE_CHECKING:
    from typing import Callable, Generator, Optional, Set, Tuple, TypeVar

    _Result = TypeVar("_Result")

    # What resumes the thread in the middle: it is handed each Request, and sends how that ended.
    Run = Generator[Request, str, _Result]

SOURCE_MODES = ("step", "next", "until")
INSN_MODES = ("stepi", "nexti")


# Passes through sections in one round of a command that stop, and are told of and counted.
PASSES_TOLD = 100


class Session:
    """One stepping command on one thread, from its hook to its end.

    Owns every breakpoint and setting that the command needs; close() gives all back.
    What resumes the thread is a generator (Run), so that it can go on from one stop to
    the next in either way: run_now() resumes and waits; in the BACKGROUND, hook-stop
    returns and is called again.  SHOWN: the front end shows each stop of GDB's own.
    """

    def __init__(self, mode: str, count: int, shown: bool = False,
                 background: bool = False) -> None:
        selected = gdb.selected_thread()
        self.mode = mode
        self.count = count
        self.shown = shown
        self.thread = selected
        self.thread_number: int = selected.global_num
        self.origin: Optional[Origin] = None
        self.inside: Optional[Section] = None  # active section the thread stood in
        self.notices = Notices()
        self._gates = Gates(selected.global_num, self._takes_over, self.notices)
        self._hold = Hold(selected, background or mode == "until", self._is_missed)
        self._exits = Traps(selected.global_num)
        self._quiet = Quiet()
        # Contexts: Ctrl-C may keep them from their end, so that close() is it.
        self._lock = Lock()
        self._aside = Quiet()
        self._function: Optional[int] = None  # start of the function where the command began
        self._outer: Optional[gdb.Frame] = None  # where `finish' ends
        self._passed: Set[int] = set()  # gates where GDB was left to stop by itself
        self._gdb_steps = True  # GDB's own command runs, not a `continue' of ours
        self._at_exit = False  # the section that the command began with has been run
        self._fences = Fences()
        self._passes = 0  # through sections, in this round
        self._let_go: Optional[Section] = None  # GDB's own command runs the STORE of this one
        self._program = process.program()
        self.hits = user_hits()

    # ---- start ----

    def begin(self) -> None:
        """Note where the command, or one round of it, begins."""
        self._passes = 0
        pc = gdb.newest_frame().pc()
        bounds = None
        if not has_line(pc):
            near = process.index().near(pc)
            bounds = (near[0].low, near[0].high) if near else None
        mode = self.mode if self.mode in SOURCE_MODES else "step"
        if self._outer is None:
            self.origin = origin_here(mode, bounds)
            self._function = function_start(pc)
        else:
            self.origin = Origin("next", self._outer, real_frame(self._outer), ANY_LINE, pc,
                                 pc + 1)

    def leave(self, inlined: gdb.Frame) -> None:
        """Be `finish' of this frame: GDB steps to the first line of the one around it."""
        self._outer = inlined.older()

    def arm(self) -> None:
        """Plant the gates of the functions on the thread's stack."""
        self._gates.arm()

    def _takes_over(self) -> bool:
        """Asked by GDB at a gate: does the session take over here?"""
        if process.program() != self._program:
            return False
        pc = gdb.newest_frame().pc()
        if pc in self._passed or not self._gdb_steps:
            return True
        if self.mode == "until" and runs_to_location():
            return False  # at full speed, also through the section
        if judge(self.origin.copy(), view_here(self.origin)) == STOP:
            # GDB itself ends the command here; left to it once, should it not.
            self._passed.add(pc)
            return False
        return True

    def _pc(self) -> int:
        return selected_pc(self.thread)

    def entered(self) -> Optional[Section]:
        """The section that the thread is about to enter from the current pc."""
        pc = gdb.newest_frame().pc()
        for section in process.index().near(pc):
            if section.broken:
                continue
            if section.flow.store == pc:
                return section
            if self.mode in SOURCE_MODES and approach.ahead(section, pc):
                return section
        return None

    # ---- taking the command over ----

    def hold(self, at: Optional[Section]) -> bool:
        """Take over the coming native command before it runs; False if that can't be.

        AT is the section on whose STORE it starts.  One step of an instruction is let run
        that: the thread is put back behind it, and no trap on STORE is in another's way.
        """
        if at is not None and self.mode in INSN_MODES and self.count == 1:
            self._let_go = at
            return True
        return self._hold.plant(at=None if self.inside is None else self.inside.abort)

    def _is_missed(self) -> None:
        """The hold did not keep GDB's command from running."""
        if self.mode in SOURCE_MODES:
            self.arm()

    def meet_signal(self) -> Run[str]:
        """One round in which GDB passes the thread a signal: to its handler, if there is one.

        DONE where there is none, and the round goes on.
        """
        self.count -= 1
        if self.mode in SOURCE_MODES:
            self.arm()
        if self.inside is not None:
            self._exits.add(self.inside.abort)
        try:
            ended = yield from self._resume(self.mode, quiet=self.count > 0)
        finally:
            self._exits.clear()
        if ended == DONE:
            self.count += 1
        elif self.count > 0:
            self.inside = self.origin = None
        return ended

    def _is_behind_store(self) -> bool:
        """Has GDB's command run the STORE that it was let?"""
        if self._let_go is None or not self.is_selected():
            return False
        flow = self._let_go.flow
        return self._pc() == flow.store + flow.store_length and not hit_since(
            self.hits) and was_stepped()

    def move(self, pc: int) -> None:
        """Put the thread on PC, where the kernel would put it, or before STORE has run.

        The kernel has to forget the section first, or it aborts it all the same.
        """
        clear_descriptor()
        gdb.newest_frame().select()  # $pc is that of the selected frame
        gdb.execute("set var $pc = 0x%x" % pc)
        forget_system_call()

    def begin_with(self, section: Optional[Section]) -> Run[str]:
        """Run SECTION, on whose STORE the thread stands, before the command starts.

        None: the thread was put on an abort handler.  GDB has no source-level command
        for a handler without symbols, so it is walked through, too.
        """
        ended = (yield from self._skip(section)) if section is not None else None
        if section is None:
            self._quiet_inside()
        self._at_exit = section is not None or self.mode in SOURCE_MODES
        while ended is None and self.mode in SOURCE_MODES:
            pc = gdb.newest_frame().pc()
            if not self._in_detour(pc) or self.entered() is not None:
                break
            ended, _ = yield from self._fence(pc, True)
        return DONE if ended is None else ended

    def first_stop(self) -> Optional[Run[None]]:
        """What is left to do if the stop that GDB is about to announce is ours, else None."""
        if self._is_behind_store():
            self.move(self._let_go.flow.store)
            return self.run()
        stopped = trapped_at(self.hits)
        held = self._hold.release()
        if not stopped or not self.is_selected():
            return None
        pc = self._pc()
        section = self._gates.section_at(pc)
        self.find_interrupt()
        if pc in held:
            self._at_exit = self._at_exit or self._hold.has_stepped
            return self._leave_handler(pc)
        if section is None and not self._gates.is_abort(pc):
            return None
        return self._from_gate(section)

    def _leave_handler(self, pc: int) -> Run[None]:
        """Do the command; the handler of a signal may have come to PC, where it was held."""
        while self._hold.is_in_handler():
            section = self.entered()
            if section is not None and section.flow.store == pc and (
                    (yield from self._skip(section)) is not None):
                return
            self._exits.add(pc)
            try:
                ended = yield from self._resume("continue")
            finally:
                self._exits.clear()
            if ended != DONE:
                return
        yield from self.run()

    def _from_gate(self, section: Optional[Section]) -> Run[None]:
        """The rest of a native command that has come to the gate of SECTION.

        None: that has come from the handler of a signal to the abort handler of one.
        """
        self.count = 0
        ended = yield from self._source_round(section, at_exit=section is None)
        if ended in (DONE, REFUSED):
            yield from self._announce()

    def is_selected(self) -> bool:
        """True while the thread of the command is the selected one."""
        selected = gdb.selected_thread()
        return selected is not None and self.thread.is_valid() and (
            selected.ptid == self.thread.ptid)

    def find_interrupt(self) -> None:
        """Keep an interrupt that GDB forgot at the trap where the thread stands."""
        pc = self._pc()
        self._gates.find_interrupt(pc)
        self._exits.find_interrupt(pc)

    def close(self) -> None:
        """Leave nothing behind; may be called at any time, and twice."""
        self._hold.release()
        self._lock.release()
        self._aside.restore()
        self.give_way()
        self.notices.close()

    def give_way(self) -> None:
        """Another event came first: the commands of a breakpoint may resume now."""
        self._gates.disarm()
        self._exits.clear()
        self._quiet.restore()

    def _announce(self) -> Run[None]:
        """Show the end of the command."""
        self.notices.close()
        if not self.shown:
            announce.step_end(self.origin, self._function)
        elif self._hold.plant(in_place=True):
            # Ends at once, and where it began.
            yield from self._resume("stepi")
            self._hold.release()

    def interrupted(self) -> Run[None]:
        """End the command after Ctrl-C that came to GDB while the program was stopped.

        The user meant the program, which runs nearly always: pass it on, as GDB does,
        so that the stop is shown as any other SIGINT.
        """
        self._gates.disarm()
        self._exits.clear()
        if not self.thread.is_valid():
            return
        if self._is_on_its_way():
            gdb.execute("interrupt")  # the stop comes by itself
            return
        # Interrupted while it unwinds, GDB keeps what it has of a frame, and fails from then on.
        gdb.execute("maintenance flush register-cache", to_string=True)
        if is_native():
            pid, lwp, _ = self.thread.ptid
            ptrace.send_signal(pid, lwp, signal.SIGINT)
            yield from self._resume("stepi")
        else:
            yield from self._announce()
            gdb.write("Quit\n")

    def _is_on_its_way(self) -> bool:
        """True where Ctrl-C ended GDB's wait for the program, not the program's run.

        The thread may seem stopped, and wait to be stepped off a breakpoint: resumed then
        it brings GDB down (proceed() of infrun.c).
        """
        return self.thread.is_running() if gdb.parameter("non-stop") else runs()

    # ---- rounds ----

    def run(self, enters_handler: bool = False) -> Run[None]:
        """Do the whole command and announce its end.

        ENTERS_HANDLER: GDB passes the thread a signal as it resumes it.
        """
        ended = (yield from self.meet_signal()) if enters_handler else DONE
        while self.count > 0 and ended not in (FOREIGN, REFUSED):
            self.count -= 1
            ended = yield from self._round()
            self.origin = self.origin if self.count == 0 else None
        if ended in (DONE, REFUSED):
            yield from self._announce()

    def _round(self) -> Run[str]:
        """One step of the user's COUNT, from the current pc."""
        if self.origin is None:
            self.begin()
        at_exit, self._at_exit = self._at_exit, False
        if at_exit and self.mode in INSN_MODES:
            return (yield from self._enter_inlined())
        at_exit = self._quiet_inside() or at_exit
        section = None if at_exit else self.entered()
        if self.mode in SOURCE_MODES:
            return (yield from self._source_round(section, at_exit))
        if section is not None:
            return (yield from self._skip(section)) or (yield from self._enter_inlined())
        return (yield from self._native())[0]

    def _quiet_inside(self) -> bool:
        """True when the thread was put on an abort handler, as the kernel would have.

        The user's breakpoints in that section are off until the command ends, else it
        could never get through.
        """
        section, self.inside = self.inside, None
        if section is not None:
            self._quiet.hush(section.armed_from, section.commit, self._pc())
        return section is not None

    def _source_round(self, section: Optional[Section], at_exit: bool = False) -> Run[str]:
        """Run SECTION, if the thread is about to enter one, and on to the end of the line.

        AT_EXIT says that the thread has just left one.
        """
        ended: Optional[str] = None
        detour = at_exit or section is not None
        if section is not None:
            ended = yield from self._enter(section)
        elif not detour and not self.fenced():
            ended = yield from self._native_or_gate()
            detour = ended is None
        while ended is None:
            pc = gdb.newest_frame().pc()
            detour = detour and self._in_detour(pc)
            if not detour and judge(self.origin, view_here(self.origin)) == STOP:
                return DONE
            section = self.entered()
            if section is not None:
                ended, detour = (yield from self._enter(section)), True
            elif not detour and not self._runs_through() and self._is_native():
                ended, detour = (yield from self._native_or_gate()), True
            else:
                ended, detour = yield from self._fence(pc, detour)
        return ended

    def _native_or_gate(self) -> Run[Optional[str]]:
        """GDB's own command from here; None when it met a section, which has been run."""
        ended, section = yield from self._native()
        if ended == DONE and section is None:
            return None  # in an abort handler
        return ended if section is None else (yield from self._enter(section))

    def _enter(self, section: Section) -> Run[Optional[str]]:
        """From a gate or STORE: run SECTION, unless the command is complete on STORE.

        None when the round goes on from where the thread then is.
        """
        store = section.flow.store
        if gdb.newest_frame().pc() != store and self._must_look_at(section):
            ended = yield from self._one_instruction()
            if ended is not None or gdb.newest_frame().pc() != store:
                return ended
            if judge(self.origin, view_here(self.origin)) == STOP:
                return DONE
        return (yield from self._skip(section))

    @staticmethod
    def _must_look_at(section: Section) -> bool:
        """True when the thread can't just be let go here, on its way to STORE of SECTION.

        GDB may stop before it is behind STORE, where a line begins, or it may go elsewhere.
        """
        pc = gdb.newest_frame().pc()
        for address in approach.ahead(section, pc):
            bounds = line_range(address)
            if bounds is not None and bounds[0] == address:
                return True
        try:
            return decode_here(pc).kind != _csinfo.InsnKind.PLAIN
        except _csinfo.CsinfoError:
            return True

    def _enter_inlined(self) -> Run[str]:
        """Show the inlined functions that start at an exit, as stepi and nexti do."""
        # The stepi that shows the end does so by itself.
        for _ in () if self.shown else skipped_blocks(gdb.newest_frame()):
            # Here GDB's step enters one of them, and nothing runs.
            yield from self._resume("step", quiet=True)
        return DONE

    def _native(self) -> Run[Tuple[str, Optional[Section]]]:
        """GDB's own command from here, with gates armed; the last one is announced.

        Returns how it ended, and the section at whose gate it did, if so.
        """
        if self.mode in SOURCE_MODES:
            self.arm()
        ended = yield from self._resume(self.mode, quiet=self.count > 0)
        if ended != DONE:
            return ended, None
        return ended, self._gates.section_at(self._pc())

    def _resume(self, command: str, quiet: bool = False) -> Run[str]:
        """Run a resuming COMMAND to its stop; QUIET keeps its end from being shown."""
        self._gdb_steps = command != "continue"
        self.hits = user_hits()
        ended = yield Request(command, quiet)
        if ended == DONE and process.program() != self._program:
            # An exec ends each command of GDB, but a breakpoint on an address stays.
            self.give_way()
            yield Request("continue")
            return FOREIGN
        return ended

    def _skip(self, section: Section) -> Run[Optional[str]]:
        """Run SECTION from its gate or STORE.  None when the thread is at an exit."""
        gate = self._gates.trap_at(self._pc())
        if section.flow.flags & _csinfo.FlowFlag.CALL:
            self._gates.disarm()  # a stop in what it calls would end it
        elif gate is not None:
            gate.enabled = False  # GDB need not step off it
        try:
            exits = Exits(section)
            self._exits.add_all(exits.places)
            with self._lock, self._aside as quiet:
                quiet.hush(section.armed_from, section.commit, self._pc())
                ended = yield from self._run_to_exit()
        except Refused as refused:
            self.notices.tell("can't skip %s: %s" % (section.location(), refused))
            return REFUSED
        finally:
            self._exits.clear()
        if ended != DONE:
            return FOREIGN
        if gate is not None and gate.is_valid():
            gate.enabled = True
        self._passes += 1
        self._tell_skipped(exits)
        return None

    def _tell_skipped(self, exits: Exits) -> None:
        outcome = exits.outcome(self._pc())
        self.notices.tell("skipped %s: %s" % (exits.section.location(), outcome))

    def _run_to_exit(self) -> Run[str]:
        """Run to a trap; the handler of a signal on the way may pass the same section."""
        sp = selected_sp(self.thread)
        ended = yield from self._resume("continue")
        while ended == DONE and selected_sp(self.thread) != sp and handles_signal_at(sp):
            ended = yield from self._resume("continue")
        return ended

    # ---- from an exit to the end of the round ----

    def _in_detour(self, pc: int) -> bool:
        """True in an abort handler or stub that no symbol tells of."""
        if self.origin.line is None:
            return not self.origin.low <= pc < self.origin.high
        return not has_line(pc)

    def fenced(self) -> bool:
        """True when the command never runs natively: `finish', and `until': it forgets its range.

        As soon as GDB comes into the middle of another line it goes on with the range of
        that, on its way to a gate and unseen by us.
        """
        return self._outer is not None or (
            self.mode == "until" and self.origin.line is not None)

    def _is_native(self) -> bool:
        """True when GDB's own command, given here, would do just what is left."""
        origin = self.origin
        if self.fenced():
            return False
        frame = gdb.newest_frame()
        if origin.frame != frame or skipped_blocks(frame):
            return False
        if origin.line is None:
            return origin.low <= frame.pc() < origin.high
        again = origin_here(origin.mode, None)
        return (again.line, again.low, again.high) == (origin.line, origin.low, origin.high)

    def _fence(self, pc: int, detour: bool) -> Run[Tuple[Optional[str], bool]]:
        """Run at full speed to the edge of what needs no decision.

        Returns how the round ended, if it did, and whether the detour goes on.
        """
        if gdb.newest_frame().type() == gdb.SIGTRAMP_FRAME:
            ended = yield from self._one_instruction()  # sigreturn goes anywhere
            return ended, process.index().with_abort(self._pc()) is not None
        fence = self._fences.around(pc, self.origin, detour, self._runs_through())
        found = fence.region
        if pc in found.calls:
            return (yield from self._native_or_gate()), True
        if pc in found.stops or pc in found.gates:
            return (yield from self._one_instruction()), detour
        if (yield from self._run_to_edge(fence, detour)) != DONE:
            return FOREIGN, False
        left = fence.exits_at(self._pc())
        if left is not None:
            self._tell_skipped(left)
        return None, left is not None or detour and not found.returns

    def _run_to_edge(self, fence: Fence, detour: bool) -> Run[str]:
        """Run on to where FENCE ends, through its sections without a stop."""
        self.arm()
        if fence.through:
            self.notices.are_more = True
            self._gates.open(exits.section for exits in fence.through)
        sp = selected_sp(self.thread)
        try:
            self._exits.add_all((address, lambda: self._is_not_deeper(sp))
                                for address in self._gates.instead_of(fence.region.ends()))
            if fence.region.returns:
                self._trap_return(detour)
            with self._lock:
                return (yield from self._resume("continue"))
        finally:
            self._exits.clear()

    def _runs_through(self) -> bool:
        """True when more passes are not worth a stop each to tell of them."""
        return self._passes >= PASSES_TOLD

    def _trap_return(self, detour: bool) -> None:
        if detour:
            # No unwinder to trust here, but the instruction at the pc is the return.
            self._exits.add(int(gdb.parse_and_eval("*(unsigned long *) $sp")))
            return
        try:
            self._exits.add(*return_trap())
        except Refused:
            return  # the outermost function: it has nowhere to return to

    def _is_not_deeper(self, sp: int) -> bool:
        """False in a recursive call of the stepped function, made from the range, and in the
        handler of a signal that came there, where the stack pointer was SP.
        """
        if selected_sp(self.thread) == sp:
            return True
        frames = callers(gdb.newest_frame())
        return self.origin.function not in frames[1:] and not handles_signal_at(sp)

    def _one_instruction(self) -> Run[Optional[str]]:
        """Step what can't be decoded ahead, such as an indirect jump."""
        command = "stepi" if self.mode == "step" else "nexti"
        ended = yield from self._resume(command, quiet=True)
        return FOREIGN if ended == FOREIGN else None

    # ---- continue ----

    def pass_through(self, resume_at: Optional[int]) -> Run[str]:
        """Before `continue': get past the user's breakpoints in the section.

        From STORE, or from the section where the thread stands: RESUME_AT is where it goes on
        then.  DONE when the thread may go on, FOREIGN or REFUSED when it may not.
        """
        section = self.inside or self.entered()
        entered = self.inside is None
        self.inside = None
        # Here: from an abort handler GDB often unwinds to what is no code.
        leave = self._leave_trap()
        if resume_at is not None:
            self.move(resume_at)
        self._quiet.hush(section.armed_from, section.commit, self._pc())
        while True:
            if entered:
                ended = yield from self._skip(section)
                if ended is not None:
                    return ended
            if entered and self._pc() != section.abort:
                return DONE
            entered = yield from self._come_back(section, leave)
            if entered is None:
                return FOREIGN
            if not entered:
                return DONE

    @staticmethod
    def _leave_trap() -> Optional[Tuple[int, Callable[[], bool]]]:
        try:
            return return_trap(levels=2)
        except Refused:
            return None

    def _come_back(self, section: Section,
                   leave: Optional[Tuple[int, Callable[[], bool]]]) -> Run[Optional[bool]]:
        """Let the thread come to SECTION again: True, or LEAVE: False.

        The loop that tries again is often in the caller, so it is left when that returns.
        None when another event came first.
        """
        self._gates.plant(section)
        if leave is not None:
            self._exits.add(*leave)
        try:
            ended = yield from self._resume("continue")
            entered = ended == DONE and self._gates.trap_at(self._pc()) is not None
        finally:
            self._gates.disarm()
            self._exits.clear()
        return entered if ended == DONE else None
