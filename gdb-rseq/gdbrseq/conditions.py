# SPDX-License-Identifier: MIT
"""Can a condition be evaluated before the section, and mean what it says?"""

import re
from typing import Iterable, Optional

from .spots import Spot

_NAME = re.compile(r"\$([A-Za-z_][A-Za-z_0-9]*)")
_PC = frozenset(("pc", "rip", "eip", "ip"))


def refusal(condition: Optional[str], spots: Iterable[Spot]) -> Optional[str]:
    """Why CONDITION can't be evaluated before the sections of SPOTS, None when it can."""
    if condition is None:
        return None
    names = set(_NAME.findall(condition))
    if names & _PC:
        return "its condition asks for $pc, which is before the section"
    return None
