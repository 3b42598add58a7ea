# SPDX-License-Identifier: MIT
"""The ELF file that is made of one section in memory, as libcsinfo reads it."""
import struct
import unittest

import support

from gdbrseq import _csinfo, image

csinfo = support.load_csinfo()
CODE, DATA = 0x401000, 0x404020


def build(target: _csinfo.Target, code: int = CODE) -> bytes:
    """A file with one section of 8 bytes, 16 behind CODE, that is aborted to 40 behind it."""
    order = "<" if target.byte_order == 1 else ">"
    descriptor = struct.pack(order + "IIQQQ", 0, 0, code + 16, 8, code + 40)
    return image.build(target, [(code, bytes(36)), (code + 36, bytes(20))], (DATA, descriptor),
                       ("made", code, 36))


class ImageTest(unittest.TestCase):
    """Machines of both classes and byte orders."""

    def test_section(self) -> None:
        for target in (csinfo.X86_64, csinfo.I386, csinfo.Target(20, 1, 2),
                       csinfo.Target(22, 2, 2)):
            with self.subTest(target=target), csinfo.File.from_memory(build(target)) as file:
                section, = file
                self.assertEqual(support.places(file), [(DATA, CODE + 16, CODE + 24, CODE + 40)])
                self.assertEqual((section.func_name, section.func_start, section.func_size),
                                 ("made", CODE, 36))
                self.assertEqual(file.machine, target.machine)

    def test_beyond_the_machine(self) -> None:
        self.assertEqual(len(csinfo.File.from_memory(build(csinfo.X86_64, 1 << 40))), 1)
        with self.assertRaises(_csinfo.CsinfoError):
            build(_csinfo.I386, 1 << 40)


if __name__ == "__main__":
    unittest.main()
