# SPDX-License-Identifier: MIT
"""interpreter(): what a GDB command line asks for."""

import unittest

import support  # noqa: F401  (puts the plugin on the path)
from gdbrseq.frontend import interpreter


class FrontendTest(unittest.TestCase):
    """The forms that getopt_long_only takes."""

    def test_every_form_of_the_option(self) -> None:
        """One dash or two, joined or not, short or long."""
        for option in ("-i", "--i", "-interpreter", "--interpreter"):
            self.assertEqual(interpreter(["gdb", option + "=mi2", "prog"]), "mi2")
            self.assertEqual(interpreter(["gdb", "-q", option, "dap"]), "dap")

    def test_the_console_is_the_default(self) -> None:
        """Other options begin alike, and what follows --args is the program's."""
        for arguments in (["gdb"], ["gdb", "-ix", "file"], ["gdb", "-iex", "mi"],
                          ["gdb", "--args", "prog", "-i=mi"], ["gdb", "-i"]):
            self.assertEqual(interpreter(arguments), "console")


if __name__ == "__main__":
    unittest.main()
