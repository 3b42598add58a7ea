# SPDX-License-Identifier: MIT
"""Data flows one way: no module imports one that stands later in the line."""

import ast
import pathlib
import unittest
from typing import Set

import support

PACKAGE = pathlib.Path(support.PLUGIN) / "gdbrseq"
LINE = ("settings", "interrupt", "events", "frontend", "_csinfo", "ptrace", "table", "region",
        "judge", "state", "threadids", "margin", "corefile", "image",
        "objfiles", "selection", "target", "tls", "registration", "thread",
        "traps", "view", "code", "untabled", "exits", "activity", "resume", "recording", "skip",
        "notify", "announce", "calls",
        "approach", "gates", "ground", "fence", "burial", "guards", "spaces", "spots",
        "conditions", "libraries", "processes", "prints", "sentries", "recorder", "watches",
        "protected", "protect",
        "crowd", "hold", "refusal", "step", "drive", "hooks", "engine",
        "style", "info", "detail", "thread_documents",
        "find", "listing", "documents", "source", "disasm", "values", "window", "lint",
        "options", "lazy",
        "cmd_prefix", "cmd_step", "cmd_protect", "cmd_threads",
        "cmd_sections", "cmd_functions", "cmd_printers", "cmd_notify", "cmd_tui", "cmd_mi",
        "commands")
WITHOUT_GDB = ("frontend", "_csinfo", "ptrace", "table", "region", "judge", "state", "threadids",
               "margin", "corefile", "image")


def imports(name: str) -> Set[str]:
    """Modules of the package, and `gdb' and `ctypes', that module NAME imports."""
    found: Set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / (name + ".py")).read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 1:
            found.update([node.module] if node.module else [a.name for a in node.names])
    return found


class LayersTest(unittest.TestCase):
    """The order of LINE is the order in CONTRIBUTING.md."""

    def test_every_module_has_its_place(self) -> None:
        """A new module must be put into the line."""
        self.assertEqual(sorted(path.stem for path in PACKAGE.glob("*.py")),
                         sorted(LINE + ("__init__",)))

    def test_no_module_imports_a_later_one(self) -> None:
        """Nor itself."""
        for place, name in enumerate(LINE):
            self.assertFalse(imports(name) & set(LINE[place:]), name)

    def test_the_binding_and_the_decisions_do_without_gdb(self) -> None:
        """So they are tested without it."""
        for name in WITHOUT_GDB:
            self.assertNotIn("gdb", imports(name), name)

    def test_only_two_modules_touch_ctypes(self) -> None:
        """libcsinfo's binding, and the one that asks the kernel."""
        self.assertEqual({name for name in LINE if "ctypes" in imports(name)},
                         {"_csinfo", "ptrace"})

    def test_start_up_loads_nothing_slow(self) -> None:
        """typing and signal take longer than all of ours that GDB's start loads."""
        loaded, found = {"commands"}, {"commands"}
        while found:
            found = set().union(*(imports(name) & set(LINE) for name in found)) - loaded
            loaded |= found
        slow = {name for name in loaded
                for node in ast.parse((PACKAGE / (name + ".py")).read_text()).body
                if isinstance(node, (ast.Import, ast.ImportFrom))
                and {"typing", "signal"} & {getattr(node, "module", ""),
                                            *(alias.name for alias in node.names)}}
        self.assertEqual(slow, set())


if __name__ == "__main__":
    unittest.main()
