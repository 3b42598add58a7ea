# SPDX-License-Identifier: MIT
"""What `set rseq' sets, and what every module may ask."""


class Settings:
    """The values; the first three are parameters of GDB."""

    def __init__(self) -> None:
        self.stepping = True  # stepping commands run sections at full speed
        self.breakpoints = "protect"  # or "warn", "off": of the user's, inside sections
        self.notify = True  # a stop inside a section is told
        self.busy = False  # the engine carries on a command by itself
        self.far = False  # the command that runs can't end inside a section by itself


settings = Settings()
