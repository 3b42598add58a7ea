# SPDX-License-Identifier: MIT
"""The ctypes binding and the csinfo command, on small files made here."""
import gc
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from typing import List

import support
from toolrun import WithFixture, run

csinfo = support.load_csinfo()
MANY = 10000


class TestFile(WithFixture):
    def setUp(self) -> None:
        self.file = csinfo.File(self.path)
        self.addCleanup(self.file.close)

    def test_iteration(self) -> None:
        sections = list(self.file)
        self.assertEqual(len(sections), len(self.file))
        self.assertGreater(len(sections), 20)
        starts = [section.start_ip for section in sections]
        self.assertEqual(starts, sorted(starts))
        self.assertEqual([section.index for section in sections], list(range(len(sections))))
        self.assertEqual(self.file.machine, csinfo.X86_64.machine)

    def test_extents(self) -> None:
        expected = [(section.descriptor, section.start_ip, section.commit_ip, section.abort_ip,
                     section.func_start, section.func_size, (section.func_name or "").encode())
                    for section in self.file]
        extents = self.file.extents()
        self.assertEqual(len(extents), len(expected))
        self.assertEqual(list(zip(
            extents.descriptors, extents.starts, extents.commits, extents.aborts,
            extents.functions, extents.sizes, map(self.file.name_at, extents.names))), expected)

    def test_find(self) -> None:
        start = self.symbols["adjacent_start"]
        index = self.file.find(start)
        self.assertEqual(self.file.section(index).func_name, "adjacent")
        self.assertIsNone(self.file.find(start - 1))
        self.assertIsNone(self.file.find(self.symbols["adjacent_commit"]))
        self.assertIsNone(self.file.find(-1))
        self.assertIsNone(self.file.find(1 << 64))

    def test_past_the_end(self) -> None:
        for index in (-1, len(self.file)):
            for call in (self.file.section, self.file.flow):
                with self.subTest(index=index, call=call.__name__):
                    with self.assertRaises(csinfo.CsinfoError) as caught:
                        call(index)
                    self.assertEqual(caught.exception.code, csinfo.Error.NOT_FOUND)

    def test_from_memory(self) -> None:
        with csinfo.File.from_memory(self.path.read_bytes()) as copy:
            self.assertEqual(support.places(copy), support.places(self.file))
            self.assertEqual(copy.flow(3), self.file.flow(3))

    def test_flow_from_memory_is_flow(self) -> None:
        section = self.file.section(self.file.find(self.symbols["exits_start"]))
        code = self.path.read_bytes()
        # .text of this file stands at the offset that is its address.
        again = csinfo.flow_from_memory(
            0x1000, code[0x1000:0x2000], csinfo.X86_64, start_ip=section.start_ip,
            abort_ip=section.abort_ip, post_commit_offset=section.post_commit_offset,
            descriptor=section.descriptor,
            exit_points=section.exit_points, func_start=section.func_start,
            func_size=section.func_size)
        self.assertEqual(again, self.file.flow(section.index))

    def test_close(self) -> None:
        self.file.close()
        self.file.close()
        self.assertEqual(len(self.file), 0)
        self.assertIsNone(self.file.find(self.symbols["adjacent_start"]))
        with self.assertRaises(csinfo.CsinfoError):
            self.file.section(0)

    def test_freed_with_the_object(self) -> None:
        file = csinfo.File(self.path)
        finalizer = file._finalizer
        del file
        gc.collect()
        self.assertFalse(finalizer.alive)


class TestErrors(WithFixture):
    def open_error(self, path: os.PathLike) -> "csinfo.CsinfoError":
        with self.assertRaises(csinfo.CsinfoError) as caught:
            csinfo.File(path)
        return caught.exception

    def test_no_file(self) -> None:
        error = self.open_error(self.folder / "absent")
        self.assertEqual(error.code, csinfo.Error.IO)
        self.assertIn("No such file", str(error))
        self.assertIsNone(error.offset)

    def test_not_elf(self) -> None:
        self.assertEqual(self.open_error(pathlib.Path(__file__)).code, csinfo.Error.NOT_ELF)

    def test_malformed(self) -> None:
        path = self.folder / "cut"
        path.write_bytes(self.path.read_bytes()[:-64])
        error = self.open_error(path)
        self.assertEqual(error.code, csinfo.Error.MALFORMED)
        self.assertIsNotNone(error.offset)

    def test_flow_of_nothing(self) -> None:
        with self.assertRaises(csinfo.CsinfoError) as caught:
            csinfo.flow_from_memory(0x1000, b"\x90", csinfo.X86_64, start_ip=0x1000,
                                    post_commit_offset=2, abort_ip=0, descriptor=0)
        self.assertEqual(caught.exception.code, csinfo.Error.MALFORMED)


class TestDecode(unittest.TestCase):
    def test_branch(self) -> None:
        insn = csinfo.decode(0x1000, b"\x74\x10\x90", csinfo.X86_64)
        self.assertEqual(insn, csinfo.Insn(0x1000, 2, csinfo.InsnKind.BRANCH, 0x1012))

    def test_zero_bytes_inside(self) -> None:
        insn = csinfo.decode(0x1000, b"\xe8\x00\x00\x00\x00", csinfo.X86_64)
        self.assertEqual(insn, csinfo.Insn(0x1000, 5, csinfo.InsnKind.CALL, 0x1005))

    def test_no_instruction(self) -> None:
        for code in (b"\x06", b"\xe8", b""):
            with self.subTest(code), self.assertRaises(csinfo.CsinfoError):
                csinfo.decode(0x1000, code, csinfo.X86_64)

    def test_text(self) -> None:
        for target, code, text in ((csinfo.X86_64, b"\x48\x89\x0a", "mov qword ptr [rdx], rcx"),
                                   (csinfo.I386, b"\x48\x89\x0a", "dec eax"),
                                   (csinfo.X86_64, b"\xc3", "ret")):
            with self.subTest(text):
                self.assertEqual(csinfo.disassemble(0x1000, code, target), text)
        with self.assertRaises(csinfo.CsinfoError):
            csinfo.disassemble(0x1000, b"\x06", csinfo.X86_64)


class TestLibraryPath(WithFixture):
    def path_of_copy(self, libdir: str, environment: str = "") -> str:
        """What library_path() says in a copy outside the tree that was installed to LIBDIR."""
        source = support.ROOT / "gdb-rseq" / "gdbrseq" / "_csinfo.py"
        package = self.folder / "gdbrseq"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(source.with_name("__init__.py").read_text())
        copy = package / "_csinfo.py"
        copy.write_text(source.read_text().replace('LIBDIR = ""', f'LIBDIR = "{libdir}"'))
        code = ("from gdbrseq import _csinfo; print(_csinfo.library_path()); "
                "print(_csinfo.version())")
        environ = {**os.environ, "PYTHONPATH": str(self.folder), "CSINFO_LIBRARY": environment}
        done = subprocess.run([sys.executable, "-c", code], env=environ, check=True,
                              capture_output=True, text=True)
        path, version = done.stdout.split()
        self.assertEqual(version, csinfo.version())
        return path

    def test_in_tree(self) -> None:
        path = str(support.ROOT / "build" / "libcsinfo.so.0")
        self.assertEqual(csinfo.library_path(), os.environ.get("CSINFO_LIBRARY", path))

    def test_installed(self) -> None:
        libdir = self.folder / "lib"
        libdir.mkdir(exist_ok=True)
        shutil.copy(csinfo.library_path(), libdir / "libcsinfo.so.0")
        self.assertEqual(self.path_of_copy(str(libdir)), str(libdir / "libcsinfo.so.0"))

    def test_environment_wins(self) -> None:
        chosen = self.folder / "chosen.so"
        shutil.copy(csinfo.library_path(), chosen)
        self.assertEqual(self.path_of_copy("/nowhere", str(chosen)), str(chosen))

    def test_another_version(self) -> None:
        """One line says so, for GDB to show."""
        other = support.build(self.folder / "other.so", [
            "gcc", "-shared", "-nostdlib", "-x", "c", "/dev/null"])
        with self.assertRaisesRegex(OSError, r"^.*/other\.so has no csinfo_\w+: it is of another"):
            with unittest.mock.patch.dict(os.environ, CSINFO_LIBRARY=str(other)):
                csinfo._load()


class TestMany(unittest.TestCase):
    """Ten thousand sections: cost must not grow faster than they do."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        source = pathlib.Path(folder.name) / "many.S"
        lines = ['#include "section.inc"', ".text", ".globl _start", "_start: ret"]
        for i in range(MANY):
            lines += [f"FUNCTION f{i}", f"SECTION f{i}", "nop", f"f{i}_commit:", f"END f{i}"]
        source.write_text("\n".join(lines) + "\n")
        path = support.build(source.with_suffix(""), [
            "gcc", "-nostdlib", "-pie", "-fPIE", f"-I{support.FIXTURES}", str(source)])
        cls.file = csinfo.File(path)
        cls.starts = cls.file.extents().starts.tolist()

    def test_open(self) -> None:
        self.assertEqual(len(self.starts), MANY)

    def test_find(self) -> None:
        for index in range(0, MANY, 97):
            self.assertEqual(self.file.find(self.starts[index]), index)

    def test_names_and_flow(self) -> None:
        for index in range(0, MANY, 997):
            self.assertEqual(self.file.section(index).func_name, f"f{index}")
            flow = self.file.flow(index)
            self.assertEqual(len(flow.gates), 1)
            self.assertEqual(flow.store + flow.store_length, self.starts[index])


class TestCommand(WithFixture):
    def json_of(self, *arguments: str) -> List[dict]:
        return json.loads(run("--json", *arguments).stdout)

    def test_text(self) -> None:
        done = run(str(self.path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = done.stdout
        self.assertIn("START            COMMIT           ABORT            SIGNATURE  DESCRIPTOR"
                      "       FUNCTION\n", text)
        row = [hex(self.symbols[f"adjacent_{part}"]) for part in ("start", "commit", "abort")]
        row += ["0x53053053", hex(self.symbols["adjacent_cs"]), "adjacent"]
        lines = [line.split() for line in text.splitlines()]
        at = lines.index(row)
        self.assertEqual(lines[at + 1:at + 5], [
            ["STORE", hex(self.symbols["adjacent_store"]), "adjacent"],
            ["gate", hex(self.symbols["adjacent_gate"]), "fallthrough"],
            ["exit", row[1], "commit", "from", row[0], "by-code"],
            ["exit", row[2], "abort"]])

    def test_json_agrees_with_the_binding(self) -> None:
        (document,) = self.json_of(str(self.path))
        file = csinfo.File(self.path)
        self.assertEqual(document["file"], str(self.path))
        self.assertEqual(document["remarks"], [])
        self.assertEqual(len(document["sections"]), len(file))
        for said, section in zip(document["sections"], file):
            flow = file.flow(section.index)
            self.assertEqual(said["start_ip"], section.start_ip)
            self.assertEqual(said["function"], section.func_name)
            self.assertEqual(tuple(said["exit_points"]), section.exit_points)
            self.assertEqual(said["flow"]["store"], flow.store)
            self.assertEqual(said["flow"]["store_position"], flow.store_position.name.lower())
            self.assertEqual([(way["address"], way["from"], way["kind"].upper())
                              for way in said["flow"]["exits"]],
                             [(way.address, way.from_, way.kind.name) for way in flow.exits])
            self.assertEqual([gate["address"] for gate in said["flow"]["gates"]],
                             [gate.address for gate in flow.gates])

    def test_bad_file_among_good_ones(self) -> None:
        for arguments in ([], ["--json"]):
            done = run(*arguments, "/nonexistent", str(self.path))
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, "csinfo: /nonexistent: No such file or directory\n")
            self.assertIn("adjacent", done.stdout)
        bad, good = json.loads(done.stdout)
        self.assertEqual(bad, {"file": "/nonexistent", "error": "No such file or directory"})
        self.assertGreater(len(good["sections"]), 20)

    def test_odd_file_names_in_json(self) -> None:
        for name in ('quo"te\\', "new\nline", "\u00e4\u20ac", b"\xff\xfe".decode("latin-1")):
            with self.subTest(name):
                path = self.folder / name
                shutil.copy(self.path, path)
                self.assertEqual(self.json_of(str(path))[0]["file"], str(path))
        raw = subprocess.run([str(support.CSINFO), "--json", b"\xff"], capture_output=True,
                             check=False)
        self.assertEqual(json.loads(raw.stdout)[0]["file"], "\u00ff")

    def test_full_disk(self) -> None:
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([str(support.CSINFO), str(self.path)], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left", done.stderr)

    def test_usage(self) -> None:
        for arguments in ([], ["--nonsense", str(self.path)]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("Usage: csinfo", done.stderr)

    def test_help_and_version(self) -> None:
        self.assertTrue(run("--help").stdout.startswith("Usage: csinfo"))
        self.assertEqual(run("--version").stdout, f"csinfo {csinfo.version()}\n")


if __name__ == "__main__":
    unittest.main()
