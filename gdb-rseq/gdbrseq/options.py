# SPDX-License-Identifier: MIT
"""Options of commands, as GDB reads those of its own (cli-option.c)."""

from __future__ import annotations

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable, Iterable, List, Optional, Sequence, Set, Tuple


def parse(argument: str, names: Sequence[str]) -> Tuple[Set[str], str]:
    """The options of NAMES (without "-") that ARGUMENT begins with, and what follows.

    An option may be abbreviated as long as that is clear; "--" ends them.  Raises GdbError.
    """
    found: Set[str] = set()
    rest = argument.strip()
    while rest.startswith("-"):
        word, _, after = rest.partition(" ")
        if word == "--":
            return found, after.lstrip()
        fits = [name for name in names if name.startswith(word[1:])]
        if word[1:] not in names and len(fits) != 1:
            raise gdb.GdbError("%s option at: %s" % (
                "Ambiguous" if fits else "Unrecognized", rest))
        found.add(word[1:] if word[1:] in names else fits[0])
        rest = after.lstrip()
    return found, rest


def _typed(text: str) -> str:
    """The word at the end of TEXT."""
    return "" if not text or text[-1].isspace() else text.split()[-1]


def complete_from(names: Iterable[str], text: str, word: Optional[str]) -> List[str]:
    """Those of NAMES that may be what is being typed at the end of TEXT.

    GDB wants what replaces WORD, which begins behind the last character of TEXT that
    GDB takes for a delimiter, such as "-" or ":".  It asks once without a WORD before,
    for what the delimiters are.
    """
    if word is None:
        return []
    typed = _typed(text)
    skip = len(typed) - len(word)
    return sorted(name[skip:] for name in names if name.startswith(typed))


def _may_be_option(text: str) -> bool:
    """True when what is before the last word of TEXT is options only."""
    before = text[:len(text) - len(_typed(text))].split()
    return all(each.startswith("-") and each != "--" for each in before)


def complete(text: str, word: Optional[str], options: Sequence[str],
             names: Callable[[], Iterable[str]]) -> List[str]:
    """What may be typed at the end of TEXT: one of OPTIONS (without "-"), or of NAMES().

    As in GDB all of both while nothing is typed, and options only behind a "-".
    """
    fits: List[str] = []
    is_option = _may_be_option(text)
    if is_option:
        fits += ["-" + option for option in options]
    if not (is_option and _typed(text).startswith("-")):
        fits += names()
    return complete_from(fits, text, word)


def write_json(document: object) -> None:
    """Print DOCUMENT as one line, for -json."""
    import json  # a tenth of what the plug-in adds to GDB's start
    gdb.write(json.dumps(document) + "\n")
