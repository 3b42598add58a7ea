# SPDX-License-Identifier: MIT
"""csinfo scan, on a tree made here."""
import ctypes
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import unittest
from typing import Dict, List

import support
from toolrun import WithFixture, make_archive, on_terminal, run

IN_OPEN = 0x20
X86_64 = {"class": 64, "byte_order": "little", "machine": 62, "machine_name": "x86-64"}
libc = ctypes.CDLL(None, use_errno=True)


class Opened:
    """Which of some files are opened while the `with` block runs (inotify)."""

    def __init__(self, *paths: pathlib.Path) -> None:
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.names = {libc.inotify_add_watch(self.fd, os.fsencode(path), IN_OPEN): path.name
                      for path in paths}
        self.opened: List[str] = []

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            events = os.read(self.fd, 65536)
        except BlockingIOError:
            events = b""
        os.close(self.fd)
        while events:
            watch, _, _, length = struct.unpack_from("iIII", events)
            self.opened.append(self.names[watch])
            events = events[16 + length:]


class TestScan(WithFixture):
    def setUp(self) -> None:
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        self.addCleanup(shutil.rmtree, self.tree)

    def scan(self, *arguments: object) -> Dict[str, object]:
        done = run("scan", "--json", *(arguments or [self.tree]))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def found(self, *arguments: object) -> List[str]:
        return [os.path.relpath(file["file"], self.tree)
                for file in self.scan(*arguments)["files"]]

    def put(self, name: str) -> pathlib.Path:
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.path, path)
        return path

    def test_text(self) -> None:
        one, two = self.put("b/one.so"), self.put("a.so")
        (self.tree / "notes").write_text("no ELF file")
        shutil.copy("/bin/true", self.tree / "true")
        n = json.loads(run("--json", self.path).stdout)[0]["sections"]
        done = run("scan", self.tree)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines(), [
            f"{two}: {len(n)} critical sections", f"{one}: {len(n)} critical sections",
            f"3 ELF files, 2 of them with critical sections: {2 * len(n)} sections"])

    def test_json(self) -> None:
        path = self.put("one.so")
        n = len(json.loads(run("--json", self.path).stdout)[0]["sections"])
        self.assertEqual(self.scan(), {
            "files": [{"file": str(path), "type": "dyn", **X86_64, "count": n, "remarks": 0}],
            "elf_files": 1, "with_sections": 1, "unsupported": 0, "count": n})

    def test_empty(self) -> None:
        self.assertEqual(self.found(), [])
        self.assertEqual(run("scan", self.tree).stdout,
                         "0 ELF files, 0 of them with critical sections: 0 sections\n")

    def test_in_order_of_names(self) -> None:
        names = [f"{name}.so" for name in ("c", "a", "b/z", "b/a", "b2")]
        for name in names:
            self.put(name)
        self.assertEqual(self.found(), ["a.so", "b/a.so", "b/z.so", "b2.so", "c.so"])

    def test_archive(self) -> None:
        path = make_archive(self.tree / "libflows.a")
        n = json.loads(run("--json", self.path).stdout)[0]["sections"]
        self.assertEqual(self.scan(), {
            "files": [{"file": f"{path}(flows.o)", "type": "rel", **X86_64, "count": len(n),
                       "remarks": 0}],
            "elf_files": 2, "with_sections": 1, "unsupported": 0, "count": len(n)})
        path.write_bytes(path.read_bytes()[:-100])
        done = run("scan", self.tree)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith(f"csinfo: {path}"), done.stderr)

    def test_symbolic_links(self) -> None:
        self.put("real/one.so")
        (self.tree / "file-link").symlink_to("real/one.so")
        (self.tree / "dir-link").symlink_to("real")
        (self.tree / "real" / "loop").symlink_to("..")
        (self.tree / "self").symlink_to("self")
        (self.tree / "dangling").symlink_to("nowhere")
        self.assertEqual(self.found(), ["real/one.so"])
        # What is named on the command line is followed.
        self.assertEqual(self.found(self.tree / "dir-link"), ["dir-link/one.so"])
        self.assertEqual(self.found(self.tree / "file-link"), ["file-link"])

    def test_each_inode_once(self) -> None:
        path = self.put("one.so")
        os.link(path, self.tree / "two.so")
        self.assertEqual(self.found(), ["one.so"])
        self.assertEqual(self.found(self.tree, self.tree, path), ["one.so"])

    def test_special_files_are_not_opened(self) -> None:
        path, fifo, sock = self.put("one.so"), self.tree / "fifo", self.tree / "socket"
        os.mkfifo(fifo)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(sock))
            with Opened(path, fifo, sock) as watch:
                self.assertEqual(self.found(), ["one.so"])
            self.assertEqual(watch.opened, ["one.so"])
            with Opened(fifo) as watch:
                done = run("scan", fifo)
            self.assertEqual((done.returncode, watch.opened), (1, []))
            self.assertEqual(done.stderr, f"csinfo: {fifo}: Not a directory\n")

    def test_bad_files_are_reported(self) -> None:
        path = self.put("one.so")
        cut, short = self.tree / "cut", self.tree / "short"
        cut.write_bytes(path.read_bytes()[:-64])
        short.write_bytes(b"\x7fELF")
        done = run("scan", "--json", self.tree, "/nonexistent")
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 3)
        for line, bad in zip(lines, (cut, short, "/nonexistent")):
            self.assertTrue(line.startswith(f"csinfo: {bad}: "), line)
        files = json.loads(done.stdout)["files"]
        self.assertEqual([os.path.basename(file["file"]) for file in files],
                         ["cut", "one.so", "short", "nonexistent"])
        self.assertEqual([("error" in file) for file in files], [True, False, True, True])

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to become another user")
    def test_unreadable(self) -> None:
        good, bad = self.put("good.so"), self.put("private/bad.so")
        self.folder.chmod(0o755)
        closed = self.tree / "closed.so"
        shutil.copy(self.path, closed)
        bad.parent.chmod(0o700)
        closed.chmod(0o600)
        program = pathlib.Path(shutil.copy(support.CSINFO, self.folder))
        shutil.copy(support.ROOT / "build" / "libcsinfo.so.0", self.folder)
        done = subprocess.run([program, "scan", self.tree], capture_output=True, text=True,
                              check=False, user=65534, group=65534, extra_groups=[])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr, f"csinfo: {closed}: Permission denied\n"
                                      f"csinfo: {bad.parent}: Permission denied\n")
        self.assertTrue(done.stdout.startswith(f"{good}: "), done.stdout)

    def test_other_file_systems(self) -> None:
        self.put("one.so")
        (self.tree / "mount").mkdir()
        script = ('mount -t tmpfs none "$1/mount" || exit 77; cp "$1/one.so" "$1/mount/two.so"; '
                  'shift; exec "$@"')

        def names(*options: str) -> List[str]:
            done = subprocess.run(
                ["unshare", "-m", "sh", "-c", script, "sh", self.tree, support.CSINFO, "scan",
                 "--json", *options, self.tree], capture_output=True, text=True, check=False)
            if done.returncode != 0 and "critical" not in done.stdout:
                self.skipTest(f"can't mount: {done.stderr.strip()}")
            return [os.path.basename(file["file"]) for file in json.loads(done.stdout)["files"]]

        self.assertEqual(names(), ["one.so"])
        self.assertEqual(names("--cross-file-systems"), ["two.so", "one.so"])

    def test_deep_tree(self) -> None:
        """Deeper than a path may be long: said, and the rest is scanned."""
        self.put("z.so")
        here = os.open(self.tree, os.O_RDONLY)
        for _ in range(30):
            os.mkdir("d" * 200, dir_fd=here)
            below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        done = run("scan", self.tree)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Acsinfo: [^\n]*/d+: File name too long\n\Z")
        self.assertTrue(done.stdout.startswith(f"{self.tree}/z.so: "))

    def test_out_of_descriptors(self) -> None:
        self.put("z.so")
        self.put("/".join(["d"] * 40) + "/deep.so")
        done = subprocess.run(["sh", "-c", 'ulimit -n 20; exec "$@"', "sh", support.CSINFO, "scan",
                               self.tree], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Acsinfo: [^\n]*/d: Too many open files\n\Z")
        self.assertTrue(done.stdout.startswith(f"{self.tree}/z.so: "))

    def test_control_characters_in_names(self) -> None:
        self.put("\033[2J\n.so")
        text = run("scan", self.tree).stdout
        self.assertTrue(text.startswith(f"{self.tree}/\\x1b[2J\\x0a.so: "), text)

    def test_progress_on_a_terminal_only(self) -> None:
        self.put("one.so")
        self.assertNotIn("files:", run("scan", self.tree).stderr)
        text = on_terminal(["scan", str(self.tree)], {**os.environ, "TERM": "xterm"}, "stderr")
        self.assertTrue(text.startswith("\r\033[K0 files: "), repr(text))
        self.assertTrue(text.endswith("\r\033[K"), repr(text))


if __name__ == "__main__":
    unittest.main()
