# SPDX-License-Identifier: MIT
"""The man pages, the bash completion and the installation of csinfo say what the program does."""
import json
import os
import pathlib
import re
import subprocess
import unittest
from typing import Any, List, Set

import support
from toolrun import COMMANDS, WithFixture, run

MAN = support.ROOT / "libcsinfo" / "man"
COMPLETION = support.ROOT / "libcsinfo" / "tool" / "csinfo.bash-completion"
HEADER = support.ROOT / "libcsinfo" / "csinfo.h"


def page_source(name: str) -> str:
    """The roff text of a page with hyphens as they are typed."""
    return (MAN / name).read_text().replace(r"\-", "-")


def options(command: str) -> List[str]:
    return re.findall(r"(?m)^  (--[a-z-]+)", run(command, "--help").stdout)


def keys(value: Any) -> Set[str]:
    """All names of members in a JSON document."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys(item)}
    return set()


class TestManPages(WithFixture):
    def test_commands_and_options(self) -> None:
        page = page_source("csinfo.1")
        for command in COMMANDS:
            self.assertIn(f"\n.SS {command}\n", page)
            for option in options(command):
                with self.subTest(command, option=option):
                    self.assertRegex(page, rf"(?m)^\.[BIR]+ {option}\b")

    def test_words(self) -> None:
        """Every bit of csinfo.h has a name in the output, and it is explained."""
        source = (COMPLETION.parent / "words.c").read_text()
        page = page_source("csinfo.1")
        for kind in ("MARK", "FLOW", "GATE", "EXIT"):
            names = re.findall(rf"(?m)^#define CSINFO_{kind}_(\w+)", HEADER.read_text())
            self.assertGreater(len(names), 0)
            for name in names:
                word = name.lower().replace("_", "-")
                self.assertIn(f'{{CSINFO_{kind}_{name}, "{word}"}}', source)
                self.assertRegex(page, rf'"{word}"|\b{word}\b')

    def test_members_of_json(self) -> None:
        page = page_source("csinfo.1")
        page = page[page.index("\n.SH JSON\n"):page.index("\n.SH EXIT STATUS\n")]
        bad = self.folder / "bad"
        bad.write_bytes(b"\x7fELF")
        documents = [run("list", "--json", self.path, bad), run("show", "--json", self.path),
                     run("scan", "--json", self.path, bad),
                     run("pid", "--json", os.getpid(), "999999999")]
        for done in documents:
            found = keys(json.loads(done.stdout))
            self.assertGreater(len(found), 5)
            for key in found:
                with self.subTest(done.args[1], key=key):
                    self.assertRegex(page, rf"(?m)^\.B(?:R .*)? ?\b{key}\b")

    def test_every_function(self) -> None:
        page = page_source("csinfo.3")
        names = re.findall(r"(?m)^CSINFO_API [^(]*[ *](csinfo_\w+)\(", HEADER.read_text())
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(name):
                self.assertRegex(page, rf'(?m)^\.BR .*\b{name} "?\(\)')
        for name in re.findall(r"\bcsinfo_[a-z_]+(?= \"?\()", page):
            self.assertIn(name, names)

    def test_example(self) -> None:
        text = (MAN / "csinfo.3").read_text()
        code = text[text.index(".EX\n") + 4:text.index("\n.EE\n")] + "\n"
        source = self.folder / "example.c"
        source.write_text(code.replace(r"\e", "\\").replace(r"\-", "-"))
        program = support.build(self.folder / "example", [
            "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{HEADER.parent}", str(source),
            f"-L{support.ROOT}/build", "-lcsinfo", f"-Wl,-rpath,{support.ROOT}/build"])
        expected = ""
        for section in json.loads(run("--json", self.path).stdout)[0]["sections"]:
            expected += "{}: {start_ip:#x} to {commit_ip:#x}\n".format(
                section["function"] or "?", **section)
            for way in section["flow"]["exits"]:
                if way["address"] is not None:
                    expected += "  leaves to {address:#x}\n".format(**way)
        done = subprocess.run([program, self.path], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, expected, ""))
        done = subprocess.run([program, "/nonexistent"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "/nonexistent: No such file or directory\n"))


class TestCompletion(WithFixture):
    def complete(self, *words: str) -> List[str]:
        """What the last of WORDS is completed to."""
        script = (f'. "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  'COMP_LINE="$*"; COMP_LINE=${COMP_LINE// =/=}; COMP_LINE=${COMP_LINE//= /=}; '
                  'COMP_POINT=${#COMP_LINE}; '
                  f'_csinfo "{support.CSINFO}"; printf "%s\\n" "${{COMPREPLY[@]}}"')
        done = subprocess.run(["bash", "-uc", script, "bash", "csinfo", *words], check=True,
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_syntax(self) -> None:
        subprocess.run(["bash", "-n", COMPLETION], check=True)

    def test_commands(self) -> None:
        self.assertEqual(self.complete(""), COMMANDS)
        self.assertEqual(self.complete("sh"), ["show"])

    def test_options(self) -> None:
        for command in COMMANDS:
            words = [word.rstrip("=") for word in self.complete(command, "--")]
            self.assertEqual(words, options(command))
            self.assertIn("--json", words)
        self.assertEqual(self.complete("pid", "--no"), ["--no-stop"])
        self.assertEqual(self.complete("--js"), ["--json"])

    def test_colours(self) -> None:
        self.assertEqual(self.complete("list", "--color", "="), ["auto", "always", "never"])
        self.assertEqual(self.complete("list", "--color", "=", "al"), ["always"])

    def test_values_of_lint(self) -> None:
        self.assertEqual(self.complete("lint", "--format", "=", "g"), ["github"])
        self.assertEqual(self.complete("lint", "--error-on", "="), ["info", "warning", "error"])
        self.assertEqual(self.complete("lint", "--disable", "=", "call"), ["call-inside"])
        self.assertIn("branch-undeclared", self.complete("lint", "--enable", "="))

    def test_processes(self) -> None:
        self.assertIn(str(os.getpid()), self.complete("pid", ""))

    def test_functions(self) -> None:
        self.assertEqual(self.complete("show", str(self.path), "adj"), ["adjacent"])
        self.assertEqual(self.complete("show", str(self.path), "exits", "adj"), ["adjacent"])
        self.assertEqual(self.complete("show", "/nonexistent", "adj"), [])


class TestInstallation(unittest.TestCase):
    def setUp(self) -> None:
        folder = support.ROOT / "build" / "test-install"
        self.addCleanup(subprocess.run, ["rm", "-rf", folder], check=True)
        self.folder = folder

    def make(self, target: str) -> None:
        environ = {key: value for key, value in os.environ.items() if "MAKE" not in key}
        subprocess.run(["make", "-s", "-C", support.ROOT, target, f"DESTDIR={self.folder}",
                        "PREFIX=/usr"], check=True, env=environ, stdout=subprocess.DEVNULL)

    def files(self) -> Set[str]:
        return {str(pathlib.Path(name, file).relative_to(self.folder))
                for name, _, files in os.walk(self.folder) for file in files}

    def test_install_and_uninstall(self) -> None:
        self.make("install")
        files = self.files()
        self.assertLessEqual({"usr/bin/csinfo", "usr/include/csinfo.h",
                              "usr/share/man/man1/csinfo.1", "usr/share/man/man3/csinfo.3",
                              "usr/share/bash-completion/completions/csinfo"}, files)
        self.assertEqual(len([name for name in files if "/man/man" in name]),
                         len(list(MAN.iterdir())))
        self.make("uninstall")
        self.assertEqual(self.files(), set())


if __name__ == "__main__":
    unittest.main()
