# SPDX-License-Identifier: MIT
"""gdb-rseq: GDB support for Linux restartable sequences."""

from .commands import register

__all__ = ["register"]
