# SPDX-License-Identifier: MIT
"""What the user has selected, while our code selects other threads and inferiors."""

from __future__ import annotations

import contextlib

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Iterator, Optional

# Languages that know C's casts and `&'.
_LIKE_C = ('c"', 'c++"', 'asm"', 'minimal"', 'objective-c"', 'opencl"')


def thread_id(thread: gdb.InferiorThread) -> str:
    """print_thread_id() of gdb/thread.c."""
    inferiors = gdb.inferiors()
    if len(inferiors) > 1 or inferiors[0].num != 1:
        return "%d.%d" % (thread.inferior.num, thread.num)
    return "%d" % thread.num


def selected_thread() -> Optional[gdb.InferiorThread]:
    """gdb.selected_thread(), also while that exits or has not been told of yet."""
    try:
        return gdb.selected_thread()
    except SystemError:
        return None


def selected_number() -> int:
    """The global number of the selected thread, 0 when there is none."""
    thread = selected_thread()
    return 0 if thread is None else thread.global_num


def _selected_frame() -> Optional[gdb.Frame]:
    try:
        return gdb.selected_frame()
    except gdb.error:
        return None  # the thread runs, or there is none


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Select the inferior, thread and frame again that are selected now."""
    inferior = gdb.selected_inferior()
    thread = gdb.selected_thread()
    frame = _selected_frame()
    try:
        yield
    finally:
        _select(inferior, thread, frame)


def _select_inferior_quietly(inferior: gdb.Inferior) -> None:
    # There is no other way to select one that has no thread.
    gdb.execute("with suppress-cli-notifications on -- inferior %d" % inferior.num,
                to_string=True)


def _select(inferior: gdb.Inferior, thread: Optional[gdb.InferiorThread],
            frame: Optional[gdb.Frame]) -> None:
    now = gdb.selected_thread()
    if thread is None:
        if now is not None or gdb.selected_inferior().num != inferior.num:
            _select_inferior_quietly(inferior)
        return
    if thread.is_valid() and (now is None or now.global_num != thread.global_num):
        thread.switch()
    # To come back to a thread selects its newest frame.
    if frame is not None and frame.is_valid() and _selected_frame() != frame:
        frame.select()


def select_inferior(inferior: gdb.Inferior) -> None:
    """Select INFERIOR, and a thread of it when it has one."""
    if gdb.selected_inferior().num == inferior.num:
        return
    threads = inferior.threads()
    if threads:
        threads[0].switch()
    else:
        _select_inferior_quietly(inferior)


@contextlib.contextmanager
def c_language() -> Iterator[None]:
    """Have expressions read as C, whatever language the user's frame is in."""
    # The current one ends the text: The current source language is "auto; currently c".
    text = gdb.execute("show language", to_string=True).split("\n")[0].rstrip(".")
    if text.endswith(tuple(quote + like for like in _LIKE_C for quote in ('"', ' '))):
        yield
        return
    with gdb.with_parameter("language", "c"):
        yield
