# SPDX-License-Identifier: MIT
"""What the user sources: `source PATH/gdb-rseq.py`.

Only finds its own folder and calls register(); sourcing it again is harmless.
"""

import os
import sys

import gdb

# Not __file__: sourced from another Python script, that is the other script's.
_FOLDER = os.path.dirname(os.path.realpath(sys._getframe().f_code.co_filename))
if _FOLDER not in sys.path:
    sys.path.insert(0, _FOLDER)


def _load() -> None:
    try:
        from gdbrseq.commands import register
    except OSError as error:
        raise gdb.GdbError("gdb-rseq: libcsinfo can't be loaded: %s" % error) from None
    register()


_load()
