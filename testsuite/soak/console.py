# SPDX-License-Identifier: MIT
"""A GDB at a terminal of its own, driven as a user drives it."""

import os
import pty
import select
import signal
import termios
import time
from typing import BinaryIO, List, Optional

PROMPT = b"(soak) "


class Silent(Exception):
    """GDB shows no prompt, or has gone."""


class Console:
    """GDB, and all that was said."""

    def __init__(self, line: List[str], log: BinaryIO) -> None:
        """Start the command LINE; what is typed and shown is written to LOG."""
        self._log = log
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(line[0], line, dict(os.environ, TERM="dumb", LC_ALL="C"))
        modes = termios.tcgetattr(self._terminal)
        modes[3] &= ~termios.ECHO
        modes[3] |= termios.NOFLSH  # Ctrl-C shall not take back what was typed before it
        termios.tcsetattr(self._terminal, termios.TCSANOW, modes)
        self._shown = b""
        self._marks = 0

    def type(self, text: str) -> None:
        """Type TEXT and Return."""
        self._log.write(b"> %s\n" % text.encode())
        os.write(self._terminal, text.encode() + b"\n")

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        self._log.write(b"> ^C\n")
        os.write(self._terminal, b"\003")

    def _read(self, seconds: float) -> bool:
        """Take what GDB has shown; False when that is nothing for SECONDS."""
        if not select.select([self._terminal], [], [], max(seconds, 0))[0]:
            return False
        try:
            more = os.read(self._terminal, 1 << 16)
        except OSError:
            more = b""
        if not more:
            raise Silent("GDB has ended")
        self._log.write(more)
        self._shown += more
        return True

    def _take(self) -> str:
        shown, self._shown = self._shown, b""
        return shown.decode(errors="replace").replace("\r\n", "\n")

    def wait(self, seconds: float) -> Optional[str]:
        """What is shown up to the next prompt; None when that does not come in SECONDS."""
        end = time.monotonic() + seconds
        # In quotes it is what `info set' shows of it.
        while not self._shown.endswith(PROMPT) or self._shown.endswith(b'"' + PROMPT):
            if not self._read(end - time.monotonic()):
                return None
        return self._take()[:-len(PROMPT)]

    def settle(self, seconds: float) -> Optional[str]:
        """All that is shown until GDB answers again; None when it does not in SECONDS.

        For Ctrl-C and commands in the background, where a prompt tells nothing.
        """
        self._marks += 1
        mark = "<%d>" % self._marks
        self.type("echo %s\\n" % mark)
        end = time.monotonic() + seconds
        while ("\n%s\r\n" % mark).encode() not in b"\n" + self._shown.replace(PROMPT, b"\n"):
            if not self._read(end - time.monotonic()):
                return None
        return self.drain(0.02)

    def drain(self, seconds: float) -> str:
        """What is shown until there is nothing for SECONDS."""
        while self._read(seconds):
            pass
        return self._take()

    def ask(self, command: str, seconds: float = 60) -> str:
        """The answer to COMMAND, which does not resume the program."""
        self.type(command)
        answer = self.wait(seconds)
        if answer is None:
            raise Silent("no answer to \"%s\"" % command)
        return answer

    def close(self) -> None:
        """End GDB, if it is still there."""
        try:
            self.type("quit")
            while self._read(10):
                pass
        except (OSError, Silent):
            pass
        finally:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._terminal)


def resident(pid: int) -> int:
    """KiB of memory that process PID holds."""
    with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0
