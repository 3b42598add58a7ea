#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Step a program as an editor does, through GDB's Debug Adapter Protocol.

Usage: dap.py GDB PLUGIN PROGRAM FUNCTION REQUEST...  Runs PROGRAM to FUNCTION, gives each
REQUEST (next, stepIn, next:instruction, ...) and prints where it ended: the reasons of all
stopped events that came of it, the function and the line.
"""

import json
import select
import os
import subprocess
import sys
from typing import Any, Callable, Dict, List

DEADLINE = 60  # seconds, for one message
SETTLE = 0.5  # seconds without a message after a stop, in which another could come
Message = Dict[str, Any]


class Adapter:
    """A GDB that speaks DAP."""

    def __init__(self, command: List[str]) -> None:
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        assert self.process.stdin and self.process.stdout
        self.input, self.output = self.process.stdin, self.process.stdout.fileno()
        self.bytes = b""
        self.sequence = 0

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request; its number."""
        self.sequence += 1
        body = json.dumps({"seq": self.sequence, "type": "request", "command": command,
                           "arguments": arguments}).encode()
        self.input.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.input.flush()
        return self.sequence

    def _more(self, seconds: float) -> bool:
        if not select.select([self.output], [], [], seconds)[0]:
            return False
        more = os.read(self.output, 65536)
        self.bytes += more
        return bool(more)

    def messages(self, wanted: Callable[[Message], bool], settle: float = 0) -> List[Message]:
        """Messages up to the first WANTED one, and what comes within SETTLE of another."""
        found: List[Message] = []
        while True:
            head, separator, rest = self.bytes.partition(b"\r\n\r\n")
            length = int(head.rpartition(b":")[2]) if separator else 0
            if separator and len(rest) >= length:
                self.bytes = rest[length:]
                found.append(json.loads(rest[:length]))
                if settle == 0 and wanted(found[-1]):
                    return found
                continue
            seen = any(wanted(message) for message in found)
            if not self._more(settle if seen else DEADLINE):
                if seen:
                    return found
                sys.exit("dap.py: no answer")

    def ask(self, command: str, **arguments: Any) -> Message:
        """Send a request and wait for its answer."""
        number = self.send(command, **arguments)
        return self.messages(lambda message: message.get("request_seq") == number)[-1]


def is_end(message: Message) -> bool:
    """Is MESSAGE one that ends a step?"""
    return message.get("event") in ("stopped", "exited", "terminated")


def show(adapter: Adapter, request: str, messages: List[Message]) -> int:
    """Print what came of REQUEST; the thread that stopped, or 0."""
    stops = [each["body"] for each in messages if each.get("event") == "stopped"]
    if not stops:
        print(f"{request}: ended")
        return 0
    thread = stops[-1]["threadId"]
    frame = adapter.ask("stackTrace", threadId=thread, levels=1)["body"]["stackFrames"][0]
    reasons = " ".join(stop["reason"] for stop in stops)
    print(f"{request}: {reasons}: {frame['name']}:{frame['line']}", flush=True)
    return thread


def main() -> None:
    """Run from the command line."""
    gdb, plugin, program, function, *requests = sys.argv[1:]
    adapter = Adapter([gdb, "-nx", "-q", "-iex", "set debuginfod enabled off", "-i=dap",
                       "-ex", "source " + plugin])
    adapter.send("initialize")
    adapter.send("launch", program=program)
    adapter.send("setFunctionBreakpoints", breakpoints=[{"name": function}])
    adapter.send("configurationDone")
    thread = show(adapter, "launch", adapter.messages(is_end, SETTLE))
    for request in requests:
        command, _, granularity = request.partition(":")
        adapter.send(command, threadId=thread, granularity=granularity or "statement")
        thread = show(adapter, request, adapter.messages(is_end, SETTLE))
        if thread == 0:
            break
    adapter.process.kill()


main()
