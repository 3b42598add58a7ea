# SPDX-License-Identifier: MIT
"""libcsinfo through ctypes: the critical sections of an ELF file and what their code does.

Addresses are those of the file; None stands for "no address".  Nothing in here knows GDB.
"""

from __future__ import annotations

import ctypes
import enum
import os
import weakref
from collections import namedtuple

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Iterator, List, Optional, Sequence, Tuple, Union

# `make install` puts the library's folder here.
LIBDIR = ""

NO_ADDRESS = 0xFFFFFFFFFFFFFFFF
_NO_INDEX = ctypes.c_size_t(-1).value


class Error(enum.IntEnum):
    """enum csinfo_error."""

    IO = -1
    NOMEM = -2
    NOT_ELF = -3
    UNSUPPORTED = -4
    MALFORMED = -5
    NOT_FOUND = -6
    ARGUMENT = -7
    ARCHIVE = -8


class Mark(enum.IntEnum):
    """What is wrong with a section (CSINFO_MARK_*)."""

    VERSION = 0x0001
    FLAGS = 0x0002
    EMPTY = 0x0004
    WRAPS = 0x0008
    ABORT_INSIDE = 0x0010
    NOT_CODE = 0x0020
    NO_SIGNATURE = 0x0040
    DUPLICATE = 0x0080
    RELOCATION = 0x0100
    MISALIGNED = 0x0200


class StorePosition(enum.IntEnum):
    """Where STORE stands (enum csinfo_store_position)."""

    UNKNOWN = 0
    ADJACENT = 1
    EARLIER = 2
    INSIDE = 3


class GateKind(enum.IntEnum):
    """How a gate leads to STORE (enum csinfo_gate_kind)."""

    FALLTHROUGH = 0
    BRANCH = 1


class GateFlag(enum.IntEnum):
    """CSINFO_GATE_*."""

    IN_SECTION = 0x1


class ExitKind(enum.IntEnum):
    """How control leaves a section (enum csinfo_exit_kind)."""

    COMMIT = 0
    ABORT = 1
    DECLARED = 2
    BRANCH = 3
    RETURN = 4
    INDIRECT = 5


class ExitFlag(enum.IntEnum):
    """CSINFO_EXIT_*."""

    ON_SIGNATURE = 0x1
    TO_COMMIT = 0x2
    BY_CODE = 0x4


class FlowFlag(enum.IntEnum):
    """CSINFO_FLOW_*."""

    CALL = 0x01
    SYSCALL = 0x02
    INDIRECT = 0x04
    UNDECODED = 0x08
    BRANCH_TO_COMMIT = 0x10
    BRANCH_TO_START = 0x20
    RETURN = 0x40
    THUMB = 0x80


class Severity(enum.IntEnum):
    """enum csinfo_severity."""

    INFO = 0
    WARNING = 1
    ERROR = 2


class InsnKind(enum.IntEnum):
    """enum csinfo_insn_kind."""

    PLAIN = 0
    JUMP = 1
    BRANCH = 2
    CALL = 3
    RETURN = 4
    INDIRECT_JUMP = 5
    SYSCALL = 6
    TRAP = 7


class CsinfoError(Exception):
    """A call of the library failed.

    code is an Error, offset the byte offset in the file (or None), section the name of the ELF
    section concerned (or "").
    """

    def __init__(self, code: int, message: str, offset: Optional[int] = None,
                 section: str = "") -> None:
        super().__init__(message)
        self.code = Error(code) if code in _ERROR_CODES else code
        self.offset = offset
        self.section = section


_ERROR_CODES = frozenset(int(error) for error in Error)


class Section(namedtuple("Section", (
        "index descriptor start_ip post_commit_offset commit_ip abort_ip version flags "
        "signature marks func_start func_size func_name exit_points"))):
    """One critical section, as struct csinfo_section."""

    __slots__ = ()
    index: int
    descriptor: int
    start_ip: int
    post_commit_offset: int
    commit_ip: int
    abort_ip: int
    version: int
    flags: int
    signature: int
    marks: int  # of Mark
    func_start: int
    func_size: int
    func_name: Optional[str]
    exit_points: Tuple[int, ...]


class Place(namedtuple("Place", "section index offset section_size section_flags file_offset")):
    """Where an address is in the file: ELF section, and offset in it."""

    __slots__ = ()
    section: str
    index: int
    offset: int
    section_size: int
    section_flags: int
    file_offset: Optional[int]


class Gate(namedtuple("Gate", "address kind flags")):
    """An instruction that leads to STORE."""

    __slots__ = ()
    address: int
    kind: GateKind
    flags: int  # of GateFlag


class Outpost(namedtuple("Outpost", "address gate next")):
    """What comes before a gate that addresses memory relative to rip, and goes on to `next`.

    address is None, as is next, when that is not known.
    """

    __slots__ = ()
    address: Optional[int]
    gate: int
    next: Optional[int]


class Exit(namedtuple("Exit", "address from_ kind flags")):
    """A way out.  from_ is None for the kernel; address is None for RETURN and INDIRECT."""

    __slots__ = ()
    address: Optional[int]
    from_: Optional[int]
    kind: ExitKind
    flags: int  # of ExitFlag


class Flow(namedtuple("Flow", "store store_length store_position flags gates exits outposts")):
    """What enters and what leaves a section.  store is None when it was not found."""

    __slots__ = ()
    store: Optional[int]
    store_length: int
    store_position: StorePosition
    flags: int  # of FlowFlag
    gates: Tuple[Gate, ...]
    exits: Tuple[Exit, ...]
    outposts: Tuple[Outpost, ...]


class Target(namedtuple("Target", "machine elf_class byte_order elf_flags", defaults=(0,))):
    """What code is for, in the numbers of an ELF header."""

    __slots__ = ()
    machine: int
    elf_class: int
    byte_order: int
    elf_flags: int


I386 = Target(3, 1, 1)
X86_64 = Target(62, 2, 1)
X32 = Target(62, 1, 1)


class Insn(namedtuple("Insn", "address length kind target conditional delay", defaults=(False, 0))):
    """One instruction.  target is None unless it is a direct jump, branch or call."""

    __slots__ = ()
    address: int
    length: int
    kind: InsnKind
    target: Optional[int]
    conditional: bool  # a return or indirect jump that may also go on
    delay: int  # bytes of the delay slot behind it

    @property
    def goes_on(self) -> bool:
        """Whether control may go on to `next'."""
        return self.conditional or self.kind in _GOES_ON

    @property
    def next(self) -> int:
        """The address behind it and its delay slot."""
        return self.address + self.length + self.delay


_GOES_ON = frozenset((InsnKind.PLAIN, InsnKind.BRANCH, InsnKind.CALL, InsnKind.SYSCALL))


class Check(namedtuple("Check", "id severity on summary")):
    """One of the checks of lint; csinfo-lint(7) explains each."""

    __slots__ = ()
    id: str
    severity: Severity
    on: bool
    summary: str


class Finding(namedtuple("Finding", "id severity address index where message")):
    """What a check found.

    address is None when it is about the file as a whole, index (of the critical section
    concerned) when it is about none in particular; where is the address as "FUNCTION+0x1f" or
    "ELF-SECTION+0x1f", or "".
    """

    __slots__ = ()
    id: str
    severity: Severity
    address: Optional[int]
    index: Optional[int]
    where: str
    message: str


# ---- the C interface; csinfo.h says what it all means ----

class _Sized(ctypes.Structure):
    """A struct that begins with its own size."""

    def __init__(self, **fields: int) -> None:
        super().__init__(size=ctypes.sizeof(type(self)), **fields)


class _Err(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("code", ctypes.c_int),
        ("offset", ctypes.c_uint64),
        ("section", ctypes.c_char * 32),
        ("message", ctypes.c_char * 208),
    ]


class _Section(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("descriptor", ctypes.c_uint64),
        ("start_ip", ctypes.c_uint64),
        ("post_commit_offset", ctypes.c_uint64),
        ("commit_ip", ctypes.c_uint64),
        ("abort_ip", ctypes.c_uint64),
        ("version", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("signature", ctypes.c_uint32),
        ("marks", ctypes.c_uint32),
        ("n_exits", ctypes.c_uint64),
        ("func_start", ctypes.c_uint64),
        ("func_size", ctypes.c_uint64),
        ("func_name", ctypes.c_char_p),
    ]


class _Gate(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("address", ctypes.c_uint64),
        ("kind", ctypes.c_int),
        ("flags", ctypes.c_uint32),
    ]


class _Outpost(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("address", ctypes.c_uint64),
        ("gate", ctypes.c_uint64),
        ("next", ctypes.c_uint64),
    ]


class _Exit(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("address", ctypes.c_uint64),
        ("from_", ctypes.c_uint64),
        ("kind", ctypes.c_int),
        ("flags", ctypes.c_uint32),
    ]


class _FlowInfo(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("store", ctypes.c_uint64),
        ("store_length", ctypes.c_uint32),
        ("store_position", ctypes.c_int),
        ("flags", ctypes.c_uint32),
        ("n_gates", ctypes.c_uint32),
        ("n_exits", ctypes.c_uint32),
        ("n_outposts", ctypes.c_uint32),
    ]


class _Code(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("address", ctypes.c_uint64),
        ("bytes", ctypes.c_char_p),
        ("n_bytes", ctypes.c_size_t),
        ("machine", ctypes.c_int),
        ("elf_class", ctypes.c_int),
        ("byte_order", ctypes.c_int),
        ("elf_flags", ctypes.c_uint32),
    ]


class _Insn(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("length", ctypes.c_uint32),
        ("kind", ctypes.c_int),
        ("target", ctypes.c_uint64),
        ("flags", ctypes.c_uint32),
        ("delay", ctypes.c_uint32),
    ]


class _Place(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("section", ctypes.c_char_p),
        ("index", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("section_size", ctypes.c_uint64),
        ("section_flags", ctypes.c_uint64),
        ("file_offset", ctypes.c_uint64),
    ]


class _Member(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("offset", ctypes.c_uint64),
        ("status", ctypes.c_int),
        ("handle", ctypes.c_void_p),
    ]


_INSN_CONDITIONAL = 0x1  # CSINFO_INSN_CONDITIONAL


class _CheckRecord(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("id", ctypes.c_char_p),
        ("summary", ctypes.c_char_p),
        ("severity", ctypes.c_int),
        ("on", ctypes.c_int),
    ]


class _LintOptions(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("checks", ctypes.POINTER(ctypes.c_char_p)),
        ("n_checks", ctypes.c_size_t),
    ]


class _Finding(_Sized):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("id", ctypes.c_char_p),
        ("severity", ctypes.c_int),
        ("address", ctypes.c_uint64),
        ("index", ctypes.c_size_t),
        ("where", ctypes.c_char * 96),
        ("message", ctypes.c_char * 208),
    ]


# Words of struct csinfo_section up to func_name, which Extents reads.
_EXTENT_WORDS = 12

_POINTER = ctypes.POINTER
_PROTOTYPES = {
    "csinfo_version": (ctypes.c_char_p, []),
    "csinfo_strerror": (ctypes.c_char_p, [ctypes.c_int]),
    "csinfo_open": (ctypes.c_int, [ctypes.c_char_p, _POINTER(ctypes.c_void_p), _POINTER(_Err)]),
    "csinfo_open_memory": (ctypes.c_int, [ctypes.c_char_p, ctypes.c_size_t,
                                          _POINTER(ctypes.c_void_p), _POINTER(_Err)]),
    "csinfo_close": (None, [ctypes.c_void_p]),
    "csinfo_machine": (ctypes.c_int, [ctypes.c_void_p]),
    "csinfo_archive_open": (ctypes.c_int, [ctypes.c_char_p, _POINTER(ctypes.c_void_p),
                                           _POINTER(_Err)]),
    "csinfo_archive_next": (ctypes.c_int, [ctypes.c_void_p, _POINTER(_Member), _POINTER(_Err)]),
    "csinfo_archive_close": (None, [ctypes.c_void_p]),
    "csinfo_load_debug": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
                                         _POINTER(_Err)]),
    "csinfo_elf_type": (ctypes.c_int, [ctypes.c_void_p]),
    "csinfo_elf_class": (ctypes.c_int, [ctypes.c_void_p]),
    "csinfo_byte_order": (ctypes.c_int, [ctypes.c_void_p]),
    "csinfo_elf_flags": (ctypes.c_uint32, [ctypes.c_void_p]),
    "csinfo_machine_name": (ctypes.c_char_p, [ctypes.c_int]),
    "csinfo_read": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p,
                                   ctypes.c_size_t]),
    "csinfo_place": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint64, _POINTER(_Place)]),
    "csinfo_elf_section": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p,
                                          _POINTER(ctypes.c_uint64)]),
    "csinfo_count": (ctypes.c_size_t, [ctypes.c_void_p]),
    "csinfo_get": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, _POINTER(_Section)]),
    "csinfo_get_many": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t,
                                       ctypes.c_void_p, ctypes.c_size_t]),
    "csinfo_exit_point": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t,
                                         _POINTER(ctypes.c_uint64)]),
    "csinfo_find": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint64, _POINTER(ctypes.c_size_t)]),
    "csinfo_remark_count": (ctypes.c_size_t, [ctypes.c_void_p]),
    "csinfo_remark": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, _POINTER(_Err)]),
    "csinfo_lint_check": (ctypes.c_int, [ctypes.c_size_t, _POINTER(_CheckRecord)]),
    "csinfo_lint_open": (ctypes.c_int, [ctypes.c_void_p, _POINTER(_LintOptions),
                                        _POINTER(ctypes.c_void_p), _POINTER(_Err)]),
    "csinfo_lint_count": (ctypes.c_size_t, [ctypes.c_void_p]),
    "csinfo_lint_get": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, _POINTER(_Finding)]),
    "csinfo_lint_free": (None, [ctypes.c_void_p]),
    "csinfo_flow_open": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t,
                                        _POINTER(ctypes.c_void_p), _POINTER(_Err)]),
    "csinfo_flow_open_memory": (ctypes.c_int, [_POINTER(_Code), _POINTER(_Section),
                                               _POINTER(ctypes.c_uint64), ctypes.c_size_t,
                                               _POINTER(ctypes.c_void_p), _POINTER(_Err)]),
    "csinfo_flow_free": (None, [ctypes.c_void_p]),
    "csinfo_flow_get": (ctypes.c_int, [ctypes.c_void_p, _POINTER(_FlowInfo)]),
    "csinfo_flow_gate": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, _POINTER(_Gate)]),
    "csinfo_flow_outpost": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t,
                                           _POINTER(_Outpost)]),
    "csinfo_flow_exit": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t, _POINTER(_Exit)]),
    "csinfo_decode": (ctypes.c_int, [_POINTER(_Code), _POINTER(_Insn)]),
    "csinfo_written": (ctypes.c_int, [_POINTER(_Code), ctypes.c_char_p, ctypes.c_size_t]),
    "csinfo_disassemble": (ctypes.c_int, [_POINTER(_Code), _POINTER(_Insn), ctypes.c_char_p,
                                          ctypes.c_size_t]),
}


def library_path() -> str:
    """The library to load: $CSINFO_LIBRARY, the one built in this tree, or the installed one."""
    chosen = os.environ.get("CSINFO_LIBRARY")
    if chosen:
        return chosen
    here = os.path.dirname(os.path.realpath(__file__))
    in_tree = os.path.join(here, "..", "..", "build", "libcsinfo.so.0")
    installed = os.path.join(LIBDIR, "libcsinfo.so.0")
    for path in (in_tree, installed):
        if os.path.isabs(path) and os.path.exists(path):
            return os.path.normpath(path)
    return "libcsinfo.so.0"


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(library_path())
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name, None)
        if function is None:
            raise OSError("%s has no %s: it is of another version" % (library_path(), name))
        function.restype = result
        function.argtypes = arguments
    return library


_library = _load()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _address(value: int) -> Optional[int]:
    return None if value == NO_ADDRESS else value


def _error(err: _Err) -> CsinfoError:
    return CsinfoError(err.code, _text(err.message), _address(err.offset), _text(err.section))


def _check(status: int) -> None:
    """Raise for the failure of a call that fills no struct csinfo_err."""
    if status:
        raise CsinfoError(status, _text(_library.csinfo_strerror(status)))


def version() -> str:
    """The version of the library that was loaded."""
    return _text(_library.csinfo_version())


class Extents:
    """Columns of what csinfo_get_many() gives, where item N belongs to section N.

    Not a tuple for each section: there may be very many.
    """

    def __init__(self, words: memoryview) -> None:
        """WORDS are the records."""
        self.descriptors, self.starts, self.commits, self.aborts, self.functions, self.sizes, \
            self.names = (words[at::_EXTENT_WORDS] for at in (1, 2, 4, 5, 9, 10, 11))

    def __len__(self) -> int:
        return len(self.starts)


class File:
    """The critical sections of one ELF file, in order of start_ip."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Open PATH.  Raises CsinfoError."""
        handle = ctypes.c_void_p()
        err = _Err()
        if _library.csinfo_open(os.fsencode(path), ctypes.byref(handle), ctypes.byref(err)):
            raise _error(err)
        self._own(handle)

    @classmethod
    def from_memory(cls, image: bytes) -> "File":
        """Open a whole ELF file in memory.  Raises CsinfoError."""
        handle = ctypes.c_void_p()
        err = _Err()
        if _library.csinfo_open_memory(image, len(image), ctypes.byref(handle),
                                       ctypes.byref(err)):
            raise _error(err)
        self = cls.__new__(cls)
        self._own(handle)
        return self

    @classmethod
    def from_handle(cls, handle: int) -> "File":
        """Take over an open handle of the library."""
        self = cls.__new__(cls)
        self._own(ctypes.c_void_p(handle))
        return self

    def _own(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle
        self._finalizer = weakref.finalize(self, _library.csinfo_close, handle)
        self._count = _library.csinfo_count(handle)

    def load_debug(self, path: Union[str, "os.PathLike[str]"],
                   folders: Optional[str] = None) -> None:
        """Take functions from the separate debug file of PATH.  Raises CsinfoError."""
        err = _Err()
        if _library.csinfo_load_debug(self._handle, os.fsencode(path),
                                      None if folders is None else os.fsencode(folders),
                                      ctypes.byref(err)):
            raise _error(err)

    def close(self) -> None:
        """Free what the library holds; the file is empty from here on."""
        self._finalizer()
        self._handle = None
        self._count = 0

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Section]:
        return (self.section(index) for index in range(len(self)))

    @property
    def machine(self) -> int:
        """ELF e_machine."""
        return _library.csinfo_machine(self._handle)

    @property
    def machine_name(self) -> str:
        """The usual name of the machine: "x86-64", "i386"."""
        return _text(_library.csinfo_machine_name(self.machine))

    @property
    def elf_type(self) -> int:
        """ELF e_type: 1 relocatable, 2 executable, 3 shared object."""
        return _library.csinfo_elf_type(self._handle)

    @property
    def elf_class(self) -> int:
        """1 for ELF32, 2 for ELF64."""
        return _library.csinfo_elf_class(self._handle)

    @property
    def byte_order(self) -> int:
        """1 for little endian, 2 for big endian."""
        return _library.csinfo_byte_order(self._handle)

    @property
    def elf_flags(self) -> int:
        """ELF e_flags."""
        return _library.csinfo_elf_flags(self._handle)

    def read(self, address: int, size: int) -> bytes:
        """SIZE bytes of the file at ADDRESS, not relocated.  Raises CsinfoError."""
        buffer = ctypes.create_string_buffer(max(1, size))
        _check(_library.csinfo_read(self._handle, address, buffer, size))
        return buffer.raw[:size]

    def place(self, address: int) -> Optional[Place]:
        """The loaded ELF section that holds ADDRESS, or None."""
        raw = _Place()
        status = _library.csinfo_place(self._handle, address, ctypes.byref(raw))
        if status == Error.NOT_FOUND:
            return None
        _check(status)
        return Place(_text(raw.section), raw.index, raw.offset, raw.section_size,
                     raw.section_flags, _address(raw.file_offset))

    def elf_section(self, name: str) -> Optional[int]:
        """Link-time address of the allocated ELF section NAME, None when there is none."""
        address = ctypes.c_uint64()
        status = _library.csinfo_elf_section(self._handle, name.encode(), ctypes.byref(address))
        return None if status else address.value

    def section(self, index: int) -> Section:
        """Section INDEX.  Raises CsinfoError (NOT_FOUND)."""
        if index < 0:
            _check(Error.NOT_FOUND)
        raw = _Section()
        _check(_library.csinfo_get(self._handle, index, ctypes.byref(raw)))
        return Section(
            index=index, descriptor=raw.descriptor, start_ip=raw.start_ip,
            post_commit_offset=raw.post_commit_offset, commit_ip=raw.commit_ip,
            abort_ip=raw.abort_ip, version=raw.version, flags=raw.flags, signature=raw.signature,
            marks=raw.marks, func_start=raw.func_start, func_size=raw.func_size,
            func_name=None if raw.func_name is None else _text(raw.func_name),
            exit_points=self._exit_points(index, raw.n_exits))

    def _exit_points(self, index: int, count: int) -> Tuple[int, ...]:
        points = []
        value = ctypes.c_uint64()
        for number in range(count):
            _check(_library.csinfo_exit_point(self._handle, index, number, ctypes.byref(value)))
            points.append(value.value)
        return tuple(points)

    def extents(self) -> Extents:
        """Where every section is and the function around it, in one call."""
        count, size = len(self), 8 * _EXTENT_WORDS
        buffer = ctypes.create_string_buffer(max(1, count) * size)
        _check(_library.csinfo_get_many(self._handle, 0, count, buffer, size))
        return Extents(memoryview(buffer).cast("B").cast("Q")[:count * _EXTENT_WORDS])

    @staticmethod
    def name_at(address: int) -> bytes:
        """What an item of Extents.names points to, while the File lives."""
        return ctypes.string_at(address) if address else b""

    def find(self, pc: int) -> Optional[int]:
        """Index of the section whose [start_ip, commit_ip) holds PC, or None."""
        if self._handle is None or not 0 <= pc <= NO_ADDRESS:
            return None
        index = ctypes.c_size_t()
        status = _library.csinfo_find(self._handle, pc, ctypes.byref(index))
        if status == Error.NOT_FOUND:
            return None
        _check(status)
        return index.value

    def remarks(self) -> List[str]:
        """What is odd about the tables, one line each."""
        texts = []
        for index in range(_library.csinfo_remark_count(self._handle)):
            err = _Err()
            _check(_library.csinfo_remark(self._handle, index, ctypes.byref(err)))
            texts.append(_text(err.message))
        return texts

    def lint(self, checks: Sequence[str] = ()) -> List[Finding]:
        """What the checks of lint find, in order of address.

        CHECKS change what runs by default: "ID" switches one on, "-ID" off; "all", "-all".
        Raises CsinfoError.
        """
        words = (ctypes.c_char_p * len(checks))(*map(str.encode, checks))
        options = _LintOptions(checks=words, n_checks=len(checks))
        lint = ctypes.c_void_p()
        err = _Err()
        if _library.csinfo_lint_open(self._handle, ctypes.byref(options), ctypes.byref(lint),
                                     ctypes.byref(err)):
            raise _error(err)
        try:
            return [_finding(lint, number) for number in range(_library.csinfo_lint_count(lint))]
        finally:
            _library.csinfo_lint_free(lint)

    def flow(self, index: int) -> Flow:
        """Decode section INDEX.  Raises CsinfoError."""
        if index < 0:
            _check(Error.NOT_FOUND)
        flow = ctypes.c_void_p()
        err = _Err()
        if _library.csinfo_flow_open(self._handle, index, ctypes.byref(flow), ctypes.byref(err)):
            raise _error(err)
        return _take_flow(flow)


class Member(namedtuple("Member", "name offset file error")):
    """A member of an archive: `file`, or the `error` why it can't be opened."""

    __slots__ = ()
    name: str
    offset: int
    file: Optional[File]
    error: Optional[CsinfoError]


def archive(path: Union[str, "os.PathLike[str]"]) -> Iterator[Member]:
    """The members of the archive PATH, without its index.  Raises CsinfoError."""
    handle = ctypes.c_void_p()
    err = _Err()
    if _library.csinfo_archive_open(os.fsencode(path), ctypes.byref(handle), ctypes.byref(err)):
        raise _error(err)
    try:
        while True:
            raw = _Member()
            status = _library.csinfo_archive_next(handle, ctypes.byref(raw), ctypes.byref(err))
            if status == Error.NOT_FOUND:
                return
            if status:
                raise _error(err)
            name = _text(raw.name)
            if raw.status:
                yield Member(name, raw.offset, None, _error(err))
            else:
                yield Member(name, raw.offset, File.from_handle(raw.handle), None)
    finally:
        _library.csinfo_archive_close(handle)


def lint_checks() -> List[Check]:
    """All checks that File.lint() knows."""
    checks = []
    raw = _CheckRecord()
    while _library.csinfo_lint_check(len(checks), ctypes.byref(raw)) == 0:
        checks.append(Check(_text(raw.id), Severity(raw.severity), bool(raw.on),
                            _text(raw.summary)))
    return checks


def _finding(lint: ctypes.c_void_p, number: int) -> Finding:
    raw = _Finding()
    _check(_library.csinfo_lint_get(lint, number, ctypes.byref(raw)))
    return Finding(_text(raw.id), Severity(raw.severity), _address(raw.address),
                   None if raw.index == _NO_INDEX else raw.index, _text(raw.where),
                   _text(raw.message))


def _take_flow(flow: ctypes.c_void_p) -> Flow:
    """Copy FLOW out and free it."""
    try:
        info = _FlowInfo()
        _check(_library.csinfo_flow_get(flow, ctypes.byref(info)))
        return Flow(
            store=_address(info.store), store_length=info.store_length,
            store_position=StorePosition(info.store_position), flags=info.flags,
            gates=tuple(_gate(flow, number) for number in range(info.n_gates)),
            exits=tuple(_exit(flow, number) for number in range(info.n_exits)),
            outposts=tuple(_outpost(flow, number) for number in range(info.n_outposts)))
    finally:
        _library.csinfo_flow_free(flow)


def _gate(flow: ctypes.c_void_p, number: int) -> Gate:
    raw = _Gate()
    _check(_library.csinfo_flow_gate(flow, number, ctypes.byref(raw)))
    return Gate(raw.address, GateKind(raw.kind), raw.flags)


def _outpost(flow: ctypes.c_void_p, number: int) -> Outpost:
    raw = _Outpost()
    _check(_library.csinfo_flow_outpost(flow, number, ctypes.byref(raw)))
    return Outpost(_address(raw.address), raw.gate, _address(raw.next))


def _exit(flow: ctypes.c_void_p, number: int) -> Exit:
    raw = _Exit()
    _check(_library.csinfo_flow_exit(flow, number, ctypes.byref(raw)))
    return Exit(_address(raw.address), _address(raw.from_), ExitKind(raw.kind),
                raw.flags)


def _code(address: int, code: bytes, target: Target) -> _Code:
    return _Code(address=address, bytes=code, n_bytes=len(code), **target._asdict())


def flow_from_memory(address: int, code: bytes, target: Target, *, start_ip: int,
                     post_commit_offset: int, abort_ip: int, descriptor: int,
                     exit_points: Sequence[int] = (), func_start: int = 0,
                     func_size: int = 0) -> Flow:
    """Decode a section of CODE, which stands at ADDRESS and is in no file.

    func_start and func_size bound the search for STORE and gates where they are known.
    Raises CsinfoError.
    """
    section = _Section(descriptor=descriptor, start_ip=start_ip,
                       post_commit_offset=post_commit_offset, abort_ip=abort_ip,
                       func_start=func_start, func_size=func_size)
    exits = (ctypes.c_uint64 * len(exit_points))(*exit_points)
    flow = ctypes.c_void_p()
    err = _Err()
    if _library.csinfo_flow_open_memory(
            ctypes.byref(_code(address, code, target)), ctypes.byref(section), exits,
            len(exit_points), ctypes.byref(flow), ctypes.byref(err)):
        raise _error(err)
    return _take_flow(flow)


def decode(address: int, code: bytes, target: Target) -> Insn:
    """Decode the instruction at the beginning of CODE, which stands at ADDRESS.

    Raises CsinfoError.
    """
    raw = _Insn()
    _check(_library.csinfo_decode(ctypes.byref(_code(address, code, target)),
                                  ctypes.byref(raw)))
    return Insn(address, raw.length, InsnKind(raw.kind), _address(raw.target),
                bool(raw.flags & _INSN_CONDITIONAL), raw.delay)


def disassemble(address: int, code: bytes, target: Target) -> str:
    """The instruction at the beginning of CODE as text.  Raises CsinfoError."""
    text = ctypes.create_string_buffer(256)
    _check(_library.csinfo_disassemble(ctypes.byref(_code(address, code, target)), None, text,
                                       len(text)))
    return _text(text.value)


def written(address: int, code: bytes, target: Target) -> List[str]:
    """The registers that the instruction at the beginning of CODE changes, and "memory".

    Raises CsinfoError.
    """
    text = ctypes.create_string_buffer(512)
    _check(_library.csinfo_written(ctypes.byref(_code(address, code, target)), text, len(text)))
    return _text(text.value).split()
