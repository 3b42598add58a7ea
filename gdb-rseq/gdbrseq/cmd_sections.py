# SPDX-License-Identifier: MIT
"""The commands that show critical sections."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING, options
from .lazy import load

if TYPE_CHECKING:
    from typing import FrozenSet, Iterable, List, Optional, Sequence, Tuple, Union


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        gdb.write(line + "\n")


def _write_json(sections: Iterable[object]) -> None:
    options.write_json(load("documents").sections_document(sections))


def _complete_regexp(text: str, word: Optional[str], names: Sequence[str] = ()) -> List[str]:
    """Options of NAMES, the functions that have sections, and the files that they are from."""
    return options.complete(text, word, names, load("find").function_and_file_names)


def _complete_location(text: str, word: Optional[str],
                       names: Sequence[str] = ()) -> Union[List[str], int]:
    """Options of NAMES, and the functions that have sections; else as GDB completes locations."""
    fits = options.complete(text, "", names, load("find").function_names)
    if fits or not text or text[-1].isspace() or text.startswith(("-", "/")):
        return options.complete(text, word, names, load("find").function_names)
    return gdb.COMPLETE_LOCATION


class InfoRseqSections(gdb.Command):
    """List the rseq critical sections of the program and its libraries.

Usage: info rseq sections [-v] [-json] [REGEXP]
For each section its first address, its size in bytes, where it commits and aborts,
and its function and source line, under the file it is from.
With REGEXP, only those whose function or file name matches.

Options:
  -v
    Show also the store that arms each section, what leads to that, every exit and
    what is wrong with the section.

  -json
    Print all of that as one line of JSON, with the keys of `csinfo --json'."""

    _options = ("v", "json")

    def __init__(self) -> None:
        super().__init__("info rseq sections", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        chosen, regexp = options.parse(argument, self._options)
        if "json" in chosen:
            _write_json(load("find").matching(regexp))
        else:
            _write(load("listing").listing(regexp, "v" in chosen))

    def complete(self, text: str, word: Optional[str]) -> List[str]:
        """Called by GDB: options, functions with sections, and files."""
        return _complete_regexp(text, word, self._options)


class InfoRseqSection(gdb.Command):
    """Describe the rseq critical section at a location.

Usage: info rseq section [-json] [LOCATION]
LOCATION is a linespec or `*ADDRESS'; the default is the pc of the selected frame.
Shows the section that the address is in, else those that start in its line, else
those of its function.

Options:
  -json
    Print one line of JSON, with the keys of `csinfo --json'."""

    _options = ("json",)

    def __init__(self) -> None:
        super().__init__("info rseq section", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        chosen, location = options.parse(argument, self._options)
        found = load("find").at_location(location)
        if "json" in chosen:
            _write_json(found)
        else:
            _write(load("listing").describe(found))

    def complete(self, text: str, word: Optional[str]) -> Union[List[str], int]:
        """Called by GDB: options, functions with sections, and locations."""
        return _complete_location(text, word, self._options)


def _modifiers(argument: str) -> Tuple[FrozenSet[str], str]:
    """The letters behind a "/" that ARGUMENT begins with, and the rest.  Raises GdbError."""
    if not argument.startswith("/"):
        return frozenset(), argument
    letters, _, rest = argument[1:].partition(" ")
    if not letters:
        raise gdb.GdbError("Missing modifier.")
    if set(letters) - set("bmrs"):
        raise gdb.GdbError("Invalid disassembly modifier.")
    for pair in ("ms", "rb"):
        if set(pair) <= set(letters):
            raise gdb.GdbError("Cannot specify both /%s and /%s." % tuple(pair))
    return frozenset(letters), rest.strip()


class Disassemble(gdb.Command):
    """Disassemble a rseq critical section, and draw where it leads.

Usage: rseq disassemble[/m|/r|/s|/b] [LOCATION]
LOCATION is a linespec or `*ADDRESS'; the default is the pc of the selected frame.
The modifiers are those of "disassemble".

The code is shown from what leads to the store that arms the section to the first
instruction behind the section, and of each other exit the first instruction.  A
bar marks the section itself."""

    def __init__(self) -> None:
        super().__init__("rseq disassemble", gdb.COMMAND_DATA)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        modifiers, location = _modifiers(argument.strip())
        find = load("find")
        _write(load("disasm").dump(find.at_location(location), find.selected_pc(), modifiers))

    def complete(self, text: str, word: Optional[str]) -> Union[List[str], int]:
        """Called by GDB: functions with sections, and locations."""
        return _complete_location(text, word)


class Lint(gdb.Command):
    """Check the rseq critical sections of the program for mistakes.

Usage: rseq lint [-json] [REGEXP]
Print what `csinfo lint' finds in the files that are loaded, and in sections that
were seen in memory, with the addresses of the process.  With REGEXP, only what
concerns sections whose function or file name matches.  The manual page
csinfo-lint(7) explains each check.

Options:
  -json
    Print one line of JSON, with the keys of `csinfo lint --json'."""

    _options = ("json",)

    def __init__(self) -> None:
        super().__init__("rseq lint", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Called by GDB."""
        chosen, regexp = options.parse(argument, self._options)
        lint = load("lint")
        try:
            if "json" in chosen:
                options.write_json(lint.documents(regexp))
            else:
                _write(lint.lint(regexp))
        except load("_csinfo").CsinfoError as error:
            raise gdb.GdbError(str(error)) from None

    def complete(self, text: str, word: Optional[str]) -> List[str]:
        """Called by GDB: options, functions with sections, and files."""
        return _complete_regexp(text, word, self._options)


def create() -> List[object]:
    """Create the commands of this module."""
    return [InfoRseqSections(), InfoRseqSection(), Disassemble(), Lint()]
