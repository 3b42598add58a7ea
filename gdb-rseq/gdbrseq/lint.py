# SPDX-License-Identifier: MIT
"""What `rseq lint' prints: libcsinfo's checks of the loaded files, at run-time addresses."""

from typing import Dict, Iterator, List

from . import _csinfo
from .find import matching
from .listing import symbolic
from .objfiles import Section
from .style import Style


def _line(finding: _csinfo.Finding, bias: int, style: Style) -> str:
    place = "" if finding.address is None else (
        style.address(symbolic(finding.address + bias)) + ": ")
    severity = finding.severity.name.lower()
    return "  %s%s: %s [%s]" % (place, severity, finding.message, finding.id)


def _of_file(sections: List[Section], everything: bool, style: Style) -> List[str]:
    """The findings on SECTIONS, which are of one file; EVERYTHING: on the rest of it, too."""
    wanted = {section.index for section in sections}
    return [_line(finding, sections[0].bias, style)
            for finding in sections[0].table.file.lint()
            if everything or finding.index in wanted]


def lint(regexp: str) -> Iterator[str]:
    """A line for each finding, below the name of the file.  Raises GdbError, CsinfoError."""
    style = Style()
    files: Dict[str, List[Section]] = {}
    for section in matching(regexp):
        if section.table is not None:
            files.setdefault(section.filename, []).append(section)
    found = False
    for filename, sections in files.items():
        lines = _of_file(sections, not regexp, style)
        if lines:
            found = True
            yield "%s:" % style.filename(filename)
            yield from lines
    if not files:
        yield ("No rseq critical sections matching \"%s\"." % regexp if regexp
               else "No rseq critical sections.")
    elif not found:
        yield "Nothing found in %d rseq critical sections." % sum(map(len, files.values()))
