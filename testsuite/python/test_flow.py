# SPDX-License-Identifier: MIT
"""flow of sections in real ELF files: testsuite/libcsinfo/flows.S by both tool chains."""
import pathlib
import subprocess
import tempfile
import unittest
from typing import Dict, List, Optional, Set, Tuple

import support
import test_arch

csinfo = support.load_csinfo()
ADJACENT = csinfo.StorePosition.ADJACENT
FALLTHROUGH = csinfo.GateKind.FALLTHROUGH
BRANCH = csinfo.GateKind.BRANCH
BY_CODE = csinfo.ExitFlag.BY_CODE
TO_COMMIT = csinfo.ExitFlag.TO_COMMIT
ON_SIGNATURE = csinfo.ExitFlag.ON_SIGNATURE

GNU = ["gcc", "-nostdlib", "-Wa,-mrelax-relocations=no"]
LLD = ["clang", "-Qunused-arguments", "-fuse-ld=lld", "-nostdlib", "-Wa,-mrelax-relocations=no"]
# name: command, and the programs that it needs
LINKS: Dict[str, List[str]] = {
    "gnu-static": [*GNU, "-no-pie", "-fno-pie", "-static"],
    "gnu-pie": [*GNU, "-pie", "-fPIE"],
    "gnu-shared": [*GNU, "-shared", "-fPIC"],
    "gnu-relr": [*GNU, "-pie", "-fPIE", "-Wl,-z,pack-relative-relocs"],
    "lld-static": [*LLD, "-no-pie", "-fno-pie", "-static"],
    "lld-pie": [*LLD, "-pie", "-fPIE"],
    "lld-shared": [*LLD, "-shared", "-fPIC"],
    "lld-relr": [*LLD, "-pie", "-fPIE", "-Wl,--pack-dyn-relocs=relr"],
    "lld-in-place": [*LLD, "-pie", "-fPIE", "-Wl,--apply-dynamic-relocs"],
}


class Fixture:
    """One linked flows.S, its symbols, and its sections by name."""

    def __init__(self, path: pathlib.Path, names: Optional[Dict[str, int]] = None) -> None:
        self.file = csinfo.File(path)
        self.symbols = names or support.symbols(path)
        starts = {name[:-len("_start")]: address for name, address in self.symbols.items()
                  if name.endswith("_start")}
        by_start = {section.start_ip: section for section in self.file}
        self.sections = {name: by_start[start] for name, start in starts.items()
                         if start in by_start}

    def flow(self, name: str) -> "csinfo.Flow":
        return self.file.flow(self.sections[name].index)

    def gates(self, name: str) -> Dict[int, Tuple[int, int]]:
        return {gate.address: (gate.kind, gate.flags) for gate in self.flow(name).gates}

    def exits(self, name: str) -> Set[Tuple[Optional[str], Optional[str], int, int]]:
        """The exits with addresses turned to the labels of NAME, without NAME's prefix."""
        labels = {address: label[len(name) + 1:] for label, address in self.symbols.items()
                  if label.startswith(name + "_")}
        return {(labels.get(way.address, way.address), labels.get(way.from_, way.from_), way.kind,
                 way.flags) for way in self.flow(name).exits}


ABORT = ("abort", None, csinfo.ExitKind.ABORT, 0)


class FlowChecks:
    """What holds for flows.S however it was linked.  Subclasses set fixture."""

    fixture: Fixture

    def check_store(self, name: str, position: int = ADJACENT, gate: bool = True) -> None:
        flow = self.fixture.flow(name)
        names = self.fixture.symbols
        self.assertEqual(flow.store_position, position)
        self.assertEqual(flow.store, names[name + "_store"])
        end = names[name + "_start"] if position == ADJACENT else None
        if end:
            self.assertEqual(flow.store + flow.store_length, end)
        expected = {names[name + "_gate"]: (FALLTHROUGH, 0)} if gate else {}
        self.assertEqual(self.fixture.gates(name), expected)

    def test_every_section_is_there(self) -> None:
        names = {label[:-3] for label in self.fixture.symbols if label.endswith("_cs")}
        self.assertEqual(set(self.fixture.sections), names)
        self.assertEqual(len(self.fixture.file), len(names))
        self.assertEqual(self.fixture.file.remarks(), [])
        for name, section in self.fixture.sections.items():
            with self.subTest(name):
                self.assertEqual(section.descriptor, self.fixture.symbols[name + "_cs"])
                self.assertEqual(section.commit_ip, self.fixture.symbols[name + "_commit"])
                self.assertEqual(section.abort_ip, self.fixture.symbols[name + "_abort"])
                self.assertEqual(section.signature, 0x53053053)
                self.assertEqual(section.marks, 0)

    def test_store_adjacent(self) -> None:
        for name in ("adjacent", "copied", "unproven"):
            with self.subTest(name):
                self.check_store(name)

    def test_store_earlier(self) -> None:
        for name in ("earlier", "got"):
            with self.subTest(name):
                self.check_store(name, csinfo.StorePosition.EARLIER)

    def test_store_inside(self) -> None:
        self.check_store("inside", csinfo.StorePosition.INSIDE)

    def test_store_of_something_else(self) -> None:
        for name in ("spill", "foreign", "zero", "zeroed", "clobbered"):
            with self.subTest(name):
                flow = self.fixture.flow(name)
                self.assertEqual(flow.store_position, csinfo.StorePosition.UNKNOWN)
                self.assertIsNone(flow.store)
                self.assertEqual(flow.gates, ())

    def test_out_of_step(self) -> None:
        self.check_store("outofstep")

    def test_far(self) -> None:
        self.check_store("far")

    def test_gate_in_section(self) -> None:
        gate = self.fixture.symbols["chained2_gate"]
        self.assertEqual(self.fixture.gates("chained2"),
                         {gate: (FALLTHROUGH, csinfo.GateFlag.IN_SECTION)})

    def test_gate_before_start(self) -> None:
        gate = self.fixture.symbols["nested2_gate"]
        self.assertEqual(self.fixture.gates("nested2"),
                         {gate: (FALLTHROUGH, csinfo.GateFlag.IN_SECTION)})
        self.check_store("nested", csinfo.StorePosition.EARLIER)

    def test_plain_exits(self) -> None:
        way = ("commit", "start", csinfo.ExitKind.COMMIT, BY_CODE)
        self.assertEqual(self.fixture.exits("adjacent"), {way, ABORT})
        self.assertEqual(self.fixture.flow("adjacent").flags, 0)

    def test_branches_out(self) -> None:
        kinds = csinfo.ExitKind
        self.assertEqual(self.fixture.exits("exits"), {
            ("commit", "last", kinds.COMMIT, BY_CODE),
            ("abort", "start", kinds.ABORT, BY_CODE),
            ("declared", "from_declared", kinds.DECLARED, BY_CODE),
            ("unreached", None, kinds.DECLARED, 0),
            ("branch", "from_branch", kinds.BRANCH, BY_CODE)})
        points = self.fixture.sections["exits"].exit_points
        self.assertEqual(points, tuple(sorted(self.fixture.symbols[name] for name in
                                              ("exits_declared", "exits_unreached"))))

    def test_loops(self) -> None:
        self.assertEqual(self.fixture.exits("loops"), {
            ("commit", "last", csinfo.ExitKind.COMMIT, BY_CODE | TO_COMMIT), ABORT})
        self.assertEqual(self.fixture.flow("loops").flags,
                         csinfo.FlowFlag.BRANCH_TO_COMMIT | csinfo.FlowFlag.BRANCH_TO_START)

    def test_commit_by_branch_only(self) -> None:
        self.assertEqual(self.fixture.exits("jumped"), {
            ("commit", "from", csinfo.ExitKind.BRANCH, BY_CODE | TO_COMMIT), ABORT})

    def test_return_and_indirect(self) -> None:
        kinds = csinfo.ExitKind
        exits = self.fixture.exits("leaves")
        for way in ((None, "ret", kinds.RETURN, BY_CODE), (None, "ret2", kinds.RETURN, BY_CODE),
                    (None, "indirect", kinds.INDIRECT, BY_CODE), ABORT):
            self.assertIn(way, exits)
        self.assertEqual(len(exits), 5)
        self.assertEqual(self.fixture.flow("leaves").flags,
                         csinfo.FlowFlag.INDIRECT | csinfo.FlowFlag.RETURN)

    def test_calls(self) -> None:
        flow = self.fixture.flow("calls")
        self.assertEqual(flow.flags, csinfo.FlowFlag.CALL | csinfo.FlowFlag.SYSCALL)
        self.assertEqual({way.kind for way in flow.exits},
                         {csinfo.ExitKind.COMMIT, csinfo.ExitKind.ABORT})

    def test_undecoded(self) -> None:
        self.assertEqual(self.fixture.flow("undecoded").flags, csinfo.FlowFlag.UNDECODED)

    def test_cut(self) -> None:
        self.assertEqual(self.fixture.exits("cut"), {
            ("after", "last", csinfo.ExitKind.BRANCH, BY_CODE), ABORT})
        self.assertEqual(self.fixture.flow("cut").flags, csinfo.FlowFlag.UNDECODED)

    def test_commit_on_signature(self) -> None:
        exits = self.fixture.exits("onsignature")
        self.assertIn(("commit", "from", csinfo.ExitKind.BRANCH,
                       BY_CODE | TO_COMMIT | ON_SIGNATURE), exits)
        self.assertIn(ABORT, exits)
        self.assertEqual(len(exits), 3)


class LinkedFlows(FlowChecks):
    """flows.S with its symbols.  Subclasses name the link."""

    link: str

    @classmethod
    def setUpClass(cls) -> None:
        command = LINKS[cls.link]
        needed = ("clang", "ld.lld") if command[0] == "clang" else ("gcc",)
        if not support.have(*needed):
            raise unittest.SkipTest(" and ".join(needed) + " not installed")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output = pathlib.Path(cls.folder.name) / cls.link
        source = str(support.FIXTURES / "flows.S")
        cls.fixture = Fixture(support.build(output, [*command, source]))

    def test_functions(self) -> None:
        section = self.fixture.sections["adjacent"]
        self.assertEqual(section.func_name, "adjacent")
        self.assertEqual(section.func_start, self.fixture.symbols["adjacent"])
        self.assertGreater(section.func_size, 16)

    def test_branches_to_store(self) -> None:
        names = self.fixture.symbols
        self.assertEqual(self.fixture.gates("branched"), {
            names["branched_before"]: (BRANCH, 0), names["branched_gate"]: (FALLTHROUGH, 0),
            names["branched_behind"]: (BRANCH, 0)})

    def test_branch_only(self) -> None:
        flow = self.fixture.flow("entered")
        self.assertEqual(flow.store, self.fixture.symbols["entered_store"])
        self.assertEqual(self.fixture.gates("entered"),
                         {self.fixture.symbols["entered_branch"]: (BRANCH, 0)})

    def test_behind_an_indirect_jump(self) -> None:
        names = self.fixture.symbols
        self.assertEqual(self.fixture.gates("switched"), {
            names["switched_branch"]: (BRANCH, 0), names["switched_gate"]: (FALLTHROUGH, 0)})

    def test_signature_in_function(self) -> None:
        names = self.fixture.symbols
        self.assertEqual(self.fixture.gates("jumbled"), {
            names["jumbled_branch"]: (BRANCH, 0), names["jumbled_gate"]: (FALLTHROUGH, 0)})

    def test_data_in_function(self) -> None:
        self.check_store("data")

    def test_store_first_in_function(self) -> None:
        self.check_store("first", gate=False)

    def test_immediate(self) -> None:
        if not self.link.endswith("static"):
            self.assertNotIn("immediate", self.fixture.sections)
            return
        self.check_store("immediate")
        self.check_store("narrow")


class StrippedFlows(FlowChecks):
    """flows.S without symbols: STORE and the fall-through gate are still proven."""

    link: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output = pathlib.Path(cls.folder.name) / cls.link
        support.build(output, [*LINKS[cls.link], str(support.FIXTURES / "flows.S")])
        names = support.symbols(output)
        subprocess.run(["strip", str(output)], check=True)
        cls.fixture = Fixture(output, names)

    def test_no_functions(self) -> None:
        self.assertIsNone(self.fixture.sections["adjacent"].func_name)

    def test_only_the_fallthrough_gate(self) -> None:
        names = self.fixture.symbols
        self.assertEqual(self.fixture.gates("branched"),
                         {names["branched_gate"]: (FALLTHROUGH, 0)})


for _link in LINKS:
    _name = "Test_" + _link.replace("-", "_")
    globals()[_name] = type(_name, (LinkedFlows, unittest.TestCase), {"link": _link})


class TestObject(LinkedFlows, unittest.TestCase):
    """flows.S before it is linked: what its relocations tell is enough for nearly all."""

    link = "gnu-object-static"

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        path = support.build(pathlib.Path(folder.name) / "flows.o",
                             ["gcc", "-c", "-fno-pie", str(support.FIXTURES / "flows.S")])
        known = test_arch.symbols(path, True)
        cls.fixture = Fixture(path, {name: known[name].value for name in sorted(known)
                                     if not name.startswith("__rseq")})

    def test_store_earlier(self) -> None:
        self.check_store("earlier", csinfo.StorePosition.EARLIER)
        self.assertIsNone(self.fixture.flow("got").store)  # there is no GOT yet


class TestUnlinked(unittest.TestCase):
    """What only the linker knows."""

    SOURCE = """
        #include "section.inc"
        FUNCTION jumps
        SECTION jumps
        dec %rcx
        jumps_from: jne elsewhere
        mov %rcx, (%rdx)
        jumps_commit: END jumps
        FUNCTION leaves
        SECTION leaves
        mov %rcx, (%rdx)
        leaves_from: jmp elsewhere
        leaves_commit: END leaves
        FUNCTION calls
        SECTION calls
        call elsewhere
        mov %rcx, (%rdx)
        calls_commit: END calls
        FUNCTION thread
        DESCRIPTOR thread
        HANDLER thread, thread
        thread_gate: nop
        thread_store: movq $thread_cs, %fs:area@tpoff + 8
        nop
        thread_start: mov %rcx, (%rdx)
        thread_commit: END thread
        FUNCTION other
        DESCRIPTOR other
        HANDLER other, other
        lea elsewhere(%rip), %rax
        mov %rax, %fs:8
        nop
        other_start: mov %rcx, (%rdx)
        other_commit: END other
        """

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        source = pathlib.Path(folder.name) / "unlinked.S"
        source.write_text(cls.SOURCE)
        path = support.build(source.with_suffix(".o"),
                             ["gcc", "-c", f"-I{support.FIXTURES}", str(source)])
        names = {name: symbol.value for name, symbol in test_arch.symbols(path, True).items()}
        cls.fixture = Fixture(path, names)

    def test_jump(self) -> None:
        """Where it leads is not known: an exit all the same."""
        commit = ("commit", csinfo.ExitKind.COMMIT, BY_CODE)
        ways = {"jumps": {commit}, "leaves": set()}
        for name, ways_on in ways.items():
            with self.subTest(name):
                self.assertEqual(self.fixture.flow(name).flags, csinfo.FlowFlag.INDIRECT)
                exits = self.fixture.exits(name)
                self.assertIn((None, "from", csinfo.ExitKind.INDIRECT, BY_CODE), exits)
                self.assertEqual({(to, kind, flags) for to, _, kind, flags in exits}, {
                    (None, csinfo.ExitKind.INDIRECT, BY_CODE),
                    ("abort", csinfo.ExitKind.ABORT, 0), *ways_on})

    def test_call(self) -> None:
        flow = self.fixture.flow("calls")
        self.assertEqual((flow.flags, flow.store_position), (csinfo.FlowFlag.CALL, ADJACENT))

    def test_store(self) -> None:
        """The place in thread-local memory is not known; what is stored there is."""
        flow = self.fixture.flow("thread")
        self.assertEqual(flow.store, self.fixture.symbols["thread_store"])
        self.assertIsNone(self.fixture.flow("other").store)

    def test_lint(self) -> None:
        findings = {name: set() for name in self.fixture.sections}
        for finding in self.fixture.file.lint():
            section = self.fixture.file.section(finding.index)
            findings[section.func_name].add((finding.id, finding.where))
        jump = self.fixture.symbols["jumps_from"] - self.fixture.symbols["jumps"]
        leave = self.fixture.symbols["leaves_from"] - self.fixture.symbols["leaves"]
        self.assertEqual(findings["jumps"], {("code-not-checked", f"jumps+{jump:#x}")})
        self.assertIn(("code-not-checked", f"leaves+{leave:#x}"), findings["leaves"])
        self.assertEqual({check for check, _ in findings["calls"]}, {"call-inside"})
        self.assertEqual({check for check, _ in findings["thread"]}, {"store-not-adjacent"})
        self.assertEqual({check for check, _ in findings["other"]}, {"store-not-found"})


class TestStrippedStatic(StrippedFlows, unittest.TestCase):
    link = "gnu-static"


class TestStrippedPie(StrippedFlows, unittest.TestCase):
    link = "gnu-pie"


if __name__ == "__main__":
    unittest.main()
