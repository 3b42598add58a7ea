# SPDX-License-Identifier: MIT
"""struct rseq and struct rseq_cs from bytes, and which area is the registered one."""

import random
import struct
import unittest
from typing import Optional

import support  # noqa: F401  (puts the plugin on the path)

from gdbrseq import state
from gdbrseq.state import Candidate, Descriptor, Registered

UNINITIALIZED = state.CPU_ID_UNINITIALIZED
FAILED = state.CPU_ID_REGISTRATION_FAILED
MOST = 0xFFFFFFFFFFFFFFFF


def area(cpu_id_start: int = 3, cpu_id: int = 3) -> bytes:
    """A struct rseq with a number of its own in every other field."""
    return struct.pack("<IIQIIII", cpu_id_start, cpu_id, 0x1234, 5, 6, 7, 8)


class FieldsTest(unittest.TestCase):
    """decode_area()."""

    def test_the_first_kernel_fills_in_20_bytes(self) -> None:
        """What is behind them is absent, not 0."""
        fields = state.decode_area(area(), 20)
        self.assertEqual((fields.cpu_id_start, fields.cpu_id, fields.rseq_cs, fields.flags),
                         (3, 3, 0x1234, 5))
        self.assertEqual((fields.node_id, fields.mm_cid, fields.slice_ctrl), (None, None, None))

    def test_fields_come_with_the_feature_size(self) -> None:
        """node_id and mm_cid with 28, slice_ctrl with 33, which is more than is registered."""
        self.assertEqual(state.decode_area(area(), 24).node_id, 6)
        self.assertIsNone(state.decode_area(area(), 24).mm_cid)
        self.assertEqual(state.decode_area(area(), 28).mm_cid, 7)
        self.assertIsNone(state.decode_area(area(), 28).slice_ctrl)
        self.assertEqual(state.decode_area(area(), 33).slice_ctrl, 8)

    def test_nothing_is_read_beyond_what_is_registered(self) -> None:
        """However large the kernel's feature size is."""
        self.assertIsNone(state.decode_area(area()[:28], 33).slice_ctrl)

    def test_big_endian(self) -> None:
        """The order is the target's."""
        self.assertEqual(state.decode_area(area(), 28, ">").cpu_id, 3 << 24)

    def test_half_a_pointer_is_no_cpu(self) -> None:
        """tcmalloc marks it by the top bit."""
        self.assertFalse(state.decode_area(area(0x80007F12), 28).start_is_cpu)
        self.assertTrue(state.decode_area(area(), 28).start_is_cpu)


class DescriptorTest(unittest.TestCase):
    """decode_descriptor() and problems()."""

    def test_decode(self) -> None:
        """The fields, and the commit address."""
        data = struct.pack("<IIQQQ", 0, 4, 0x1000, 0x20, 0x2000)
        found = state.decode_descriptor(0x500, data)
        self.assertEqual(found, Descriptor(0x500, 0, 4, 0x1000, 0x20, 0x2000))
        self.assertEqual(found.commit, 0x1020)

    def test_holds_is_the_kernels(self) -> None:
        """[start_ip, start_ip + post_commit_offset)."""
        one = Descriptor(0, 0, 0, 0x1000, 0x20, 0x2000)
        self.assertEqual([one.holds(pc) for pc in (0xFFF, 0x1000, 0x101F, 0x1020)],
                         [False, True, True, False])

    def test_a_valid_one(self) -> None:
        """The signature counts only where the registered one is known."""
        one = Descriptor(0, 0, 0, 0x1000, 0x20, 0x2000)
        self.assertEqual(state.problems(one, 0x53053053, 0x53053053), ())
        self.assertEqual(state.problems(one, 7, None), ())

    def test_each_problem(self) -> None:
        """In words."""
        for one, signature, words in (
                (Descriptor(0, 1, 0, 0x1000, 0x20, 0x2000), 9, "version is 1, not 0"),
                (Descriptor(0, 0, 2, 0x1000, 0x20, 0x2000), 9, "flags are 0x2, not 0"),
                (Descriptor(0, 0, 0, 0x1000, MOST - 0xFFE, 0x100), 9,
                 "the range is not in the program's memory"),
                (Descriptor(0, 0, 0, 1 << 63, 0x20, 0x2000), 9,
                 "the range is not in the program's memory"),
                (Descriptor(0, 0, 0, 0x1000, 0x20, 0x1010), 9,
                 "abort_ip is inside the section"),
                (Descriptor(0, 0, 0, 0x1000, 0x20, 0x2000), None,
                 "the signature in front of abort_ip can't be read"),
                (Descriptor(0, 0, 0, 0x1000, 0x20, 0x2000), 7,
                 "the signature is 0x7, not 0x9")):
            self.assertEqual(state.problems(one, signature, 9), (words,))

    def test_an_empty_one_is_valid(self) -> None:
        """The kernel takes it, and is never inside."""
        self.assertEqual(state.problems(Descriptor(0, 0, 0, 0x1000, 0, 0x2000), 9, 9), ())

    def test_addresses_of_32_bits(self) -> None:
        """All of them are the program's."""
        high = Descriptor(0, 0, 0, 0xFFFFFF00, 0x20, 0x2000)
        self.assertEqual(state.problems(high, 9, 9, 32), ())
        self.assertTrue(state.problems(Descriptor(0, 0, 0, 1 << 32, 0x20, 0x2000), 9, 9, 32))

    def test_random_bytes(self) -> None:
        """Any bytes have an answer."""
        source = random.Random(4)
        for _ in range(2000):
            one = state.decode_descriptor(0, source.randbytes(32))
            self.assertTrue(state.problems(one, source.getrandbits(32), 0x53053053))
            one.holds(source.getrandbits(64))


def own(cpu_id: Optional[int], refcount: Optional[int] = None,
        initial: Optional[int] = None) -> Candidate:
    """A program's own __rseq_abi."""
    return Candidate("__rseq_abi", 0x100, 32, cpu_id, refcount, initial)


def glibc(cpu_id: Optional[int], size: int = 32) -> Candidate:
    """glibc's area."""
    return Candidate("glibc", 0x200, 32, cpu_id, claimed=size != 0, refused=size == 0)


class ChooseTest(unittest.TestCase):
    """choose()."""

    def check(self, status: Registered, who: Optional[str], *candidates: Candidate) -> None:
        """CANDIDATES lead to STATUS, and to the one of WHO."""
        found = state.choose(candidates)
        self.assertEqual((found[0], found[1] and found[1].who), (status, who))

    def test_one_is_in_use(self) -> None:
        """The one with a CPU number."""
        self.check(Registered.YES, "glibc", glibc(0))
        self.check(Registered.YES, "glibc", glibc(2), own(FAILED))
        self.check(Registered.YES, "glibc", glibc(2), own(0))
        self.check(Registered.YES, "glibc", glibc(2), own(3))
        self.check(Registered.YES, "__rseq_abi", glibc(FAILED, 0), own(2))
        self.check(Registered.YES, "__rseq_abi", glibc(UNINITIALIZED), own(2))
        self.check(Registered.YES, "__rseq_abi", own(0, 1))

    def test_zero_may_be_the_initial_value(self) -> None:
        """Then it is not known; a count of 0 says that it is one."""
        self.check(Registered.MAYBE, "__rseq_abi", own(0))
        self.check(Registered.MAYBE, "__rseq_abi", glibc(FAILED, 0), own(0))
        self.check(Registered.NO, None, own(0, 0))
        self.check(Registered.YES, "__rseq_abi", own(5, 0))

    def test_the_file_says_what_was_there_first(self) -> None:
        """Another value is the kernel's."""
        self.check(Registered.YES, "__rseq_abi", own(0, None, UNINITIALIZED))
        self.check(Registered.YES, "__rseq_abi", own(5, None, 0))
        self.check(Registered.MAYBE, "__rseq_abi", own(0, None, 0))

    def test_two_owners_of_a_kind(self) -> None:
        """The kernel takes one; which is not known."""
        self.check(Registered.MAYBE, "__rseq_abi", own(2), own(3))

    def test_none_is_in_use(self) -> None:
        """Never registered, given back, or in vain."""
        self.check(Registered.NO, None)
        self.check(Registered.NO, None, glibc(UNINITIALIZED), own(UNINITIALIZED))
        self.check(Registered.NO, None, glibc(FAILED, 0))
        self.check(Registered.FAILED, "__rseq_abi", glibc(FAILED, 0), own(FAILED))
        self.check(Registered.UNKNOWN, "glibc", glibc(None))


if __name__ == "__main__":
    unittest.main()
