# SPDX-License-Identifier: MIT
"""What `rseq lint' prints: libcsinfo's checks of the loaded files, at run-time addresses."""

from __future__ import annotations

import re

from . import TYPE_CHECKING, _csinfo
from .find import matching
from .listing import symbolic
from .objfiles import Section
from .style import Style
from .untabled import Untabled

if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Tuple

_NUMBER = re.compile(r"\b0x[0-9a-f]+\b")


class _File:
    """The findings on SECTIONS, which are of one file; EVERYTHING: on the rest of it, too."""

    def __init__(self, sections: List[Section], everything: bool) -> None:
        first = sections[0]
        self._bias = first.bias
        self._file: Optional[_csinfo.File] = None
        if isinstance(first, Untabled):
            self.findings = self._untabled(first)
            return
        self._file = first.table.file
        wanted = {section.index for section in sections}
        self.findings = [finding for finding in self._file.lint()
                         if everything or finding.index in wanted]

    def _untabled(self, section: Untabled) -> List[_csinfo.Finding]:
        try:
            self._file = section.file()
            return self._file.lint(["-pointer-array-missing"])
        except _csinfo.CsinfoError as error:
            return [_csinfo.Finding("code-not-checked", _csinfo.Severity.INFO, None, None, "",
                                    "code was not checked: %s" % error)]

    def _moved(self, match: "re.Match[str]") -> str:
        """An address of the file as that of the process; other numbers as they are."""
        number = int(match.group(), 16)
        is_address = self._file is not None and self._file.place(number) is not None
        return "0x%x" % (number + self._bias) if is_address else match.group()

    def message(self, finding: _csinfo.Finding) -> str:
        """What FINDING says, with addresses of the process."""
        return _NUMBER.sub(self._moved, finding.message)

    def line(self, finding: _csinfo.Finding, style: Style) -> str:
        """FINDING for people."""
        place = "" if finding.address is None else (
            style.address(symbolic(finding.address + self._bias)) + ": ")
        return "  %s%s: %s [%s]" % (place, finding.severity.name.lower(),
                                    self.message(finding), finding.id)

    def document(self, finding: _csinfo.Finding) -> Dict[str, Any]:
        """FINDING for programs."""
        address = finding.address
        return {"check": finding.id, "severity": finding.severity.name.lower(),
                "address": None if address is None else address + self._bias,
                "where": finding.where or None, "section": finding.index,
                "message": self.message(finding)}


def _files(regexp: str) -> Tuple[Dict[str, _File], int]:
    """What was found in each file, and the number of sections.  Raises GdbError, CsinfoError."""
    files: Dict[str, List[Section]] = {}
    for section in matching(regexp):
        name = section.filename or "struct rseq_cs at 0x%x, in no table" % section.descriptor
        files.setdefault(name, []).append(section)
    return ({filename: _File(sections, not regexp) for filename, sections in files.items()},
            sum(map(len, files.values())))


def documents(regexp: str) -> List[Dict[str, Any]]:
    """The findings, with the keys of `csinfo lint --json'.  Raises GdbError, CsinfoError."""
    files, _ = _files(regexp)
    return [{"file": filename, "findings": [file.document(each) for each in file.findings]}
            for filename, file in files.items()]


def lint(regexp: str) -> Iterator[str]:
    """A line for each finding, below the name of the file.  Raises GdbError, CsinfoError."""
    style = Style()
    files, count = _files(regexp)
    for filename, file in files.items():
        if file.findings:
            yield "%s:" % style.filename(filename)
            yield from (file.line(finding, style) for finding in file.findings)
    if not files:
        yield ("No rseq critical sections matching \"%s\"." % regexp if regexp
               else "No rseq critical sections.")
    elif not any(file.findings for file in files.values()):
        yield "Nothing found in %d rseq critical section%s." % (count, "" if count == 1 else "s")
