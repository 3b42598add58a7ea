# SPDX-License-Identifier: MIT
"""What the user sources: `source PATH/gdb-rseq.py`.

Only finds its own folder and calls register(); sourcing it again is harmless.
"""

import os
import sys

# Not __file__: sourced from another Python script, that is the other script's.
_FOLDER = os.path.dirname(os.path.realpath(sys._getframe().f_code.co_filename))
if _FOLDER not in sys.path:
    sys.path.insert(0, _FOLDER)


from gdbrseq.commands import register  # noqa: E402  (needs the path above)

register()
