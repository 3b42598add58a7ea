# SPDX-License-Identifier: MIT
"""What the bytes of a struct rseq and a struct rseq_cs mean.  Pure: knows no GDB.

Both are of include/uapi/linux/rseq.h.
"""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import List, Optional, Sequence, Tuple

# Bytes that every kernel registers at least, and those that the first one (4.18) filled in.
AREA_SIZE = 32
FIRST_FEATURE_SIZE = 20

# enum rseq_cpu_id_state
CPU_ID_UNINITIALIZED = 0xFFFFFFFF
CPU_ID_REGISTRATION_FAILED = 0xFFFFFFFE

CPU_ID_OFFSET = 4
RSEQ_CS_OFFSET = 8

# tcmalloc keeps half of a pointer in cpu_id_start, marked by this bit.
_NOT_A_CPU = 0x80000000

DESCRIPTOR_SIZE = 32
SIGNATURE_SIZE = 4
_ADDRESS_MASK = 0xFFFFFFFFFFFFFFFF

# RSEQ_SIG: what the C library registers, by GDB's name of the architecture.
SIGNATURES = {"i386": 0x53053053, "i386:x86-64": 0x53053053}

# name, offset, format
_FIELDS = (("cpu_id_start", 0, "I"), ("cpu_id", 4, "I"), ("rseq_cs", 8, "Q"),
           ("flags", 16, "I"), ("node_id", 20, "I"), ("mm_cid", 24, "I"),
           ("slice_ctrl", 28, "I"))


class Fields(NamedTuple):
    """The fields of a struct rseq; None stands for one that the kernel does not fill in."""

    cpu_id_start: int
    cpu_id: int
    rseq_cs: int
    flags: int
    node_id: Optional[int] = None
    mm_cid: Optional[int] = None
    slice_ctrl: Optional[int] = None

    @property
    def start_is_cpu(self) -> bool:
        """False where the program keeps something else in cpu_id_start, as tcmalloc does."""
        return not self.cpu_id_start & _NOT_A_CPU

    @property
    def is_registered(self) -> bool:
        """True when cpu_id is a CPU number."""
        return not self.cpu_id & _NOT_A_CPU


def decode_area(data: bytes, feature_size: int, order: str = "<") -> Fields:
    """The fields in DATA (at least FIRST_FEATURE_SIZE bytes).

    Those that end beyond FEATURE_SIZE or DATA are absent.  ORDER is "<" or ">".
    """
    filled = max(FIRST_FEATURE_SIZE, min(feature_size, len(data)))
    return Fields(**{name: struct.unpack_from(order + kind, data, offset)[0]
                     for name, offset, kind in _FIELDS
                     if offset + struct.calcsize("=" + kind) <= filled})


class Descriptor(NamedTuple):
    """A struct rseq_cs in memory."""

    address: int
    version: int
    flags: int
    start: int
    length: int
    abort: int

    @property
    def commit(self) -> int:
        """One past the section: start_ip + post_commit_offset."""
        return (self.start + self.length) & _ADDRESS_MASK

    def holds(self, pc: int) -> bool:
        """in_rseq_cs() of kernel/rseq.c."""
        return ((pc - self.start) & _ADDRESS_MASK) < self.length


def decode_descriptor(address: int, data: bytes, order: str = "<") -> Descriptor:
    """The descriptor in the DESCRIPTOR_SIZE bytes of DATA, which stand at ADDRESS."""
    return Descriptor(address, *struct.unpack(order + "IIQQQ", data))


def problems(descriptor: Descriptor, found: Optional[int], expected: Optional[int],
             address_bits: int = 64) -> Tuple[str, ...]:
    """Why the kernel would not take DESCRIPTOR, in words; () when it would.

    FOUND are the 4 bytes in front of abort_ip, None when they can't be read; EXPECTED is
    the registered signature, None when that is not known.  See rseq_get_rseq_cs().
    """
    # The upper half of 64 bits is the kernel's.
    end = 1 << min(address_bits, 63)
    wrong: List[str] = []
    if descriptor.version:
        wrong.append("version is %d, not 0" % descriptor.version)
    if descriptor.flags:
        wrong.append("flags are 0x%x, not 0" % descriptor.flags)
    if descriptor.start + descriptor.length >= end:
        wrong.append("the range is not in the program's memory")
    elif descriptor.holds(descriptor.abort):
        wrong.append("abort_ip is inside the section")
    if found is None:
        wrong.append("the signature in front of abort_ip can't be read")
    elif expected is not None and found != expected:
        wrong.append("the signature is 0x%x, not 0x%x" % (found, expected))
    return tuple(wrong)


class Registered(enum.Enum):
    """What is known about a thread's registration."""

    YES = "registered"
    MAYBE = "not known which area is registered"
    NO = "not registered"
    FAILED = "registration failed"
    UNKNOWN = "not known"


class Candidate(NamedTuple):
    """A struct rseq that a thread may have registered, as symbols tell of it.

    refcount is what the library that owns it keeps beside it (0: it has not registered),
    None without one.  Of glibc's own, claimed and refused are what __rseq_size says.
    initial is the cpu_id of a thread that begins, None when that is not known.
    """

    who: str
    address: int
    size: int
    cpu_id: Optional[int]  # None: it can't be read, or says nothing as glibc has refused
    refcount: Optional[int] = None
    initial: Optional[int] = None
    claimed: bool = False
    refused: bool = False

    @property
    def is_filled(self) -> bool:
        """True when cpu_id may be the kernel's."""
        if self.cpu_id is None or self.cpu_id & _NOT_A_CPU or self.refused:
            return False
        return self._has_changed or self.refcount != 0

    @property
    def _has_changed(self) -> bool:
        return self.cpu_id != (self.initial or 0)

    @property
    def has_failed(self) -> bool:
        """True when its owner asked the kernel in vain."""
        return self.cpu_id == CPU_ID_REGISTRATION_FAILED and not self.refused

    @property
    def is_certain(self) -> bool:
        """True when only the kernel can have written cpu_id."""
        return self.is_filled and (self.claimed or bool(self.refcount) or self._has_changed)


def choose(candidates: Sequence[Candidate]) -> Tuple[Registered, Optional[Candidate]]:
    """Which of CANDIDATES is registered, where the kernel can't be asked.

    The kernel takes one area for each thread, and writes cpu_id: a CPU number when it is
    registered, CPU_ID_UNINITIALIZED when it is given back.
    """
    filled = [each for each in candidates if each.is_filled]
    certain = [each for each in filled if each.is_certain]
    # Of two that look registered the C library's is: it comes before all code.
    for group in ([each for each in certain if each.claimed], certain):
        if len(group) == 1:
            return Registered.YES, group[0]
    if filled:
        return Registered.MAYBE, (certain or filled)[0]
    for each in candidates:
        if each.cpu_id is None and not each.refused:
            return Registered.UNKNOWN, each
    for each in candidates:
        if each.has_failed:
            return Registered.FAILED, each
    return Registered.NO, None
