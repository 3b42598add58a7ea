# SPDX-License-Identifier: MIT
"""Text in the colours that `set style' gives GDB's own output."""

from __future__ import annotations

import os
import re
import sys

import gdb

from . import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Dict, List

# The order of ANSI's colours, and the intensities (cli/cli-style.c).
_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_INTENSITIES = {"bold": "1", "dim": "2"}
_RESET = "\033[m"

_SYMBOL = re.compile(r"<([^<>+]*)([^<>]*)>")
_OPERAND = re.compile(r"(?P<comment>[#;].*)|(?P<function><[^<>]*>)|(?P<register>%\w+)"
                      r"|(?P<immediate>\$-?0x[0-9a-f]+)|(?P<address>\b0x[0-9a-f]+)")


# What GDB takes for a change of style (SGR).
_ESCAPE = re.compile(r"(\033\[[0-9;]*m)")


def clip(text: str, first: int, width: int) -> str:
    """The columns of TEXT from FIRST on, WIDTH at most; its styles are no columns."""
    shown: List[str] = []
    column = 0
    for part in _ESCAPE.split(text):
        if part.startswith("\033"):
            shown.append(part)
            continue
        shown.append(part[max(0, first - column):max(0, first + width - column)])
        column += len(part)
    return "".join(shown)


def _is_terminal() -> bool:
    # GDB's own test (cli-style.c, ui-file.c): not in a file, pipe or dumb terminal.
    return (sys.__stdout__ is not None and sys.__stdout__.isatty()
            and os.environ.get("TERM", "dumb") != "dumb")


def _color(name: str, which: str, base: int) -> List[str]:
    value = gdb.parameter("style %s %s" % (name, which))
    return [str(base + _COLORS.index(value))] if value in _COLORS else []


class Style:
    """GDB's styles as they are set now."""

    def __init__(self) -> None:
        self.enabled = bool(gdb.parameter("style enabled")) and _is_terminal()
        self._codes: Dict[str, str] = {}

    def _code(self, name: str) -> str:
        code = self._codes.get(name)
        if code is None:
            parts = _color(name, "foreground", 30) + _color(name, "background", 40)
            intensity = _INTENSITIES.get(gdb.parameter("style %s intensity" % name))
            parts += [intensity] if intensity else []
            code = self._codes[name] = "\033[%sm" % ";".join(parts) if parts else ""
        return code

    def apply(self, name: str, text: str) -> str:
        """TEXT in the style that `set style NAME' describes."""
        code = self._code(name) if self.enabled else ""
        return code + text + _RESET if code and text else text

    def address(self, text: str) -> str:
        """TEXT as an address; a `<symbol+offset>' in it as GDB shows one."""
        place, blank, symbol = text.partition(" ")
        return self.apply("address", place) + blank + self.symbol(symbol)

    def symbol(self, text: str) -> str:
        """The function's name in `<symbol+offset>'."""
        if not self.enabled:
            return text
        return _SYMBOL.sub(lambda m: "<%s%s>" % (self.apply("function", m[1]), m[2]), text)

    def function(self, text: str) -> str:
        """TEXT as the name of a function."""
        return self.apply("function", text)

    def filename(self, text: str) -> str:
        """TEXT as the name of a file."""
        return self.apply("filename", text)

    def source(self, path: str, text: str) -> str:
        """TEXT, of the file PATH, as `set style sources' asks, where GDB's Python can do it."""
        if not (self.enabled and gdb.parameter("style sources")):
            return text
        try:
            from gdb.styling import colorize
        except ImportError:
            return text
        colored = colorize(path, text)  # None without Pygments
        return text if colored is None else colored.decode(gdb.host_charset(), "replace")

    def instruction(self, text: str) -> str:
        """Disassembled TEXT, in the manner of GDB's `set style disassembler'."""
        if not (self.enabled and gdb.parameter("style disassembler enabled")):
            return text
        mnemonic, blank, operands = text.partition(" ")
        return (self.apply("disassembler mnemonic", mnemonic) + blank
                + _OPERAND.sub(self._operand, operands))

    def _operand(self, match: "re.Match[str]") -> str:
        kind, text = match.lastgroup, match.group()
        if kind == "function":
            return self.symbol(text)
        return self.apply(kind if kind == "address" else "disassembler " + str(kind), text)
