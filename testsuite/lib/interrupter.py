# SPDX-License-Identifier: MIT
"""Ctrl-C at the very function of the plugin that a test wants it at; sourced by GDB."""

import os
import signal
import sys

import gdb

_PLUGIN = "%sgdbrseq%s" % (os.sep, os.sep)
_found = {"left": 0, "where": ""}


def _called(frame, event, _argument):
    if event != "call" or _PLUGIN not in frame.f_code.co_filename:
        return
    if "prompt" in frame.f_code.co_name:
        sys.setprofile(None)  # at the prompt GDB takes Ctrl-C for what is being typed
        return
    _found["left"] -= 1
    if _found["left"] == 0:
        _found["where"] = "%s:%d" % (frame.f_code.co_filename, frame.f_code.co_firstlineno)
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)


def interrupt_at(number):
    """Send SIGINT to GDB as the NUMBERth function of the plugin in the next command begins."""
    def arm():
        gdb.events.before_prompt.disconnect(arm)
        sys.setprofile(_called)

    _found["left"] = number
    gdb.events.before_prompt.connect(arm)  # behind what the plugin does at the prompt


def was_interrupted():
    """Has that been done?  Not any more, if not."""
    sys.setprofile(None)
    return _found["left"] <= 0


def where():
    """The function where it was."""
    return _found["where"]


def _held_off():
    """The events that our handlers do not hear of, and signals that are blocked."""
    events = sys.modules["gdbrseq.events"]
    held = [name for name in ("stop", "breakpoint_created", "breakpoint_modified",
                              "breakpoint_deleted") if getattr(events, name).depth]
    return held + list(map(str, signal.pthread_sigmask(signal.SIG_BLOCK, ())))


def _breakpoints():
    """All, those of the plugin without a number, and what of them is enabled."""
    return sorted((max(each.number, 0), each.enabled,
                   [(place.address, place.enabled) for place in each.locations])
                  for each in gdb.breakpoints())


def left():
    """What a command may leave behind."""
    threads = gdb.selected_inferior().threads()
    return (_breakpoints(), _held_off(), [thread.is_running() for thread in threads],
            gdb.parameter("scheduler-locking"), gdb.parameter("suppress-cli-notifications"))


def come_back(function):
    """Let the program come to FUNCTION in another round of the loop in main.

    True when it first had to take a Ctrl-C: one that was sent to it as it had stopped, or that
    was kept too long.
    """
    gdb.execute("frame function main", to_string=True)
    gdb.execute("set var i = 0")
    gdb.execute("tbreak " + function, to_string=True)
    there = gdb.breakpoints()[-1]
    gdb.execute("continue", to_string=True)
    late = there.is_valid()
    if late:
        gdb.execute("continue", to_string=True)
    return late
