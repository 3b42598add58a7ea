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


def _readelf(path: pathlib.Path) -> str:
    return subprocess.run(["readelf", "-SW", str(path)], check=True, capture_output=True,
                          text=True).stdout


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

    def test_thin_with_absolute_path(self) -> None:
        names = ("%s/\n" % (self.folder / "one.o")).encode()
        names += b"\n" * (len(names) % 2)
        size = (self.folder / "one.o").stat().st_size
        path = self.folder / "sub" / "lib.a"
        path.write_bytes(b"!<thin>\n" + b"%-48s%-10d`\n" % (b"//", len(names)) + names
                         + b"%-48s%-10d`\n" % (b"/0", size))
        self.assertEqual(self.read(path), [(str(self.folder / "one.o"), ["first"])])

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


class TestObject(WithFolder):
    """Relocatable files as compilers make them of inline functions and many sections."""

    # The name, the ELF section of the code and the flags of the table's.
    TEMPLATE = """
    .section {code}
    .type {name}, @function
{name}:
    nop
0:  nop
1:  ret
    .long 0x53053053
2:  nop
    .size {name}, . - {name}
    .pushsection __rseq_cs, {flags}
    .balign 32
{name}_cs:
    .long 0, 0
    .quad 0b, 1b - 0b, 2b
    .popsection
    .pushsection __rseq_cs_ptr_array, {flags}
    .quad {name}_cs
    .popsection
    .section .note.GNU-stack, ""
"""

    def assemble(self, name: str, text: str) -> pathlib.Path:
        source = self.folder / "source.s"
        source.write_text(text)
        return support.build(self.folder / name, ["gcc", "-c", str(source)])

    def in_group(self, name: str) -> str:
        return self.TEMPLATE.format(
            name=name, code='.text.%s, "axG", @progbits, %s_group, comdat' % (name, name),
            flags='"awG", @progbits, %s_group, comdat' % name)

    def alone(self, name: str, number: int) -> str:
        """Tables in ELF sections of their own that have the names of all others."""
        return self.TEMPLATE.format(
            name=name, code='.text.%s, "ax"' % name,
            flags='"aw", @progbits, unique, %d' % number)

    def functions(self, path: pathlib.Path) -> List[str]:
        with csinfo.File(path) as file:
            self.assertEqual(file.remarks(), [])
            for section in file:
                self.assertEqual(section.marks, 0)
                self.assertEqual(section.start_ip, section.func_start + 1)
                self.assertEqual(section.signature, 0x53053053)
            return [section.func_name for section in file]

    def test_groups(self) -> None:
        one = self.assemble("one.o", self.in_group("first") + self.in_group("second"))
        two = self.assemble("two.o", self.in_group("second") + self.in_group("third"))
        self.assertEqual(self.functions(one), ["first", "second"])
        self.assertEqual(self.functions(two), ["second", "third"])
        # Of a group that several objects have the linker keeps one.
        for flags in (("-shared",), ("-r",)):
            with self.subTest(flags=flags):
                both = self.folder / "both"
                run("ld", *flags, "-o", str(both), str(one), str(two), cwd=self.folder)
                self.assertEqual(self.functions(both), ["first", "second", "third"])

    def test_one_name(self) -> None:
        names = ["f%d" % number for number in range(50)]
        text = "".join(self.alone(name, number) for number, name in enumerate(names))
        path = self.assemble("many.o", text)
        self.assertEqual(self.functions(path), names)
        self.assertEqual(_readelf(path).count(" __rseq_cs "), 50)

    def test_many_sections(self) -> None:
        """More sections than a symbol has bits for: their indices are in a table."""
        filler = "".join('.section .s%d, "a"\n.byte 1\n' % number for number in range(0xff00))
        path = self.assemble("many.o", filler + self.alone("first", 1) + self.alone("last", 2))
        self.assertIn("SYMTAB SECTION INDICES", _readelf(path))
        self.assertEqual(self.functions(path), ["first", "last"])

    def test_compressed_debug_sections(self) -> None:
        source = self.folder / "source.c"
        source.write_text("".join("int f%d(int x) { return x + 1; }\n" % number
                                  for number in range(100)))
        debug = support.build(self.folder / "debug.o",
                              ["gcc", "-g", "-gz", "-c", str(source)])
        path = self.folder / "both.o"
        code = self.assemble("code.o", self.alone("first", 1))
        run("ld", "-r", "-o", str(path), str(debug), str(code), cwd=self.folder)
        run("objcopy", "--compress-debug-sections", str(path), cwd=self.folder)
        self.assertRegex(_readelf(path), r" \.debug_info +PROGBITS .* C ")
        self.assertEqual(self.functions(path), ["first"])


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


class TestDebugFile(WithFolder):
    """Stripped shared objects whose symbols are in a file of their own."""

    NAME = "debug-file.debug"

    def setUp(self) -> None:
        super().setUp()
        self.made = self.make_object("one.o", "first", "second")
        self.place = self.folder / "lib"
        self.place.mkdir()
        self.path = self.place / "lib.so"
        self.debug = self.folder / self.NAME
        self.folders = "%s:/nonexistent:%s" % (self.folder / "none", self.folder / "all")
        (self.folder / "all").mkdir()

    def separate(self, *flags: str, link: bool = True) -> None:
        run("ld", "-shared", *flags, "-o", str(self.path), str(self.made), cwd=self.folder)
        run("objcopy", "--only-keep-debug", "--compress-debug-sections", str(self.path),
            str(self.debug), cwd=self.folder)
        run("strip", str(self.path), cwd=self.folder)
        if link:
            run("objcopy", "--add-gnu-debuglink=" + self.NAME, str(self.path), cwd=self.folder)

    def names(self) -> List[str]:
        with csinfo.File(self.path) as file:
            before = support.places(file)
            self.assertEqual([section.func_name for section in file], [None, None])
            file.load_debug(self.path, self.folders)
            self.assertEqual(support.places(file), before)
            for section in file:
                self.assertLess(section.start_ip - section.func_start, section.func_size)
            return [section.func_name for section in file]

    def expect_none(self) -> None:
        with csinfo.File(self.path) as file:
            with self.assertRaises(csinfo.CsinfoError) as caught:
                file.load_debug(self.path, self.folders)
            self.assertEqual(caught.exception.code, csinfo.Error.NOT_FOUND)

    def move(self, *parts: str) -> None:
        target = self.folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.debug.rename(target)
        self.debug = target

    def test_beside(self) -> None:
        for flags in ((), ("--build-id",)):
            with self.subTest(flags=flags):
                self.debug = self.folder / self.NAME
                self.separate(*flags)
                self.move("lib", self.NAME)
                self.assertEqual(self.names(), ["first", "second"])
                self.move("lib", ".debug", self.NAME)
                self.assertEqual(self.names(), ["first", "second"])
                self.debug.unlink()
                self.expect_none()

    def test_by_folder(self) -> None:
        self.separate()
        real = os.path.realpath(self.place)
        self.move("all", real.lstrip("/"), self.NAME)
        self.assertEqual(self.names(), ["first", "second"])

    def test_by_link(self) -> None:
        """A symbolic link leads to the folder of the file itself."""
        self.separate()
        self.move("lib", self.NAME)
        (self.folder / "other").mkdir()
        other = self.folder / "other" / "lib.so"
        other.symlink_to(self.path)
        self.path = other
        self.assertEqual(self.names(), ["first", "second"])

    def test_build_id(self) -> None:
        self.separate("--build-id=0x0123456789abcdef", link=False)
        self.move("all", ".build-id", "01", "23456789abcdef.debug")
        self.assertEqual(self.names(), ["first", "second"])

    def test_other_build_id(self) -> None:
        self.separate("--build-id=0x0123456789abcdef")
        self.move("lib", self.NAME)
        data = self.debug.read_bytes()
        self.assertEqual(data.count(bytes.fromhex("0123456789abcdef")), 1)
        self.debug.write_bytes(data.replace(bytes.fromhex("0123456789abcdef"),
                                            bytes.fromhex("0123456789abcdee")))
        self.expect_none()

    def test_other_checksum(self) -> None:
        self.separate()
        self.move("lib", self.NAME)
        self.debug.write_bytes(self.debug.read_bytes() + b"x")
        self.expect_none()

    def test_path_in_link(self) -> None:
        self.separate()
        self.move("lib", "debug", "file.debug")
        data = self.path.read_bytes()
        self.path.write_bytes(data.replace(b"debug-file.debug\0", b"debug/file.debug\0"))
        self.expect_none()

    def test_nothing_said(self) -> None:
        self.separate("--build-id=none", link=False)
        with csinfo.File(self.path) as file:
            with self.assertRaisesRegex(csinfo.CsinfoError, "names no separate debug file$"):
                file.load_debug(self.path, self.folders)

    def test_has_symbols(self) -> None:
        run("ld", "-shared", "-o", str(self.path), str(self.made), cwd=self.folder)
        with csinfo.File(self.path) as file:
            file.load_debug(self.path, self.folders)
            self.assertEqual([section.func_name for section in file], ["first", "second"])

    def test_not_itself(self) -> None:
        """What looks like the debug file but has no symbols is none."""
        self.separate("--build-id")
        self.move("lib", self.NAME)
        self.debug.write_bytes(self.path.read_bytes())
        self.expect_none()


if __name__ == "__main__":
    unittest.main()
