# SPDX-License-Identifier: MIT
"""Files that are not one plain ELF image: archives, objects for link-time optimization."""
import os
import pathlib
import subprocess
import tempfile
import unittest
from typing import List, Tuple

import support

csinfo = support.load_csinfo()

# A section with nothing but its tables.
SECTION = """
    .text
    .type {name}, @function
{name}:
    nop
0:    nop
1:    ret
    .long 0x53053053
2:    nop
    .size {name}, . - {name}
    .pushsection __rseq_cs, "aw"
    .balign 32
    .long 0, 0
    .quad 0b, 1b - 0b, 2b
    .popsection
"""


def run(*command: str, cwd: "os.PathLike[str]") -> None:
    subprocess.run(command, check=True, cwd=cwd)


class WithFolder(unittest.TestCase):
    """A folder for each test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make_object(self, name: str, *functions: str) -> pathlib.Path:
        """An object called NAME with one section in each of FUNCTIONS."""
        source = self.folder / "source.s"
        source.write_text("".join(SECTION.format(name=function) for function in functions))
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return support.build(path, ["gcc", "-c", str(source)])


class TestArchive(WithFolder):
    LONG = "a-name-that-is-longer-than-sixteen-characters.o"

    def setUp(self) -> None:
        super().setUp()
        self.make_object("one.o", "first")
        self.make_object(self.LONG, "second", "third")
        self.make_object("sub/deep.o", "fourth")
        (self.folder / "text.txt").write_text("odd")
        self.members = ["one.o", self.LONG, "text.txt", "sub/deep.o"]

    def read(self, path: "os.PathLike[str]") -> List[Tuple[str, object]]:
        """Name of each member, and the functions of its sections or the error code."""
        found = []
        for member in csinfo.archive(path):
            if member.file is None:
                found.append((member.name, member.error.code))
            else:
                with member.file as file:
                    found.append((member.name, [section.func_name for section in file]))
        return found

    def expect(self, deep: str) -> List[Tuple[str, object]]:
        return [("one.o", ["first"]), (self.LONG, ["second", "third"]),
                ("text.txt", csinfo.Error.NOT_ELF), (deep, ["fourth"])]

    def test_gnu(self) -> None:
        run("ar", "rcs", "lib.a", *self.members, cwd=self.folder)
        self.assertEqual(self.read(self.folder / "lib.a"), self.expect("deep.o"))

    def test_offsets(self) -> None:
        run("ar", "rcs", "lib.a", *self.members, cwd=self.folder)
        data = (self.folder / "lib.a").read_bytes()
        for member in csinfo.archive(self.folder / "lib.a"):
            header = data[member.offset:member.offset + 60]
            self.assertEqual(header[58:], b"`\n")
            size = int(header[48:58])
            self.assertIn(size, [(self.folder / name).stat().st_size for name in self.members])

    def test_bsd(self) -> None:
        for kind in ("bsd", "darwin"):
            with self.subTest(kind=kind):
                if not support.have("llvm-ar"):
                    self.skipTest("no llvm-ar")
                name = kind + ".a"
                run("llvm-ar", "rcs", "--format=" + kind, name, *self.members, cwd=self.folder)
                self.assertEqual(self.read(self.folder / name), self.expect("deep.o"))

    def test_thin(self) -> None:
        run("ar", "rcsT", "lib.a", *self.members, cwd=self.folder)
        self.assertEqual(self.read(self.folder / "lib.a"), self.expect("sub/deep.o"))
        # By any way to the folder.
        self.assertEqual(self.read(self.folder / "sub" / ".." / "lib.a"),
                         self.expect("sub/deep.o"))
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        self.assertEqual(self.read("lib.a"), self.expect("sub/deep.o"))

    def test_thin_without_member(self) -> None:
        run("ar", "rcsT", "lib.a", *self.members, cwd=self.folder)
        (self.folder / "one.o").unlink()
        expected = self.expect("sub/deep.o")
        expected[0] = ("one.o", csinfo.Error.IO)
        self.assertEqual(self.read(self.folder / "lib.a"), expected)

    def test_nested(self) -> None:
        """A thin archive of an archive has the members of that one."""
        run("ar", "rcs", "inner.a", *self.members, cwd=self.folder)
        run("ar", "rcsT", "lib.a", "inner.a", cwd=self.folder)
        found = self.read(self.folder / "lib.a")
        self.assertEqual([what for _, what in found],
                         [what for _, what in self.expect("deep.o")])

    def test_empty(self) -> None:
        run("ar", "rcs", "lib.a", cwd=self.folder)
        self.assertEqual(self.read(self.folder / "lib.a"), [])

    def test_not_opened_as_file(self) -> None:
        for flags in ("rcs", "rcsT"):
            name = flags + ".a"
            run("ar", flags, name, *self.members, cwd=self.folder)
            data = (self.folder / name).read_bytes()
            for call, argument in ((csinfo.File, self.folder / name),
                                   (csinfo.File.from_memory, data)):
                with self.subTest(flags=flags, call=call):
                    with self.assertRaises(csinfo.CsinfoError) as caught:
                        call(argument)
                    self.assertEqual(caught.exception.code, csinfo.Error.ARCHIVE)

    def test_not_an_archive(self) -> None:
        with self.assertRaises(csinfo.CsinfoError) as caught:
            list(csinfo.archive(self.folder / "one.o"))
        self.assertEqual(caught.exception.code, csinfo.Error.NOT_ELF)


class TestLinkTimeOptimization(WithFolder):
    SOURCE = 'void f(void) { __asm__ volatile(%s); }\n'

    def setUp(self) -> None:
        super().setUp()
        quoted = SECTION.format(name="inner").replace('"', '\\"').replace("\n", "\\n")
        self.source = self.folder / "lto.c"
        self.source.write_text(self.SOURCE % ('"%s"' % quoted))

    def make(self, *command: str) -> pathlib.Path:
        return support.build(self.folder / "lto.o", [*command, "-c", str(self.source)])

    def expect_refused(self, path: pathlib.Path) -> None:
        with self.assertRaises(csinfo.CsinfoError) as caught:
            csinfo.File(path)
        self.assertEqual(caught.exception.code, csinfo.Error.UNSUPPORTED)
        self.assertRegex(str(caught.exception), "no machine code before it is linked$")

    def test_slim(self) -> None:
        self.expect_refused(self.make("gcc", "-flto", "-fno-fat-lto-objects"))

    def test_fat(self) -> None:
        with csinfo.File(self.make("gcc", "-flto", "-ffat-lto-objects")) as file:
            self.assertEqual(len(file), 1)
            self.assertEqual(len(file.remarks()), 1)
            self.assertRegex(file.remarks()[0], r"^\.gnu\.lto_\.lto\.\w+ \(file offset 0x\w+\): "
                             "the link-time optimizer may make other code than this object's$")

    def test_bitcode(self) -> None:
        if not support.have("clang"):
            self.skipTest("no clang")
        self.expect_refused(self.make("clang", "-flto"))


if __name__ == "__main__":
    unittest.main()
