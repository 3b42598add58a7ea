# SPDX-License-Identifier: MIT
"""What `set rseq' sets, and what every module may ask."""


class Settings:
    """The values; all but the last are parameters of GDB."""

    def __init__(self) -> None:
        self.stepping = True  # stepping commands run sections at full speed
        self.breakpoints = "protect"  # or "warn", "off": of the user's, inside sections
        self.busy = False  # the engine carries on a command by itself


settings = Settings()
