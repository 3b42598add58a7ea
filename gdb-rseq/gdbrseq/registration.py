# SPDX-License-Identifier: MIT
"""Which struct rseq a thread has registered, and who says so.

The kernel knows (PTRACE_GET_RSEQ_CONFIGURATION, native targets only), also of areas that no
symbol tells of.  Everywhere else the symbols say where an area may be, and what the kernel
has written there says whether it is in use.
"""

from __future__ import annotations

from typing import NamedTuple

import gdb

from . import TYPE_CHECKING, ptrace, state, target, tls
from .state import Candidate, Registered

if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Optional, Sequence, Tuple

UNKNOWN_OWNER = "unknown"

_ADDRESS_MASK = 0xFFFFFFFFFFFFFFFF


# include/uapi/linux/auxvec.h
_AT_RSEQ_FEATURE_SIZE = 27


class Registration(NamedTuple):
    """A thread's area as far as it is known.

    who is "glibc", "__rseq_abi" or "unknown"; address is None unless an area is known.
    signature and flags are those of the registration, None where nothing tells.
    candidates are those that symbols tell of.
    """

    status: Registered
    by_kernel: bool  # the kernel itself said so
    who: str = ""
    address: Optional[int] = None
    size: int = 0
    signature: Optional[int] = None
    flags: Optional[int] = None
    candidates: Tuple[Candidate, ...] = ()


class _Glibc(NamedTuple):
    """What glibc 2.35 and later exports; size is 0 when it registers nothing."""

    offset: int
    size: int
    flags: Optional[int]


class Sources:
    """Where the areas of one inferior's threads are; made anew for each command.

    The inferior must be selected; a thread of it may be selected by what is asked.
    """

    def __init__(self, inferior: gdb.Inferior) -> None:
        self.inferior = inferior
        self._architecture = inferior.architecture().name()
        self._native = target.is_native(inferior)
        self._glibc: Optional[_Glibc] = None
        self._glibc_read = False
        self._feature_size: Optional[int] = None
        # What was read already: on a remote target that is what costs.
        self._bases: Dict[int, Optional[int]] = {}
        self._areas: Dict[int, Optional[bytes]] = {}
        self._handled: Tuple[Optional[int], ...] = ()
        self._abi = tls.Variable("__rseq_abi")
        self._initial: Optional[int] = None
        self._initial_read = False
        # Beside the area (librseq, tcmalloc), or behind its fields (early librseq).
        self._refcounts = (tls.Variable("__rseq_refcount"),
                           tls.Variable("__rseq_abi", ".refcount"))

    @property
    def order(self) -> str:
        """The byte order for `struct'."""
        return "<"  # x86

    @property
    def address_bits(self) -> int:
        """Of the program's addresses."""
        return 32 if self._architecture == "i386" else 64

    @property
    def feature_size(self) -> int:
        """Bytes of struct rseq that the kernel fills in."""
        if self._feature_size is None:
            # Kernels before 6.3 do not tell: they fill in the first ones.
            self._feature_size = (target.auxiliary(_AT_RSEQ_FEATURE_SIZE)
                                  or state.FIRST_FEATURE_SIZE)
        return self._feature_size

    @property
    def glibc(self) -> Optional[_Glibc]:
        """None where the C library is not glibc 2.35 or later."""
        if not self._glibc_read:
            self._glibc_read = True
            size = target.integer("*(unsigned int *) &__rseq_size")
            offset = target.integer("*(long *) &__rseq_offset")
            if size is not None and offset is not None:
                flags = target.integer("*(unsigned int *) &__rseq_flags")
                self._glibc = _Glibc(offset, size, flags)
        return self._glibc

    def of(self, thread: gdb.InferiorThread) -> Registration:
        """The registration of THREAD, which is stopped."""
        if self._native:
            known = ptrace.rseq_configuration(thread.ptid[1])
            if known is not None:
                return self._from_kernel(thread, known)
        return self._from_symbols(thread)

    def address(self, thread: gdb.InferiorThread) -> Optional[int]:
        """Where THREAD's area is, None when it has none: of() for the engine's use."""
        if self._native:
            known = ptrace.rseq_configuration(thread.ptid[1])
            if known is not None:
                return known.pointer or None
        found = self._from_symbols(thread)
        return found.address if found.status is Registered.YES else None

    def area_bytes(self, address: int) -> Optional[bytes]:
        """The struct rseq at ADDRESS, None where it can't be read."""
        if address not in self._areas:
            self._areas[address] = target.read(self.inferior, address, state.AREA_SIZE)
        return self._areas[address]

    def _base(self, thread: gdb.InferiorThread) -> Optional[int]:
        """THREAD's thread pointer."""
        number = thread.global_num
        if number not in self._bases:
            self._bases[number] = target.thread_pointer(thread)
        return self._bases[number]

    # ---- the kernel ----

    def _from_kernel(self, thread: gdb.InferiorThread,
                     known: ptrace.Configuration) -> Registration:
        if known.pointer == 0:
            candidates = tuple(self.candidates(thread))
            for each in candidates:
                if each.has_failed:
                    return Registration(Registered.FAILED, True, each.who, each.address,
                                        each.size, candidates=candidates)
            return Registration(Registered.NO, True, candidates=candidates)
        return Registration(Registered.YES, True, self._owner(thread, known.pointer),
                            known.pointer, known.size, known.signature, known.flags)

    def _owner(self, thread: gdb.InferiorThread, address: int) -> str:
        """Whose area stands at ADDRESS."""
        base = self._base(thread)
        offset = None if base is None else (address - base) & _ADDRESS_MASK
        glibc = self.glibc
        if glibc is not None and offset == glibc.offset & _ADDRESS_MASK:
            return "glibc"
        if self._abi.address(thread, base) == address:
            return "__rseq_abi"
        return UNKNOWN_OWNER

    # ---- symbols ----

    def candidates(self, thread: gdb.InferiorThread) -> Iterator[Candidate]:
        """The areas of THREAD that symbols tell of."""
        yield from self._glibc_candidate(thread)
        yield from self._abi_candidate(thread)

    def _glibc_candidate(self, thread: gdb.InferiorThread) -> Iterator[Candidate]:
        glibc = self.glibc
        base = None if glibc is None else self._base(thread)
        if base:  # 0 before the thread has one
            address = (base + glibc.offset) & _ADDRESS_MASK
            yield Candidate("glibc", address, max(glibc.size, state.AREA_SIZE),
                            self._cpu_id(address) if glibc.size else None,
                            claimed=glibc.size != 0, refused=glibc.size == 0)

    def _abi_candidate(self, thread: gdb.InferiorThread) -> Iterator[Candidate]:
        address = self._abi.address(thread, self._base(thread))  # of librseq, tcmalloc, early glibc
        if address is not None:
            yield Candidate("__rseq_abi", address, state.AREA_SIZE, self._cpu_id(address),
                            refcount=self._refcount(thread), initial=self._abi_initial)

    @property
    def _abi_initial(self) -> Optional[int]:
        """What cpu_id of an __rseq_abi is before anything has written to it."""
        if not self._initial_read:
            self._initial_read = True
            self._initial = tls.initial_word(self.inferior, "__rseq_abi", state.CPU_ID_OFFSET)
        return self._initial

    def _refcount(self, thread: gdb.InferiorThread) -> Optional[int]:
        """How often the owner of THREAD's __rseq_abi says that it was registered."""
        for variable in self._refcounts:
            address = variable.address(thread, self._base(thread))
            data = None if address is None else target.read(self.inferior, address, 4)
            if data is not None:
                return int.from_bytes(data, "little")
        # Patches for glibc before 2.35 have one flag for all threads: 0 says something of each.
        if not self._handled:
            self._handled = (target.integer("*(int *) &__rseq_handled"),)
        return 0 if self._handled[0] == 0 else None

    def _cpu_id(self, address: int) -> Optional[int]:
        data = self.area_bytes(address)
        if data is None:
            return None
        return state.decode_area(data, state.FIRST_FEATURE_SIZE, self.order).cpu_id

    def _from_symbols(self, thread: gdb.InferiorThread) -> Registration:
        candidates: List[Candidate] = list(self.candidates(thread))
        status, found = state.choose(candidates)
        if status is Registered.NO and not self._all_found(candidates):
            status = Registered.UNKNOWN
        if found is None:
            return Registration(status, False, candidates=tuple(candidates))
        signature = flags = None
        if found.who == "glibc":
            signature, flags = state.SIGNATURES.get(self._architecture), self.glibc.flags
        return Registration(status, False, found.who, found.address, found.size, signature,
                            flags, tuple(candidates))

    def _all_found(self, candidates: Sequence[Candidate]) -> bool:
        """True when CANDIDATES are all that symbols tell of: none is at an unknown place."""
        owners = {each.who for each in candidates}
        if self._abi.exists and "__rseq_abi" not in owners:
            return False
        if self.glibc is None:
            return bool(owners)
        return self.glibc.size == 0 or "glibc" in owners
