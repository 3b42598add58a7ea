# SPDX-License-Identifier: MIT
"""What the tests of the csinfo command share."""
import os
import pathlib
import pty
import subprocess
import tempfile
import unittest
from typing import Any, Dict, List, Optional

import support

COMMANDS = ["list", "show", "lint", "scan", "pid"]


def run(*arguments: object, program: os.PathLike = support.CSINFO,
        **options: Any) -> "subprocess.CompletedProcess[str]":
    """csinfo, or its copy PROGRAM, with ARGUMENTS; OPTIONS are those of subprocess.run()."""
    return subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=60, **options)


def on_terminal(arguments: List[str], env: Dict[str, str], stream: str = "stdout") -> str:
    """What csinfo writes to a terminal that is its STREAM."""
    parent, child = pty.openpty()
    streams: Dict[str, Optional[int]] = {"stdout": subprocess.DEVNULL,
                                         "stderr": subprocess.DEVNULL, stream: child}
    with subprocess.Popen([str(support.CSINFO), *arguments], env=env, **streams) as process:
        os.close(child)
        chunks = []
        while True:
            try:
                chunk = os.read(parent, 4096)
            except OSError:  # EIO: the other end is closed
                break
            chunks.append(chunk)
        process.wait()
    os.close(parent)
    return b"".join(chunks).decode()


class WithFixture(unittest.TestCase):
    """flows.S as a PIE, in a folder that lives as long as the tests of the class."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.path = support.build(cls.folder / "flows", [
            "gcc", "-nostdlib", "-pie", "-fPIE", str(support.FIXTURES / "flows.S")])
        cls.symbols = support.symbols(cls.path)


def make_archive(path: pathlib.Path) -> pathlib.Path:
    """An archive with flows.S as flows.o, an object without sections, and a text."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["gcc", "-c", "-o", folder / "flows.o", support.FIXTURES / "flows.S"],
                       check=True)
        subprocess.run(["gcc", "-c", "-x", "c", "-o", folder / "none.o", "/dev/null"], check=True)
        (folder / "text").write_text("no ELF file")
        subprocess.run(["ar", "cr", path, "none.o", "text", "flows.o"], cwd=folder, check=True,
                       stderr=subprocess.DEVNULL)
    return path
