# SPDX-License-Identifier: MIT
"""Sourced in GDB: count what is asked of the kernel about struct rseq."""

import gdb
from gdbrseq import ptrace

_questions = []
_ask = ptrace.rseq_configuration


def _counted(lwp: int) -> object:
    _questions.append(lwp)
    return _ask(lwp)


ptrace.rseq_configuration = _counted


def asked() -> int:
    """How often."""
    return len(_questions)


def table(threads: int) -> None:
    """What `info rseq' says of THREADS threads, in short."""
    rows = gdb.execute("info rseq", to_string=True).splitlines()[1:]
    words = [row[1:].split() for row in rows]
    assert [int(each[0]) for each in words] == list(range(1, threads + 1))
    print("%d threads, %d areas, all registered by %s" % (
        len(rows), len({each[2] for each in words}), " ".join({each[1] for each in words})))
