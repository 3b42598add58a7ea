# SPDX-License-Identifier: MIT
"""What the Python unit tests share: the binding without GDB, and a compiler."""
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
from types import ModuleType
from typing import Any, Dict, List, Sequence, Tuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "testsuite" / "libcsinfo"
CSINFO = ROOT / "build" / "csinfo"
PLUGIN = ROOT / "gdb-rseq"

sys.path.insert(0, str(PLUGIN))


def load_csinfo() -> ModuleType:
    """The module _csinfo."""
    return importlib.import_module("gdbrseq._csinfo")


def places(file: Any) -> List[Tuple[int, ...]]:
    """The descriptor, start, commit and abort address of each section of FILE."""
    extents = file.extents()
    return list(zip(extents.descriptors, extents.starts, extents.commits, extents.aborts))


def have(*programs: str) -> bool:
    """Whether all PROGRAMS are installed."""
    return all(shutil.which(program) for program in programs)


def build(output: os.PathLike, command: Sequence[str]) -> pathlib.Path:
    """Run COMMAND, which makes OUTPUT."""
    subprocess.run([*command, "-o", str(output)], check=True)
    return pathlib.Path(output)


def symbols(path: os.PathLike) -> Dict[str, int]:
    """Name and address of every symbol of PATH that has one."""
    text = subprocess.run(["nm", "--defined-only", str(path)], check=True, capture_output=True,
                          text=True).stdout
    return {name: int(address, 16) for address, _, name in map(str.split, text.splitlines())}
