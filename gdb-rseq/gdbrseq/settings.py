# SPDX-License-Identifier: MIT
"""What `set rseq' sets, and what every module may ask."""


class Settings:
    """The values; commands.py makes the first a parameter of GDB."""

    def __init__(self) -> None:
        self.stepping = True  # stepping commands run sections at full speed
        self.busy = False  # the engine carries on a command by itself


settings = Settings()
