# SPDX-License-Identifier: MIT
"""The state of threads as what JSON and GDB/MI are made of: dicts, lists, numbers, strings.

A key whose value is not known, or that the kernel does not fill in, is null.
"""

from __future__ import annotations

from . import TYPE_CHECKING
from .activity import ThreadState
from .registration import Registration
from .selection import thread_id
from .state import Descriptor

if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    Document = Dict[str, Any]


def _registration(found: Optional[Registration]) -> Document:
    if found is None:
        return {"registered": None, "registered_by": None, "by_kernel": None, "area": None,
                "size": None, "signature": None, "registration_flags": None}
    return {"registered": found.status.value, "registered_by": found.who or None,
            "by_kernel": found.by_kernel, "area": found.address,
            "size": found.size or None, "signature": found.signature,
            "registration_flags": found.flags}


def _descriptor(found: Optional[Descriptor]) -> Optional[Document]:
    if found is None:
        return None
    return {"descriptor": found.address, "version": found.version, "flags": found.flags,
            "start_ip": found.start, "post_commit_offset": found.length,
            "commit_ip": found.commit, "abort_ip": found.abort}


def thread_document(now: ThreadState) -> Document:
    """All that is known of one thread."""
    document = {"id": thread_id(now.thread), "inferior": now.thread.inferior.num,
                "thread": now.thread.num, "global_id": now.thread.global_num}
    document.update(_registration(now.registration))
    fields = None if now.fields is None else now.fields._asdict()
    document.update(
        fields=fields, pc=now.pc, state=now.situation.value.strip("()"), words=now.words(),
        section=now.name or None,
        rseq_cs=_descriptor(now.descriptor), problems=list(now.problems),
        exits=[{"address": way.address, "kind": way.words} for way in now.exits])
    return document


def threads_document(states: Iterable[ThreadState]) -> List[Document]:
    """STATES, in their order."""
    return [thread_document(now) for now in states]
