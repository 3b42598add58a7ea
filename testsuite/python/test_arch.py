# SPDX-License-Identifier: MIT
"""The tables of every architecture, class and byte order, as assemblers and linkers make them.

arch.s is assembled by clang and by GNU as, and linked by GNU ld and by lld, each where there
is one for the architecture.  What readelf says of the symbols is what libcsinfo must say of
the sections.
"""
import dataclasses
import pathlib
import re
import subprocess
import tempfile
import unittest
from typing import Dict, Iterator, NamedTuple, Optional, Sequence, Tuple

import support

csinfo = support.load_csinfo()

SOURCE = support.FIXTURES / "arch.s"
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
# By name: instructions in front of start_ip, in the section and behind it (see arch.s), and
# the labels of its exit points.
FUNCTIONS = {
    "one": (2 + 3 + 3, ("one_out", "one_other_out")),
    "two": (1 + 5 + 3, ()),
    "three": (3 + 1 + 3, ("three_other_out",)),
    "four": (1 + 2 + 3, ()),
}


@dataclasses.dataclass(frozen=True)
class Arch:
    """An architecture, and what makes files for it."""

    name: str
    machine: str  # csinfo_machine_name()
    word: int
    big: bool
    signature: int
    triple: str = ""  # of clang
    gnu: str = ""  # prefix of GNU as and ld
    as_flags: Tuple[str, ...] = ()
    ld_flags: Tuple[str, ...] = ()
    lld: bool = True
    opd: bool = False
    thumb: bool = False
    every_link: bool = False  # not only those that differ from one to the next
    head: str = ""  # lines of assembly in front of the source

    def source(self) -> str:
        """The text to assemble."""
        values = {"WORD": self.word, "BIG": int(self.big), "SIGNATURE": self.signature,
                  "OPD": int(self.opd), "THUMB": int(self.thumb)}
        lines = [".set %s, %d" % item for item in values.items()]
        return "\n".join([*lines, self.head, SOURCE.read_text()])


X86, ARM, AARCH64, PPC, S390, MIPS, RISCV, LOONGARCH = (
    0x53053053, 0xe7f5def3, 0xd428bc00, 0x0fe5000b, 0xb2ff0fff, 0x0350000d, 0xf1401073,
    0x002a0010)
ARCHES = (
    Arch("x86-64", "x86-64", 8, False, X86, "x86_64-linux-gnu", "x86_64-linux-gnu",
         every_link=True),
    Arch("x32", "x86-64", 4, False, X86, "x86_64-linux-gnux32", "x86_64-linux-gnu", ("--x32",),
         ("-melf32_x86_64",), lld=False),
    Arch("i386", "i386", 4, False, X86, "i386-linux-gnu", "x86_64-linux-gnu", ("--32",),
         ("-melf_i386",), every_link=True),
    Arch("arm", "arm", 4, False, ARM, "armv7-linux-gnueabi", "arm-linux-gnueabi"),
    Arch("thumb", "arm", 4, False, ARM, "armv7-linux-gnueabi", "arm-linux-gnueabi",
         thumb=True, head=".arch armv7-a"),
    Arch("armeb", "arm", 4, True, ARM, "armebv7-linux-gnueabi", "arm-linux-gnueabi", ("-EB",),
         ("-EB",), lld=False),
    Arch("aarch64", "aarch64", 8, False, AARCH64, "aarch64-linux-gnu", "aarch64-linux-gnu"),
    Arch("aarch64_be", "aarch64", 8, True, AARCH64, "aarch64_be-linux-gnu",
         "aarch64-linux-gnu", ("-EB",), ("-EB",)),
    Arch("ppc", "ppc", 4, True, PPC, "powerpc-linux-gnu", "powerpc-linux-gnu",
         every_link=True),
    Arch("ppc64", "ppc64", 8, True, PPC, "powerpc64-linux-gnu", "powerpc64-linux-gnu",
         lld=False, opd=True),
    Arch("ppc64 v2", "ppc64", 8, True, PPC, "powerpc64-linux-gnu", "powerpc64-linux-gnu",
         head=".abiversion 2"),
    Arch("ppc64le", "ppc64", 8, False, PPC, "powerpc64le-linux-gnu", "powerpc64le-linux-gnu",
         head=".abiversion 2"),
    Arch("s390x", "s390", 8, True, S390, "s390x-linux-gnu", "s390x-linux-gnu", lld=False),
    Arch("mips", "mips", 4, True, MIPS, "mips-linux-gnu", "mips-linux-gnu"),
    Arch("mipsel", "mips", 4, False, MIPS, "mipsel-linux-gnu", "mipsel-linux-gnu"),
    Arch("mips64", "mips", 8, True, MIPS, "mips64-linux-gnuabi64", "mips64-linux-gnuabi64"),
    Arch("mips64el", "mips", 8, False, MIPS, "mips64el-linux-gnuabi64",
         "mips64el-linux-gnuabi64", every_link=True),
    Arch("mipsn32", "mips", 4, True, MIPS, "mips64-linux-gnuabin32", "mips64-linux-gnuabi64",
         ("-n32",), ("-melf32btsmipn32",)),
    Arch("riscv64", "riscv", 8, False, RISCV, "riscv64-linux-gnu", "riscv64-linux-gnu",
         lld=False),
    Arch("riscv64 norelax", "riscv", 8, False, RISCV, "riscv64-linux-gnu",
         "riscv64-linux-gnu", head=".option norelax"),
    Arch("riscv32", "riscv", 4, False, RISCV, "riscv32-linux-gnu", "riscv64-linux-gnu",
         ("-march=rv32i", "-mabi=ilp32"), ("-melf32lriscv",), lld=False),
    # clang knows it from version 16 on.
    Arch("loongarch64", "loongarch", 8, False, LOONGARCH, "", "loongarch64-linux-gnu",
         lld=False),
)

GNU_LINKS = {
    "shared": (("-shared",), ET_DYN),
    "pie": (("-pie", "-eone"), ET_DYN),
    "static": (("-eone",), ET_EXEC),
    "relocatable": (("-r",), ET_REL),
    "relr": (("-shared", "-z", "pack-relative-relocs"), ET_DYN),
}
LLD_LINKS = {
    **GNU_LINKS,
    "relr": (("-shared", "--pack-dyn-relocs=relr"), ET_DYN),
    "android-relr": (("-shared", "--pack-dyn-relocs=relr", "--use-android-relr-tags"), ET_DYN),
    "android": (("-shared", "--pack-dyn-relocs=android"), ET_DYN),
    "in place": (("-shared", "--apply-dynamic-relocs"), ET_DYN),
}


ESSENTIAL_LINKS = ("shared", "static", "relr")


class Symbol(NamedTuple):
    """A line of readelf -s; the value as csinfo gives addresses."""

    value: int
    size: int


def _readelf(option: str, path: pathlib.Path) -> str:
    return subprocess.run(["readelf", option, "-W", str(path)], check=True, text=True,
                          capture_output=True).stdout


def section_offsets(path: pathlib.Path) -> Dict[int, int]:
    """File offsets by section number."""
    pattern = re.compile(r"^ *\[ *(\d+)\] (?:\S+ +)?\S+ +[0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ ",
                         re.MULTILINE)
    return {int(number): int(offset, 16)
            for number, offset in pattern.findall(_readelf("-S", path))}


def symbols(path: pathlib.Path, relocatable: bool) -> Dict[str, Symbol]:
    """The symbols of PATH as readelf has them; in a relocatable file by file offset."""
    offsets = section_offsets(path) if relocatable else {}
    pattern = re.compile(r"^ +\d+: ([0-9a-f]+) +(\d+) \w+ +\w+ +\w+ +(?:\[.*\] +)?(\d+) (\w+)$",
                         re.MULTILINE)
    return {name: Symbol(int(value, 16) + offsets.get(int(index), 0), int(size))
            for value, size, index, name in pattern.findall(_readelf("-s", path))}


class TestArch(unittest.TestCase):
    """Each architecture by each assembler and linker."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def _run(self, output: str, *command: str) -> pathlib.Path:
        path = self.folder / output
        done = subprocess.run([*command, "-o", str(path)], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def _check_header(self, file: csinfo.File, arch: Arch, elf_type: int) -> None:
        self.assertEqual(file.machine_name, arch.machine)
        self.assertEqual(file.elf_class, 2 if arch.word == 8 else 1)
        self.assertEqual(file.byte_order, 2 if arch.big else 1)
        self.assertEqual(file.elf_type, elf_type)

    def _check_section(self, section: csinfo.Section, name: str, arch: Arch,
                       known: Dict[str, Symbol]) -> None:
        instructions, exits = FUNCTIONS[name]
        start, commit = known[name + "_start"].value, known[name + "_commit"].value
        self.assertEqual(section.start_ip, start)
        self.assertEqual(section.commit_ip, commit)
        self.assertEqual(section.post_commit_offset, commit - start)
        self.assertEqual(section.abort_ip, known[name + "_abort"].value)
        self.assertEqual(section.version, 0)
        self.assertEqual(section.flags, 0)
        self.assertEqual(section.signature, arch.signature)
        self.assertEqual(section.marks, 0)
        self.assertEqual(section.exit_points, tuple(sorted(known[label].value
                                                           for label in exits)))
        self.assertEqual(section.func_name, name)
        function = known[name + "_entry" if arch.opd else name].value & ~int(arch.thumb)
        self.assertEqual(section.func_start, function)
        self.assertEqual(section.func_size, 4 * instructions)
        self.assertEqual(section.func_size, known[name].size)

    def _check(self, path: pathlib.Path, arch: Arch, elf_type: int) -> None:
        known = symbols(path, elf_type == ET_REL)
        with csinfo.File(path) as file:
            self._check_header(file, arch, elf_type)
            self.assertEqual(file.remarks(), [])
            found = {section.descriptor: section for section in file}
            self.assertEqual(set(found), {known[name + "_cs"].value for name in FUNCTIONS})
            for name in FUNCTIONS:
                self._check_section(found[known[name + "_cs"].value], name, arch, known)
            self._check_places(file, found, elf_type)

    def _check_places(self, file: csinfo.File, found: Dict[int, csinfo.Section],
                      elf_type: int) -> None:
        """csinfo_place() and csinfo_read(), by a section's signature."""
        for section in found.values():
            place = file.place(section.abort_ip - 4)
            self.assertEqual(place.section, "__rseq_failure")
            raw = file.read(section.abort_ip - 4, 4)
            order = "big" if file.byte_order == 2 else "little"
            self.assertEqual(int.from_bytes(raw, order), section.signature)
            if elf_type == ET_REL:
                self.assertEqual(place.file_offset, section.abort_ip - 4)

    def _check_stripped(self, path: pathlib.Path, stripped: pathlib.Path) -> None:
        """A file without symbols has the same sections."""
        with csinfo.File(path) as file, csinfo.File(stripped) as copy:
            self.assertEqual(support.places(copy), support.places(file))
            self.assertEqual([section.marks for section in copy],
                             [section.marks for section in file])
            self.assertEqual([section.exit_points for section in copy],
                             [section.exit_points for section in file])

    def _assemble(self, arch: Arch) -> Iterator[Tuple[str, pathlib.Path]]:
        source = self.folder / "arch.s"
        source.write_text(arch.source())
        name = arch.name.replace(" ", "-")
        if arch.triple and support.have("clang"):
            yield "clang", self._run(name + ".clang.o", "clang", "--target=" + arch.triple, "-c",
                                     str(source))
        if support.have(arch.gnu + "-as"):
            yield "GNU as", self._run(name + ".gnu.o", arch.gnu + "-as", *arch.as_flags,
                                      str(source))

    def _linkers(self, arch: Arch) -> Iterator[Tuple[str, Sequence[str], Dict]]:
        if support.have(arch.gnu + "-ld"):
            yield "GNU ld", (arch.gnu + "-ld", *arch.ld_flags), GNU_LINKS
        if arch.lld and support.have("ld.lld"):
            yield "lld", ("ld.lld",), LLD_LINKS

    def _link(self, arch: Arch, made: pathlib.Path, command: Sequence[str], kind: str,
              elf_type: int) -> None:
        output = "%s.%s" % (made.stem, kind.replace(" ", "-"))
        path = self._run(output, *command, str(made))
        self._check(path, arch, elf_type)
        if kind == "shared":
            self._check_stripped(path, self._run(output + ".stripped", *command, "-s", str(made)))

    def _check_arch(self, arch: Arch) -> None:
        made: Optional[pathlib.Path] = None
        for assembler, made in self._assemble(arch):
            with self.subTest(arch=arch.name, assembler=assembler):
                self._check(made, arch, ET_REL)
        if made is None:
            self.skipTest("no assembler for " + arch.name)
        for linker, command, links in self._linkers(arch):
            for kind, (flags, elf_type) in links.items():
                if kind not in ESSENTIAL_LINKS and not arch.every_link:
                    continue
                with self.subTest(arch=arch.name, linker=linker, kind=kind):
                    self._link(arch, made, (*command, *flags), kind, elf_type)


def _add_tests() -> None:
    """One test for each architecture: each is skipped on its own."""
    for arch in ARCHES:
        def test(self: TestArch, arch: Arch = arch) -> None:
            self._check_arch(arch)
        setattr(TestArch, "test_" + re.sub(r"\W", "_", arch.name), test)


_add_tests()

if __name__ == "__main__":
    unittest.main()
