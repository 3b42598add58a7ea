# SPDX-License-Identifier: MIT
"""The convenience functions."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING
from .lazy import load

if TYPE_CHECKING:
    from typing import List


class _Function(gdb.Function):
    """One that asks the module `values'."""

    _name = ""
    _value = ""

    def __init__(self) -> None:
        super().__init__(self._name)

    def invoke(self, *arguments: gdb.Value) -> object:
        """Called by GDB."""
        if arguments:
            raise gdb.GdbError("You must provide no argument for $%s." % self._name)
        return getattr(load("values"), self._value)()


class InCs(_Function):
    """$_rseq_in_cs - whether the thread is inside a rseq critical section.

Usage: $_rseq_in_cs ()
Return 1 when the selected thread stands inside its active critical section, so
that the kernel aborts it as it resumes, and 0 otherwise."""

    _name, _value = "_rseq_in_cs", "in_cs"


class RseqCs(_Function):
    """$_rseq_cs - the thread's struct rseq_cs.

Usage: $_rseq_cs ()
Return the rseq_cs field of the selected thread's struct rseq as a pointer, which
is null without an active critical section.  The kernel clears the field lazily:
see $_rseq_in_cs for whether the thread is inside."""

    _name, _value = "_rseq_cs", "rseq_cs"


class Area(_Function):
    """$_rseq_area - the thread's struct rseq.

Usage: $_rseq_area ()
Return the address of the struct rseq that the selected thread has registered, as
a pointer, which is null when it has none."""

    _name, _value = "_rseq_area", "area"


class CpuId(_Function):
    """$_rseq_cpu_id - the CPU that the thread's struct rseq tells.

Usage: $_rseq_cpu_id ()
Return the cpu_id field of the selected thread's struct rseq: the CPU on which it
ran last; -1 when it has no struct rseq registered, -2 when that failed."""

    _name, _value = "_rseq_cpu_id", "cpu_id"


def create() -> List[object]:
    """Create the functions."""
    return [InCs(), RseqCs(), Area(), CpuId()]
