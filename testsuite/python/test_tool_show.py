# SPDX-License-Identifier: MIT
"""csinfo show: the code of sections, against the file's own bytes and the flow."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest
from typing import Any, Dict, Iterator, List, Tuple

import support
import test_archflow
from toolrun import WithFixture, make_archive, run

LINE = re.compile(r"(?P<margin>    | ,- | ,=>| \|  | \|=>| '- | '=>) 0x(?P<address>[0-9a-f]+) +"
                  r"(?P<bytes>[0-9a-f]{2}(?: [0-9a-f]{2})*)  +"
                  r"(?P<roles>(?:gate|STORE|start|commit|exit|signature|abort)"
                  r"(?:,[a-zA-Z]+)*)? +(?P<text>\S.*?)(?:  ; (?P<note>.*))?")
Pair = Tuple[Dict[str, Any], Dict[str, Any]]


class TestShow(WithFixture):
    def shown(self, *names: object) -> List[Dict[str, Any]]:
        done = run("show", "--json", self.path, *names)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (document,) = json.loads(done.stdout)
        self.assertEqual(document["file"], str(self.path))
        return document["sections"]

    def starts(self, *names: object) -> List[int]:
        return [section["start_ip"] for section in self.shown(*names)]

    def pairs(self) -> Iterator[Pair]:
        """Each section and each line of its code."""
        for section in self.shown():
            for line in section["code"]:
                yield section, line

    def test_all_sections_as_listed(self) -> None:
        shown = self.shown()
        (listed,) = json.loads(run("--json", self.path).stdout)
        for section in shown:
            self.assertGreater(len(section.pop("code")), 0)
        self.assertEqual(shown, listed["sections"])

    def test_bytes_are_the_file_s(self) -> None:
        contents = self.path.read_bytes()
        for section, line in self.pairs():
            # .text of this file stands at the offset that is its address.
            code = bytes.fromhex(line["bytes"])
            self.assertEqual(contents[line["address"]:line["address"] + len(code)], code)

    def test_sections_are_covered(self) -> None:
        for section in self.shown():
            at = section["start_ip"]
            for line in section["code"]:
                start, end = section["start_ip"], section["commit_ip"]
                self.assertEqual(line["inside"], start <= line["address"] < end)
                if line["inside"]:
                    self.assertEqual(line["address"], at)
                    at += len(line["bytes"]) // 2
            # An instruction may go beyond the end.
            self.assertIn(at - section["commit_ip"], range(8))

    def test_no_address_twice(self) -> None:
        for section in self.shown():
            addresses = [line["address"] for line in section["code"]]
            self.assertEqual(addresses, sorted(set(addresses)))

    def test_roles(self) -> None:
        for section in self.shown():
            flow = section["flow"]
            expected = {"start": {section["start_ip"]}, "commit": {section["commit_ip"]},
                        "abort": {section["abort_ip"]},
                        "gate": {gate["address"] for gate in flow["gates"]},
                        "STORE": {flow["store"]} - {None},
                        "exit": {way["address"] for way in flow["exits"]
                                 if way["kind"] in ("declared", "branch")}}
            for role, addresses in expected.items():
                with self.subTest(section["function"], role=role):
                    self.assertEqual({line["address"] for line in section["code"]
                                      if role in line["roles"]}, addresses)

    def test_signatures_are_data(self) -> None:
        seen = 0
        for section, line in self.pairs():
            if line["address"] == section["abort_ip"] - 4:
                seen += 1
                self.assertIn("signature", line["roles"])
                self.assertEqual((line["code"], line["text"], line["bytes"]),
                                 (False, ".long 0x53053053", "53300553"))
        self.assertEqual(seen, len(self.shown()))

    def test_ways_out(self) -> None:
        """What leaves by an instruction is marked, and nothing else is."""
        for section in self.shown():
            code = {line["address"]: line for line in section["code"]}
            leaving = {way["from"] for way in section["flow"]["exits"]
                       if "by-code" in way["flags"] and way["kind"] != "commit"} - {None}
            marked = {address for address, line in code.items() if line["leaves"]}
            with self.subTest(section["function"]):
                self.assertLessEqual(leaving, marked)
                self.assertTrue(all(code[address]["inside"] for address in marked))
                self.assertEqual(bool(marked), bool(leaving) or any(
                    way["kind"] == "commit" and "to-commit" in way["flags"]
                    for way in section["flow"]["exits"]))

    def test_text(self) -> None:
        (section,) = self.shown("exits")
        lines = run("show", self.path, "exits").stdout.splitlines()
        self.assertEqual(lines[0], "exits: start {start_ip:#x}, commit {commit_ip:#x}, abort "
                         "{abort_ip:#x}, descriptor {descriptor:#x}".format(**section))
        rows = [LINE.fullmatch(line) for line in lines[1:] if line]
        self.assertNotIn(None, rows)
        self.assertEqual([(int(row["address"], 16), row["bytes"].replace(" ", ""), row["text"],
                           row["note"], (row["roles"] or "").split(",")) for row in rows],
                         [(line["address"], line["bytes"], line["text"], line["note"],
                           line["roles"] or [""]) for line in section["code"]])
        self.assertEqual([row["margin"] for row in rows if row["margin"] != "    "],
                         [" ,=>", " |=>", " |=>", " '- "])
        self.assertEqual([row["note"] for row in rows if row["margin"] != "    "],
                         ["to abort", "to an exit", "out, declared nowhere", "commits"])

    def test_by_address(self) -> None:
        (section,) = self.shown("adjacent")
        start = section["start_ip"]
        for address in (start, section["commit_ip"] - 1, section["abort_ip"],
                        section["descriptor"], self.symbols["adjacent"]):
            for text in (hex(address), str(address)):
                with self.subTest(text):
                    self.assertEqual(self.starts(text), [start])
        self.assertEqual(self.starts("adjacent", hex(start)), [start])

    def test_several(self) -> None:
        nested = self.starts("nested")
        self.assertEqual(len(nested), 2)
        self.assertEqual(self.starts("exits", "nested"), sorted(nested + self.starts("exits")))
        text = run("show", self.path, "nested").stdout
        self.assertEqual(re.findall(r"(?m)^(?:\n)?nested: start (0x[0-9a-f]+), ", text),
                         [hex(start) for start in nested])

    def test_not_found(self) -> None:
        for name in ("absent", "0x1", "adjacen", "1x"):
            done = run("show", self.path, name, "exits")
            self.assertEqual((done.returncode, done.stderr), (
                1, f"csinfo: {self.path}: no critical section at or in {name}\n"))
            self.assertTrue(done.stdout.startswith("exits: "))
        done = run("show", "/bin/true")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", "csinfo: /bin/true: no critical sections\n"))

    def test_bad_file(self) -> None:
        done = run("show", "--json", "/nonexistent", "x")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "csinfo: /nonexistent: No such file or directory\n"))
        self.assertEqual(json.loads(done.stdout), [
            {"file": "/nonexistent", "error": "No such file or directory"}])

    def test_relocatable_file_in_an_archive(self) -> None:
        path = make_archive(self.folder / "libflows.a")
        done = run("show", path, "adjacent")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (section,) = self.shown("adjacent")
        offset = section["start_ip"] - self.text_address()
        self.assertRegex(done.stdout, rf"\Aadjacent: start 0x[0-9a-f]+ \(\.text\+{offset:#x}\), ")
        self.assertIn(" signature .long 0x53053053\n", done.stdout)

    def test_jumps_of_a_relocatable_file(self) -> None:
        """As relocations have them, where these tell."""
        source = self.folder / "jumps.S"
        source.write_text("""
            #include "section.inc"
            FUNCTION jumps
            SECTION jumps
            je jumps_abort
            jne elsewhere
            call elsewhere
            mov %rcx, (%rdx)
            jumps_commit: END jumps
            """)
        path = support.build(source.with_suffix(".o"),
                             ["gcc", "-c", f"-I{support.FIXTURES}", str(source)])
        done = run("show", path, "jumps")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        abort = re.search(r", abort (0x[0-9a-f]+), descriptor ", done.stdout)[1]
        self.assertRegex(done.stdout, rf"(?m)=> .* 0f 84 00 00 00 00 .* je {abort}  ; to abort$")
        self.assertRegex(done.stdout, r"(?m)=> .* 0f 85 00 00 00 00 .*  ; out, to where the "
                         "linker says$")
        self.assertRegex(done.stdout, r"(?m) e8 00 00 00 00 .*  ; call$")

    def text_address(self) -> int:
        text = subprocess.run(["readelf", "-SW", self.path], check=True, capture_output=True,
                              text=True).stdout
        return int(re.search(r" \.text +PROGBITS +([0-9a-f]+) ", text)[1], 16)

    def build_asm(self, name: str, text: str) -> pathlib.Path:
        source = self.folder / f"{name}.S"
        source.write_text('#include "section.inc"\n.text\n.globl _start\n_start:\n' + text)
        return support.build(self.folder / name, [
            "gcc", "-nostdlib", "-pie", f"-I{support.FIXTURES}", str(source)])

    def test_long_section_is_cut(self) -> None:
        path = self.build_asm("long", "FUNCTION long\nSECTION long\n.skip 200000, 0x90\n"
                                      "long_commit: END long\n")
        done = run("show", path, "long")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertRegex(lines[1], r"\A  section at 0x[0-9a-f]+ has 200000 bytes, too many ")
        self.assertEqual(len([line for line in lines if line.endswith(" nop")]), 64 * 1024)
        self.assertRegex(done.stdout, r"\n\n     0x[0-9a-f]+ +c3 +commit +ret\n")

    def test_signature_of_another_section(self) -> None:
        """It ends an abort handler that runs into it."""
        path = self.build_asm("two", """
            FUNCTION one
            DESCRIPTOR one
            ARM one
            nop
            one_commit: END one
            FUNCTION two
            DESCRIPTOR two
            ARM two
            nop
            two_commit: END two
            .long SIGNATURE
            one_abort: nop
            .long SIGNATURE
            two_abort: ret
            """)
        lines = [line.split() for line in run("show", path, "one").stdout.splitlines()]
        at = [line[-2:] for line in lines].index(["abort", "nop"])
        self.assertEqual(lines[at + 1][-3:], ["signature", ".long", "0x53053053"])


class TestArchitectures(unittest.TestCase):
    """archflow.S of each machine: what flow knows is where show has it."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def build(self, name: str) -> pathlib.Path:
        machine = test_archflow.MACHINES[name]
        path = self.folder / name
        linker = ["ld.lld"] if machine.lld else list(machine.gnu)
        if not support.have("clang", linker[0]):
            self.skipTest("no linker for " + name)
        support.build(path.with_suffix(".o"), [
            "clang", f"--target={machine.triple}", *machine.defines, "-DPIC", "-fPIC", "-c",
            str(test_archflow.SOURCE)])
        return support.build(path, [*linker, "-shared", str(path.with_suffix(".o"))])

    def check_section(self, section: Dict[str, Any]) -> None:
        flow = section["flow"]
        for role, addresses in {
                "start": {section["start_ip"]}, "commit": {section["commit_ip"]},
                "gate": {gate["address"] for gate in flow["gates"]},
                "STORE": {flow["store"]} - {None},
                "abort": {section["abort_ip"]}}.items():
            self.assertEqual({line["address"] for line in section["code"]
                              if role in line["roles"]}, addresses, role)
        leaving = {way["from"] for way in flow["exits"]
                   if "by-code" in way["flags"] and way["kind"] != "commit"} - {None}
        self.assertLessEqual(leaving, {line["address"] for line in section["code"]
                                       if line["leaves"]})
        inside = [line for line in section["code"] if line["inside"]]
        self.assertEqual(inside[0]["address"], section["start_ip"])
        if "undecoded" not in flow["flags"]:
            self.assertNotIn(False, [line["code"] for line in inside])

    def check_machine(self, name: str) -> None:
        path = self.build(name)
        done = run("show", "--json", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (document,) = json.loads(done.stdout)
        self.assertEqual(len(document["sections"]), len(test_archflow.EXPECTED))
        if name.startswith("riscv") and not test_archflow.knows_riscv():
            self.assertEqual({section["flow"] for section in document["sections"]}, {None})
            self.assertIn("\n  flow: not available for ", run("show", path).stdout)
            return
        for section in document["sections"]:
            with self.subTest(section["function"]):
                self.check_section(section)


def _add_tests() -> None:
    for name in test_archflow.MACHINES:
        def test(self: TestArchitectures, name: str = name) -> None:
            self.check_machine(name)
        setattr(TestArchitectures, "test_" + re.sub(r"\W", "_", name), test)


_add_tests()

if __name__ == "__main__":
    unittest.main()
