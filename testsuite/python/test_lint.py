# SPDX-License-Identifier: MIT
"""lint on real code: testsuite/libcsinfo/lints.S, whose functions say what must be found."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from typing import Dict, List, Set, Tuple

import support
import test_archflow
from toolrun import make_archive, on_terminal, run

csinfo = support.load_csinfo()
SOURCE = support.FIXTURES / "lints.S"
FILES_IN_C = support.FIXTURES / "test_lint.c"
GNU = ["gcc", "-nostdlib"]
LINKS: Dict[str, List[str]] = {
    "gnu-static": [*GNU, "-no-pie", "-fno-pie", "-static"],
    "gnu-pie": [*GNU, "-pie", "-fPIE"],
    "gnu-object": ["gcc", "-c", "-fPIE"],
    "lld-pie": ["clang", "-Qunused-arguments", "-fuse-ld=lld", "-nostdlib", "-pie", "-fPIE"],
}
# Off by default: with it on, the mistakes of other functions are seen as well.
UNDECLARED = "branch-undeclared"


def functions() -> List[str]:
    """The functions of lints.S that hold sections."""
    return re.findall(r"^(?:BEGIN|FUNCTION) (\w+)", SOURCE.read_text(), re.MULTILINE)


def check_of(function: str) -> str:
    """The check that FUNCTION is named after."""
    return re.sub(r"(_ok)?\d*$", "", function).replace("_", "-")


class WithLints(unittest.TestCase):
    """lints.S as a PIE, in a folder that lives as long as the tests of the class."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.path = cls.link("gnu-pie")
        cls.symbols = support.symbols(cls.path)

    @classmethod
    def link(cls, how: str) -> pathlib.Path:
        return support.build(cls.folder / how, [*LINKS[how], str(SOURCE)])


class TestChecks(WithLints):
    def found(self, path: os.PathLike, *checks: str) -> Set[Tuple[str, str]]:
        """Function and check of all that is found in PATH."""
        with csinfo.File(path) as file:
            return {(file.section(finding.index).func_name, finding.id)
                    for finding in file.lint(checks)}

    def test_each_function(self) -> None:
        wrong = {(name, check_of(name)) for name in functions() if not re.search(r"_ok\d*$", name)}
        wrong = {item for item in wrong if item[1] != UNDECLARED}
        self.assertGreater(len(wrong), 28)
        for how, command in LINKS.items():
            with self.subTest(how):
                if command[0] == "clang" and not support.have("clang", "ld.lld"):
                    self.skipTest("no clang and lld")
                found = self.found(self.link(how))
                self.assertEqual(sorted(found - wrong), [], "must not be found")
                self.assertEqual(sorted(wrong - found), [], "must be found")

    def test_undeclared(self) -> None:
        found = self.found(self.path, "-all", UNDECLARED)
        names = {name for name, check in found if check == UNDECLARED}
        self.assertEqual({name for _, name in found}, {UNDECLARED})
        self.assertLessEqual({"branch_undeclared", "branch_undeclared2"}, names)
        self.assertNotIn("branch_undeclared_ok", names)

    def test_every_check_has_fixtures(self) -> None:
        in_assembler = {check_of(name) for name in functions()}
        in_c = set(re.findall(r"[a-z]+(?:-[a-z]+)+", FILES_IN_C.read_text()))
        checks = {check.id for check in csinfo.lint_checks()}
        self.assertEqual(sorted(checks - in_assembler - in_c), [])
        self.assertEqual(sorted(in_assembler - checks), [])

    def findings_of(self, name: str) -> List["csinfo.Finding"]:
        with csinfo.File(self.path) as file:
            return [finding for finding in file.lint([UNDECLARED])
                    if file.section(finding.index).func_name == name]

    def test_place(self) -> None:
        (finding,) = self.findings_of("store_not_adjacent")
        function = self.symbols["store_not_adjacent"]
        self.assertEqual(finding.severity, csinfo.Severity.WARNING)
        self.assertEqual(finding.address, function + 7)
        self.assertEqual(finding.where, "store_not_adjacent+0x7")
        start = self.symbols["store_not_adjacent_start"]
        self.assertEqual(finding.message, f"STORE ends 8 bytes before start_ip {start:#x}: "
                         "a preemption in between disarms the section")

    def test_place_in_elf_section(self) -> None:
        (finding,) = self.findings_of("abort_without_store")
        abort = self.symbols["abort_without_store_abort"]
        self.assertEqual(finding.address, abort)
        self.assertRegex(finding.where, r"^__rseq_failure\+0x[0-9a-f]+$")

    # What may be said instead where no function is known.
    WITHOUT_SYMBOLS = {"branch_into_section2": "abort-without-store",
                       "store_of_other": "store-not-found"}

    def test_stripped(self) -> None:
        """Without functions, what is inside sections and handlers is found all the same."""
        path = self.folder / "stripped"
        shutil.copy(self.path, path)
        subprocess.run(["strip", "-s", str(path)], check=True)
        by_start = {address: name[:-len("_start")] for name, address in self.symbols.items()
                    if name.endswith("_start")}
        with csinfo.File(path) as file:
            found = {(by_start[file.section(finding.index).start_ip], finding.id)
                     for finding in file.lint()}
        for name, check in found:
            with self.subTest(name, check=check):
                self.assertIn(check, {check_of(name), self.WITHOUT_SYMBOLS.get(name)})
                self.assertNotRegex(name, r"_ok\d*$")
        names = {name for name, _ in found}
        self.assertLessEqual({"syscall_inside", "commit_not_last", "abort_without_store2",
                              "store_before_commit2"}, names)


class TestArchitectures(unittest.TestCase):
    """The same code on every architecture has the same mistakes."""

    EXPECTED = [
        ("calls", "call-inside"), ("calls", "syscall-inside"), ("clobbered", "store-not-found"),
        ("earlier", "store-not-adjacent"), ("foreign", "store-not-found"),
        ("leaves", "indirect-jump-inside"), ("onsignature", "commit-not-last"),
        ("onsignature", "exit-on-signature"), ("undecoded", "code-not-checked")]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def check(self, name: str, machine: test_archflow.Machine) -> None:
        if not support.have("clang"):
            self.skipTest("no clang")
        if name.startswith("riscv") and not test_archflow.knows_riscv():
            self.skipTest("Capstone does not know riscv")
        if not support.have(machine.gnu[0]):
            self.skipTest("no linker for " + name)
        made = support.build(self.folder / (name + ".o"), [
            "clang", "--target=" + machine.triple, *machine.defines, "-c",
            str(test_archflow.SOURCE)])
        path = support.build(self.folder / name, [*machine.gnu, str(made)])
        with csinfo.File(path) as file:
            found = [(file.section(finding.index).func_name, finding.id)
                     for finding in file.lint()]
        self.assertEqual(sorted(found), self.EXPECTED)

    def test_each(self) -> None:
        for name, machine in test_archflow.MACHINES.items():
            with self.subTest(name):
                self.check(name, machine)

    def test_delay_slot(self) -> None:
        """A store in the delay slot of a branch is done when the branch leaves."""
        if not support.have("clang", "ld.lld"):
            self.skipTest("no clang and lld")
        made = support.build(self.folder / "mips.o", [
            "clang", "--target=mips64el-linux-gnuabi64", "-mno-abicalls", "-c",
            str(support.FIXTURES / "lints-mips.S")])
        path = support.build(self.folder / "mips", ["ld.lld", str(made)])
        with csinfo.File(path) as file:
            found = [(file.section(finding.index).func_name, finding.id)
                     for finding in file.lint()]
        self.assertEqual(found, [("commit_not_last", "commit-not-last")])


class TestManPage(unittest.TestCase):
    """csinfo-lint(7) has a paragraph for each check, with its severity, and no other."""

    page = (support.ROOT / "libcsinfo" / "man" / "csinfo-lint.7").read_text()

    def test_checks(self) -> None:
        said = re.findall(r"(?m)^\.SS ([a-z-]+) \((.*)\)$", self.page)
        expected = [(check.id, check.severity.name.lower() +
                     ("" if check.on else ", off by default")) for check in csinfo.lint_checks()]
        self.assertEqual(sorted(said), sorted(expected))

    def test_limits(self) -> None:
        source = (support.ROOT / "libcsinfo" / "lint.c").read_text()
        self.assertIn("#define MAX_FINDINGS 1000u\n", source)
        self.assertIn("Of one check a thousand findings are kept", self.page)

    def test_order(self) -> None:
        """The paragraphs stand in the order of --list-checks."""
        said = re.findall(r"(?m)^\.SS ([a-z-]+) \(", self.page)
        self.assertEqual(said, [check.id for check in csinfo.lint_checks()])


class TestBudget(unittest.TestCase):
    """Code is decoded up to a limit, and that is said."""

    # A function that counts as long, but ends at once where it is decoded.
    SOURCE = """
        #include "section.inc"
        .text
        FUNCTION long
        .altmacro
        .macro ONE number
        SECTION s\\number
        mov %rcx, (%rdx)
        s\\number\\()_commit: ret
        .endm
        .set i, 0
        .rept 200
        ONE %i
        .set i, i + 1
        .endr
        .skip 250000, 0x06
        END long
        """

    def test_exhausted(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            source = pathlib.Path(name) / "long.S"
            source.write_text(self.SOURCE)
            path = support.build(source.with_suffix(".o"),
                                 ["gcc", "-c", f"-I{support.FIXTURES}", str(source)])
            with csinfo.File(path) as file:
                self.assertEqual(len(file), 200)
                findings = file.lint()
        self.assertEqual([(finding.id, finding.address, finding.message) for finding in findings],
                         [("code-not-checked", None, "code was not checked: there is too much of "
                           "it; some sections were left out")])


class TestBinding(WithLints):
    def test_selection(self) -> None:
        with csinfo.File(self.path) as file:
            everything = file.lint(["all"])
            self.assertGreater(len(everything), len(file.lint()))
            self.assertEqual(file.lint(["-all"]), [])
            only = file.lint(["-all", "call-inside"])
            self.assertEqual({finding.id for finding in only}, {"call-inside"})
            self.assertEqual([finding.id for finding in file.lint(["call-inside", "-all"])], [])
            addresses = [finding.address for finding in everything]
            self.assertEqual(addresses, sorted(addresses))

    def test_unknown_check(self) -> None:
        with csinfo.File(self.path) as file:
            with self.assertRaisesRegex(csinfo.CsinfoError, "^no such check: nonsense$"):
                file.lint(["nonsense"])

    def test_closed(self) -> None:
        file = csinfo.File(self.path)
        file.close()
        with self.assertRaises(csinfo.CsinfoError):
            file.lint()


class TestCommand(WithLints):
    def lint(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return run("lint", *arguments)

    def test_text(self) -> None:
        done = self.lint("--disable=all", "--enable=syscall-inside", self.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        address = self.symbols["syscall_inside_start"]
        offset = address - self.symbols["syscall_inside"]
        self.assertEqual(done.stdout.splitlines()[0],
                         f"{self.path}: {address:#x} <syscall_inside+{offset:#x}>: error: system "
                         "call inside the section: a kernel with rseq debugging kills the process "
                         "[syscall-inside]")
        self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_nothing_to_say(self) -> None:
        done = self.lint("--error-on=info", support.CSINFO)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_error_on(self) -> None:
        cases = [("error", "syscall-inside", 1), ("warning", "syscall-inside", 1),
                 ("info", "syscall-inside", 1), ("error", "call-inside", 0),
                 ("warning", "call-inside", 1), ("info", "call-inside", 1),
                 ("warning", "store-before-commit", 0), ("info", "store-before-commit", 1),
                 ("info", "signature-missing", 0)]
        for severity, check, status in cases:
            with self.subTest(severity, check=check):
                done = self.lint(f"--error-on={severity}", "--disable=all", f"--enable={check}",
                                 self.path)
                self.assertEqual(done.returncode, status)
                self.assertEqual(done.stderr, "")

    def test_selection_is_in_order(self) -> None:
        done = self.lint("--enable=all", "--disable=all", self.path)
        self.assertEqual(done.stdout, "")
        self.assertNotIn(f"[{UNDECLARED}]", self.lint(self.path).stdout)
        self.assertIn(f"[{UNDECLARED}]", self.lint(f"--enable={UNDECLARED}", self.path).stdout)

    def test_github(self) -> None:
        path = self.folder / "50%,a:b"
        shutil.copy(self.path, path)
        done = self.lint("--format=github", "--disable=all", "--enable=call-inside",
                         "--enable=syscall-inside", "--enable=store-before-commit", path)
        escaped = str(path).replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
        address = self.symbols["call_inside_start"]
        offset = address - self.symbols["call_inside"]
        lines = done.stdout.splitlines()
        self.assertIn(f"::warning file={escaped},title=csinfo lint%3A call-inside::{address:#x} "
                      f"<call_inside+{offset:#x}>: call inside the section: a preemption in what "
                      "it calls is not noticed", lines)
        kinds = {line.split()[0] for line in lines}
        self.assertEqual(kinds, {"::warning", "::error", "::notice"})

    def test_json_agrees_with_the_binding(self) -> None:
        with csinfo.File(self.path) as file:
            expected = [{"check": finding.id, "severity": finding.severity.name.lower(),
                         "address": finding.address, "where": finding.where or None,
                         "section": finding.index, "message": finding.message}
                        for finding in file.lint()]
        for option in ("--json", "--format=json"):
            done = self.lint(option, self.path)
            (document,) = json.loads(done.stdout)
            self.assertEqual(document, {"file": str(self.path), "findings": expected})

    def test_bad_file_among_good_ones(self) -> None:
        done = self.lint("/nonexistent", "--error-on=info", self.path)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "csinfo: /nonexistent: No such file or directory\n")
        self.assertIn("[call-inside]", done.stdout)
        done = self.lint("--json", "/nonexistent", self.path)
        self.assertEqual(done.returncode, 2)
        bad, good = json.loads(done.stdout)
        self.assertEqual(bad, {"file": "/nonexistent", "error": "No such file or directory"})
        self.assertGreater(len(good["findings"]), 28)

    def test_archive(self) -> None:
        path = make_archive(self.folder / "libflows.a")
        done = self.lint("--json", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        none, flows = json.loads(done.stdout)
        self.assertEqual(none, {"file": f"{path}(none.o)", "findings": []})
        self.assertEqual(flows["file"], f"{path}(flows.o)")
        self.assertIn("code-not-checked", [item["check"] for item in flows["findings"]])

    def test_list_checks(self) -> None:
        lines = [line.split() for line in self.lint("--list-checks").stdout.splitlines()]
        checks = csinfo.lint_checks()
        self.assertEqual([line[:2] for line in lines],
                         [[check.id, check.severity.name.lower()] for check in checks])
        self.assertEqual([line[0] for line in lines if line[2] == "off"], [UNDECLARED])
        documents = json.loads(self.lint("--list-checks", "--json").stdout)
        self.assertEqual(documents, [{"check": check.id, "severity": check.severity.name.lower(),
                                      "on": check.on, "summary": check.summary}
                                     for check in checks])

    def test_usage(self) -> None:
        for option, text in [
                ("--enable=nonsense", "--enable: no such check (try --list-checks): nonsense"),
                ("--disable=-all", "--disable: no such check (try --list-checks): -all"),
                ("--error-on=never", "--error-on: not info, warning or error: never"),
                ("--format=xml", "--format: not text, github or json: xml")]:
            with self.subTest(option):
                done = self.lint(option, self.path)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr.splitlines()[0], f"csinfo lint: {text}")

    def test_full_disk(self) -> None:
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([str(support.CSINFO), "lint", str(self.path)], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("No space left", done.stderr)

    def test_color(self) -> None:
        environ = {**os.environ, "TERM": "xterm"}
        environ.pop("NO_COLOR", None)
        text = on_terminal(["lint", str(self.path)], environ)
        self.assertIn("\x1b[31merror\x1b[", text)
        self.assertNotIn("\x1b", self.lint(self.path).stdout)


if __name__ == "__main__":
    unittest.main()
