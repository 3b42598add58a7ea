# SPDX-License-Identifier: MIT
"""flow on every architecture: archflow.S, whose comments say what must be found."""
import enum
import pathlib
import re
import subprocess
import tempfile
import unittest
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple, Type

import support
import test_arch

csinfo = support.load_csinfo()

SOURCE = support.FIXTURES / "archflow.S"
KINDS = {"commit": csinfo.ExitKind.COMMIT, "abort": csinfo.ExitKind.ABORT,
         "declared": csinfo.ExitKind.DECLARED, "branch": csinfo.ExitKind.BRANCH,
         "return": csinfo.ExitKind.RETURN, "indirect": csinfo.ExitKind.INDIRECT}


class Machine(NamedTuple):
    """What compiles for an architecture, and what links."""

    triple: str
    gnu: Tuple[str, ...]  # GNU ld
    lld: bool = True
    defines: Tuple[str, ...] = ()


MACHINES = {
    "x86-64": Machine("x86_64-linux-gnu", ("x86_64-linux-gnu-ld",)),
    "x32": Machine("x86_64-linux-gnux32", ("x86_64-linux-gnu-ld", "-melf32_x86_64"), lld=False),
    "i386": Machine("i386-linux-gnu", ("x86_64-linux-gnu-ld", "-melf_i386")),
    "aarch64": Machine("aarch64-linux-gnu", ("aarch64-linux-gnu-ld",)),
    "aarch64_be": Machine("aarch64_be-linux-gnu", ("aarch64-linux-gnu-ld", "-EB")),
    "arm": Machine("armv7-linux-gnueabi", ("arm-linux-gnueabi-ld",)),
    "thumb": Machine("armv7-linux-gnueabi", ("arm-linux-gnueabi-ld",), defines=("-DTHUMB",)),
    "armeb": Machine("armebv7-linux-gnueabi", ("arm-linux-gnueabi-ld", "-EB", "--be8"),
                     lld=False),
    "armeb-be32": Machine("armebv7-linux-gnueabi", ("arm-linux-gnueabi-ld", "-EB"), lld=False),
    "ppc": Machine("powerpc-linux-gnu", ("powerpc-linux-gnu-ld",)),
    "ppc64": Machine("powerpc64-linux-gnu", ("powerpc64-linux-gnu-ld",)),
    "ppc64le": Machine("powerpc64le-linux-gnu", ("powerpc64le-linux-gnu-ld",)),
    "s390x": Machine("s390x-linux-gnu", ("s390x-linux-gnu-ld",), lld=False),
    "mips": Machine("mips-linux-gnu", ("mips-linux-gnu-ld",)),
    "mipsel": Machine("mipsel-linux-gnu", ("mipsel-linux-gnu-ld",)),
    "mips64": Machine("mips64-linux-gnuabi64", ("mips64-linux-gnuabi64-ld",)),
    "mips64el": Machine("mips64el-linux-gnuabi64", ("mips64el-linux-gnuabi64-ld",)),
    "mipsn32": Machine("mips64-linux-gnuabin32",
                       ("mips64-linux-gnuabi64-ld", "-melf32btsmipn32")),
    "riscv64": Machine("riscv64-linux-gnu", ("riscv64-linux-gnu-ld",), lld=False),
}


class Expected(NamedTuple):
    """What a comment of archflow.S says of a section, in names of labels."""

    flags: Set[str]
    store: Set[Tuple[Optional[str], str]]
    gates: Set[Tuple[str, ...]]
    exits: Set[Tuple[Optional[str], ...]]


def read_expected() -> Dict[str, Expected]:
    """By section."""
    found: Dict[str, Expected] = {}
    for line in re.findall(r"^ \* =(.*)$", SOURCE.read_text(), re.MULTILINE):
        words = line.split()
        if not line.startswith("   "):
            now = found[words[0]] = Expected(set(words[1:]), set(), set(), set())
        elif words[0] == "store":
            now.store.add((words[1], words[2]))
        elif words[0] == "gate":
            now.gates.add(tuple(words[1:]))
        else:
            now.exits.add((words[1], words[2], words[4], *words[5:]))
    return found


def words_of(kind: Type[enum.IntEnum], flags: int) -> List[str]:
    """The names of the bits of FLAGS, of KIND, as archflow.S has them."""
    return [flag.name.lower().replace("_", "-") for flag in kind if flag & flags]


def actual(flow: "csinfo.Flow", labels: Dict[int, Set[str]], expected: Expected) -> Expected:
    """FLOW in names of labels, of several at one address that which is EXPECTED."""
    wanted = {name for row in (*expected.store, *expected.gates, *expected.exits) for name in row}

    def label(address: Optional[int]) -> str:
        if address is None:
            return "-"
        names = labels.get(address, {hex(address)})
        return sorted(names & wanted or names)[0]

    store = set() if flow.store is None else {
        (label(flow.store), flow.store_position.name.lower())}
    return Expected(
        set(words_of(csinfo.FlowFlag, flow.flags)), store,
        {(label(gate.address), gate.kind.name.lower(), *words_of(csinfo.GateFlag, gate.flags))
         for gate in flow.gates},
        {(label(way.address), way.kind.name.lower(), label(way.from_),
          *sorted(words_of(csinfo.ExitFlag, way.flags),
                  key="by-code to-commit on-signature".split().index))
         for way in flow.exits})


EXPECTED = read_expected()
# STORE is not where it is expected to be: found only where what it stores is known, which the
# two halves of an address in a relocatable file of mips don't tell.
NEED_PROOF = ("earlier", "inside")


def knows_riscv() -> bool:
    """Whether the library was built with a Capstone that does (5.0)."""
    try:
        return bool(csinfo.decode(0, b"\x73\0\0\0", csinfo.Target(243, 2, 1)))
    except csinfo.CsinfoError as error:
        if str(error) != "not supported":
            raise
        return False


class TestArchFlow(unittest.TestCase):
    """Each architecture, by each linker, with code for one address and for any."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def run_tool(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check_file(self, path: pathlib.Path, thumb: bool, relocatable: bool = False) -> None:
        known = test_arch.symbols(path, relocatable)
        with csinfo.File(path) as file:
            by_start = {section.start_ip: section for section in file}
            self.assertEqual(len(by_start), len(EXPECTED))
            for name, expected in EXPECTED.items():
                if relocatable and file.machine_name == "mips" and name in NEED_PROOF:
                    expected = expected._replace(store=set(), gates=set())
                labels: Dict[int, Set[str]] = {}
                for symbol, (value, _size) in known.items():
                    if symbol.startswith(name + "_"):
                        labels.setdefault(value, set()).add(symbol[len(name) + 1:])
                section = by_start[known[name + "_start"].value]
                with self.subTest(name):
                    found = actual(file.flow(section.index), labels, expected)
                    self.assertEqual("thumb" in found.flags, thumb)
                    found.flags.discard("thumb")
                    self.assertEqual(found, expected)

    def test_stripped_arm(self) -> None:
        """Without symbols code is A32 or Thumb: that in which STORE is proven, else not known."""
        if not support.have("clang", "ld.lld"):
            self.skipTest("no clang or lld")
        proven = {name for name, expected in EXPECTED.items() if expected.store
                  and name not in ("unproven", "entered")}
        for defines in ((), ("-DTHUMB",)):
            made, path = str(self.folder / "stripped.o"), self.folder / "stripped"
            self.run_tool("clang", "--target=armv7-linux-gnueabi", *defines, "-c", str(SOURCE),
                          "-o", made)
            self.run_tool("ld.lld", made, "-o", str(path))
            known = test_arch.symbols(path, False)
            self.run_tool("ld.lld", "-s", made, "-o", str(path))
            with csinfo.File(path) as file:
                by_start = {section.start_ip: section for section in file}
                for name in EXPECTED:
                    index = by_start[known[name + "_start"].value].index
                    with self.subTest(name, defines=defines):
                        if name in proven:
                            flags = file.flow(index).flags
                            self.assertEqual(bool(flags & csinfo.FlowFlag.THUMB), bool(defines))
                            continue
                        with self.assertRaisesRegex(csinfo.CsinfoError, "no symbol says"):
                            file.flow(index)

    def check_machine(self, name: str) -> None:
        machine = MACHINES[name]
        if not support.have("clang"):
            self.skipTest("no clang")
        if name.startswith("riscv") and not knows_riscv():
            self.skipTest("Capstone does not know riscv")
        linkers: List[Sequence[str]] = []
        if support.have(machine.gnu[0]):
            linkers.append(machine.gnu)
        if machine.lld and support.have("ld.lld"):
            linkers.append(("ld.lld",))
        if not linkers:
            self.skipTest("no linker for " + name)
        for pic, flags in ((("-DPIC", "-fPIC"), ("-shared",)), ((), ())):
            made = str(self.folder / (name + ".o"))
            self.run_tool("clang", "--target=" + machine.triple, *machine.defines, *pic, "-c",
                          str(SOURCE), "-o", made)
            with self.subTest("object", pic=bool(pic)):
                self.check_file(pathlib.Path(made), "-DTHUMB" in machine.defines, True)
            for linker in linkers:
                path = self.folder / name
                self.run_tool(*linker, *flags, made, "-o", str(path))
                with self.subTest(linker=linker[0], pic=bool(pic)):
                    self.check_file(path, "-DTHUMB" in machine.defines)


def _add_tests() -> None:
    for name in MACHINES:
        def test(self: TestArchFlow, name: str = name) -> None:
            self.check_machine(name)
        setattr(TestArchFlow, "test_" + re.sub(r"\W", "_", name), test)


_add_tests()

if __name__ == "__main__":
    unittest.main()
