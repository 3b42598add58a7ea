# SPDX-License-Identifier: MIT
"""The csinfo command's frame: subcommands, options, exit status, colours."""
import json
import os
import re
import shutil
import subprocess
import unittest
from typing import Set

import support
from toolrun import COMMANDS, WithFixture, make_archive, on_terminal, run

TOOL = support.ROOT / "libcsinfo" / "tool"


class TestSource(unittest.TestCase):
    def test_public_header_only(self) -> None:
        own = {path.name for path in TOOL.glob("*.h")}
        for path in TOOL.glob("*.[ch]"):
            for name in re.findall(r'^#include "(.*)"', path.read_text(), re.MULTILINE):
                with self.subTest(path.name, include=name):
                    self.assertIn(name, own | {"csinfo.h"})


class TestCommands(WithFixture):
    def test_list_is_the_default(self) -> None:
        for options in ([], ["--json"]):
            done = run("list", *options, self.path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("adjacent", done.stdout)
            self.assertEqual(run(*options, self.path).stdout, done.stdout)

    def test_file_named_like_a_command(self) -> None:
        for name in COMMANDS:
            shutil.copy(self.path, self.folder / name)
            done = run(f"./{name}", cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.startswith(f"./{name}: "))

    def test_archive(self) -> None:
        path = make_archive(self.folder / "libflows.a")
        done = run("--json", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        none, flows = json.loads(done.stdout)
        self.assertEqual((none["file"], none["sections"]), (f"{path}(none.o)", []))
        self.assertEqual(flows["file"], f"{path}(flows.o)")
        (whole,) = json.loads(run("--json", self.path).stdout)
        self.assertEqual([section["function"] for section in flows["sections"]],
                         [section["function"] for section in whole["sections"]])

    def test_place_in_a_relocatable_file(self) -> None:
        path = self.folder / "flows.o"
        subprocess.run(["gcc", "-c", "-o", path, support.FIXTURES / "flows.S"], check=True)
        start = support.symbols(path)["adjacent_start"]
        section = next(each for each in json.loads(run("--json", path).stdout)[0]["sections"]
                       if each["function"] == "adjacent")
        self.assertEqual((section["elf_section"], section["elf_offset"]), (".text", start))
        self.assertNotEqual(section["start_ip"], start)
        self.assertRegex(run(path).stdout, rf" adjacent\n    place    \.text\+{start:#x}\n")

    def test_debug_file(self) -> None:
        path, debug = self.folder / "stripped", self.folder / "stripped.debug"
        shutil.copy(self.path, path)
        subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
        subprocess.run(["strip", path], check=True)
        subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", path], check=True)

        def names(*options: str) -> Set[str]:
            (document,) = json.loads(run("--json", *options, path).stdout)
            return {section["function"] for section in document["sections"]}

        self.assertIn("adjacent", names())
        self.assertEqual(names("--debug-file-directory="), {None})
        elsewhere = self.folder / "debug" / str(self.folder).lstrip("/")
        elsewhere.mkdir(parents=True)
        debug.rename(elsewhere / debug.name)
        self.assertEqual(names(), {None})
        self.assertIn("adjacent", names(f"--debug-file-directory=/nowhere:{self.folder}/debug"))

    def test_usage(self) -> None:
        for name in COMMANDS:
            for arguments in ([], ["--nonsense", self.path], ["--color=sometimes", self.path]):
                with self.subTest(name, arguments=arguments):
                    done = run(name, *arguments)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    lines = done.stderr.splitlines()
                    self.assertTrue(lines[-2].startswith(f"Usage: csinfo {name} "), lines)
                    self.assertEqual(lines[-1], f"Try `csinfo {name} --help'.")

    def test_help_names_every_command(self) -> None:
        lines = run("--help").stdout.splitlines()
        named = [line.split()[0] for line in lines if re.match(r"  [a-z]", line)]
        self.assertEqual(named, COMMANDS)

    def test_help_of_each(self) -> None:
        for name in COMMANDS:
            done = run(name, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith(f"Usage: csinfo {name} "))
            for option in ("--json", "--color[=WHEN]", "--help", "--version"):
                self.assertIn(f"\n  {option} ", done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)


class TestColor(WithFixture):
    def setUp(self) -> None:
        self.environ = {**os.environ, "TERM": "xterm"}
        self.environ.pop("NO_COLOR", None)

    def test_auto_is_off_in_a_pipe(self) -> None:
        self.assertNotIn("\033", run(self.path, env=self.environ).stdout)

    def test_auto_on_a_terminal(self) -> None:
        text = on_terminal([str(self.path)], self.environ)
        self.assertIn("\033[1madjacent\033[0m", text)
        for change in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with self.subTest(change):
                text = on_terminal([str(self.path)], {**self.environ, **change})
                self.assertIn("adjacent", text)
                self.assertNotIn("\033", text)

    def test_always_and_never(self) -> None:
        for option in ("--color=always", "--color"):
            text = run(option, self.path, env={**self.environ, "NO_COLOR": "1"}).stdout
            self.assertIn("\033[1madjacent\033[0m", text)
        text = on_terminal(["--color=never", str(self.path)], self.environ)
        self.assertNotIn("\033", text)

    def test_only_colours_differ(self) -> None:
        plain = run(self.path).stdout
        text = run("--color=always", self.path).stdout
        self.assertEqual(re.sub("\033\\[[0-9]*m", "", text), plain)


if __name__ == "__main__":
    unittest.main()
