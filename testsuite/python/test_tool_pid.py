# SPDX-License-Identifier: MIT
"""csinfo pid, on processes of ours whose counts must come out right."""
import ctypes
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from typing import Any, Callable, Dict, Iterator, List, Tuple

import support
from toolrun import run

SOURCES = support.ROOT / "testsuite" / "tool"
SIGNATURE = 0x53053053
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
PTRACE_SEIZE = 0x4206
PF_KTHREAD = 0x00200000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def status(pid: int) -> Dict[str, str]:
    """/proc/PID/status."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def tids(pid: int) -> List[int]:
    return sorted(map(int, os.listdir(f"/proc/{pid}/task")))


def eventually(what: Callable[[], bool]) -> bool:
    """Whether WHAT becomes true within a minute."""
    end = time.monotonic() + 60
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def often(least: int, enough: Callable[[], bool] = lambda: True) -> Iterator[int]:
    """Count for two seconds, but not to less than LEAST; for a minute while not ENOUGH."""
    begin = time.monotonic()
    for number in itertools.count():
        passed = time.monotonic() - begin
        if number >= least and passed > (2 if enough() else 60):
            return
        yield number


class WithSitter(unittest.TestCase):
    """sitter.c, built in a folder that lives as long as the tests of the class."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.folder.chmod(0o755)
        cls.sitter = support.build(cls.folder / "sitter", [
            "gcc", "-O2", "-g", "-pthread", str(SOURCES / "sitter.c")])
        cls.symbols = support.symbols(cls.sitter)

    def start(self, mode: str, program: object = None, **options: Any) -> "subprocess.Popen[str]":
        process = subprocess.Popen([str(program or self.sitter), mode], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        if not line and process.wait() == 77:
            self.skipTest("rseq is not registered here")
        self.assertEqual(line, "ready\n")
        return process

    def start_all(self) -> "subprocess.Popen[str]":
        """The program with all five threads, which have registered their areas."""
        process = self.start("sit")
        self.assertTrue(eventually(lambda: [thread.get("registered") for thread in self.look(
            process.pid)["threads"]] == 5 * [True]))
        return process

    def finish(self, process: "subprocess.Popen[str]") -> Tuple[int, int, int]:
        """End PROCESS.  Returns its events, aborts and signals."""
        output, _ = process.communicate("", timeout=60)
        found = re.fullmatch(r"(\d+) events, (\d+) aborts, (\d+) signals\n", output)
        self.assertIsNotNone(found, output)
        self.assertEqual(process.returncode, 0, f"events were lost: {output}")
        events, aborts, signals = map(int, found.groups())
        return events, aborts, signals

    def look(self, pid: int, *options: str, **more: Any) -> Dict[str, Any]:
        done = run("pid", "--json", *options, pid, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (document,) = json.loads(done.stdout)
        return document

    def assert_free(self, pid: int) -> None:
        """No thread of PID is stopped or traced."""
        for tid in tids(pid):
            try:
                now = status(tid)
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.assertEqual(now["TracerPid"], "0")
            self.assertNotIn(now["State"][0], "tT")


class TestPid(WithSitter):
    def test_objects(self) -> None:
        process = self.start("sit")
        document = self.look(process.pid)
        self.assertEqual((document["pid"], document["name"]), (process.pid, "sitter"))
        maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text().splitlines()
        bias = min(int(line.split("-")[0], 16) for line in maps if line.endswith("/sitter"))
        (in_file,) = json.loads(run("--json", self.sitter).stdout)
        (found,) = document["objects"]
        self.assertEqual((found["file"], found["bias"], found["machine"]),
                         (str(self.sitter), bias, 62))
        self.assertGreater(len(found["sections"]), 0)
        for section, here in zip(in_file["sections"], found["sections"]):
            for key in ("start_ip", "commit_ip", "abort_ip", "descriptor"):
                self.assertEqual(here[key], section[key] + bias)
            for key in ("signature", "function", "marks"):
                self.assertEqual(here[key], section[key])

    def test_threads(self) -> None:
        process = self.start_all()
        # A thread registers its area soon after it has begun.
        self.assertTrue(eventually(lambda: all(
            thread["registered"] for thread in self.look(process.pid)["threads"])))
        document = self.look(process.pid)
        self.assertEqual([thread["tid"] for thread in document["threads"]], tids(process.pid))
        for thread in document["threads"]:
            self.assertEqual(thread["name"], "sitter")
            self.assertNotIn("problem", thread)
            self.assertTrue(thread["registered"])
            self.assertEqual((thread["size"], thread["signature"]), (32, SIGNATURE))
            self.assertEqual(thread["area"] % 32, 0)
            self.assertIn(thread["cpu_id"], range(os.cpu_count() or 1))
            self.assertEqual((thread["cpu_id_start"], thread["flags"]), (thread["cpu_id"], 0))
        first = document["threads"][0]
        self.assertEqual((first["rseq_cs"], first["inside"], first["section"]), (0, False, None))
        self.assertEqual(len({thread["area"] for thread in document["threads"]}), 5)
        self.finish(process)

    def test_inside(self) -> None:
        """Threads that spend nearly all their time in a section are seen there."""
        process = self.start("sit")
        seen = 0
        for _ in range(10):
            document = self.look(process.pid)
            sections = document["objects"][0]["sections"]
            for thread in document["threads"]:
                if not thread.get("inside"):
                    continue
                seen += 1
                section = thread["section"]
                offset = thread["pc"] - section["start_ip"]
                self.assertIn(offset, range(section["post_commit_offset"]))
                (same,) = [each for each in sections if each["descriptor"] == thread["rseq_cs"]]
                self.assertEqual((section["start_ip"], section["abort_ip"], section["function"]),
                                 (same["start_ip"], same["abort_ip"], same["function"]))
                self.assertIn(section["function"], ("slow_add", "sit", "add_once"))
        self.assertGreater(seen, 0)
        _, aborts, _ = self.finish(process)
        self.assertGreaterEqual(aborts, seen)

    def test_text(self) -> None:
        process = self.start_all()
        for _ in range(20):
            done = run("pid", process.pid)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            if " inside " in done.stdout:
                break
        self.assertRegex(done.stdout, rf"\Aprocess {process.pid} sitter\n"
                         rf"{re.escape(str(self.sitter))}, load bias 0x[0-9a-f]+000\n  START ")
        threads = re.split(r"(?m)^thread (\d+) sitter\n", done.stdout)
        self.assertEqual(list(map(int, threads[1::2])), tids(process.pid))
        number = r"0x[0-9a-f]+"
        for text in threads[2::2]:
            self.assertRegex(
                text, rf"\A    area     {number} size 32 signature 0x53053053\n"
                r"    ids      cpu_id_start \d+ cpu_id \d+( node_id \d+)?( mm_cid \d+)? flags 0x0\n"
                rf"    rseq_cs  {number}( \w+)?(, left; the kernel has not cleared it yet)?\n"
                rf"    pc       {number} (in no section|in \w+, not armed|"
                r"inside \w+, which this stop aborts)\n\Z")
        self.assertRegex(done.stdout, r" inside \w+, which this stop aborts\n")

    def test_not_registered(self) -> None:
        environ = {**os.environ, "GLIBC_TUNABLES": "glibc.pthread.rseq=0"}
        with subprocess.Popen(["sleep", "60"], env=environ) as process:
            self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "S"))
            (thread,) = self.look(process.pid)["threads"]
            text = run("pid", process.pid).stdout
            process.kill()
        self.assertFalse(thread["registered"])
        self.assertNotIn("cpu_id", thread)
        self.assertIn("\n    area     none is registered\n", text)
        self.assertIn("\nno critical sections in the files that it has mapped\n", text)

    def test_by_the_number_of_a_thread(self) -> None:
        process = self.start_all()
        document = self.look(tids(process.pid)[-1])
        self.assertEqual((document["pid"], len(document["threads"])), (process.pid, 5))

    def test_several(self) -> None:
        one, two = self.start("sit"), self.start("sit")
        done = run("pid", "--json", one.pid, "999999999", two.pid)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "csinfo: 999999999: No such process\n")
        good, bad, other = json.loads(done.stdout)
        self.assertEqual((good["pid"], other["pid"]), (one.pid, two.pid))
        self.assertEqual(bad, {"pid": 999999999, "error": "No such process"})

    def test_no_stop(self) -> None:
        process = self.start("sit")
        document = self.look(process.pid, "--no-stop")
        self.assertEqual(len(document["objects"]), 1)
        for thread in document["threads"]:
            self.assertEqual(thread["problem"], "not stopped")
            self.assertNotIn("area", thread)
        # The first thread waits in read(), and its pc is known.
        self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "S"))
        self.assertIn("pc", self.look(process.pid, "--no-stop")["threads"][0])

    def test_i386(self) -> None:
        if not support.have("clang", "ld.lld"):
            self.skipTest("no clang or no lld")
        program = support.build(self.folder / "sitter32", [
            "clang", "--target=i386-linux-gnu", "-nostdlib", "-static", "-fuse-ld=lld",
            str(SOURCES / "sitter32.S")])
        process = subprocess.Popen([program])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        time.sleep(0.1)
        if process.poll() is not None:
            self.skipTest(f"no 32-bit programs with rseq here (status {process.returncode})")
        symbols = support.symbols(program)

        def seen_inside() -> bool:
            self.document = self.look(process.pid)
            return self.document["threads"][0]["inside"]

        self.assertTrue(eventually(seen_inside))
        (thread,) = self.document["threads"]
        self.assertEqual((thread["area"], thread["size"], thread["signature"]),
                         (symbols["area"], 32, SIGNATURE))
        self.assertEqual(thread["rseq_cs"], symbols["descriptor"])
        (found,) = self.document["objects"]
        (section,) = found["sections"]
        self.assertEqual((found["machine"], found["bias"]), (3, 0))
        self.assertEqual((section["start_ip"], section["commit_ip"], section["abort_ip"]),
                         tuple(symbols[name] for name in ("start", "commit", "abort")))


class TestHarm(WithSitter):
    """What a process must not notice."""

    def test_counts_with_threads_that_come_and_go(self) -> None:
        process = self.start("churn")
        for _ in often(10):
            self.look(process.pid)
        self.assert_free(process.pid)
        events, _, _ = self.finish(process)
        self.assertGreater(events, 0)

    def test_killed_at_any_moment(self) -> None:
        process = self.start("churn")
        begin = time.monotonic()
        for _ in range(5):
            self.look(process.pid)
        usual = (time.monotonic() - begin) / 5
        choose = random.Random(1)
        ends: List[int] = []
        for _ in often(5, lambda: 0 in ends and min(ends) < 0):
            for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP):
                with subprocess.Popen([support.CSINFO, "pid", str(process.pid)],
                                      stdout=subprocess.DEVNULL) as look:
                    time.sleep(choose.uniform(0, 1.5 * usual))
                    look.send_signal(how)
                ends.append(look.returncode)
        # Both must have been met for this to mean anything.
        self.assertIn(0, ends)
        self.assertLess(min(ends), 0)
        self.assert_free(process.pid)
        events, _, _ = self.finish(process)
        self.assertGreater(events, 0)

    def test_stopped_from_the_keyboard(self) -> None:
        """Ctrl-Z: csinfo stops when it has let go of all threads, and not before."""
        process = self.start("churn")
        choose = random.Random(2)
        stops = 0
        for _ in often(10, lambda: stops > 0):
            # In a group of its own: the kernel does not stop one whose parent has gone.
            with subprocess.Popen([support.CSINFO, "pid", str(process.pid)],
                                  stdout=subprocess.DEVNULL,
                                  preexec_fn=lambda: os.setpgid(0, 0)) as look:
                time.sleep(choose.uniform(0, 0.02))
                os.kill(look.pid, signal.SIGTSTP)
                _, how = os.waitpid(look.pid, os.WUNTRACED)
                if os.WIFSTOPPED(how):
                    stops += 1
                else:
                    look.returncode = how
                try:
                    self.assert_free(process.pid)
                finally:
                    look.kill()
        self.assertGreater(stops, 0)
        self.finish(process)

    def test_no_signal_is_lost(self) -> None:
        process = self.start("signals")
        slow = support.build(self.folder / "slow-ptrace.so", [
            "gcc", "-O2", "-shared", "-fPIC", str(SOURCES / "slow-ptrace.c")])
        for _ in range(20):
            self.look(process.pid, env={**os.environ, "LD_PRELOAD": str(slow)})
        _, _, signals = self.finish(process)
        self.assertGreater(signals, 0)

    def test_stopped_stays_stopped(self) -> None:
        process = self.start_all()
        process.send_signal(signal.SIGSTOP)
        self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "T"))
        for _ in range(20):
            for thread in self.look(process.pid)["threads"]:
                self.assertTrue(thread["registered"])
        self.assertTrue(eventually(
            lambda: {status(tid)["State"][0] for tid in tids(process.pid)} == {"T"}))
        process.send_signal(signal.SIGCONT)
        self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "S"))
        self.finish(process)

    def test_first_thread_has_ended(self) -> None:
        process = self.start("leader")
        self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "Z"))
        self.assertTrue(eventually(lambda: [thread.get("registered") for thread in self.look(
            process.pid)["threads"]] == [None] + 5 * [True]))
        document = self.look(process.pid)
        self.assertEqual(len(document["objects"]), 1)
        self.assertEqual(document["threads"][0]["problem"], "ended")
        self.finish(process)

    def test_thread_that_does_not_stop(self) -> None:
        process = self.start("vfork")
        self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "D"))
        (thread,) = self.look(process.pid)["threads"]
        self.assertEqual(thread["problem"],
                         "does not stop: it waits in the kernel, uninterruptibly")
        self.assertNotIn("area", thread)
        self.assert_free(process.pid)
        self.finish(process)


class TestRefused(WithSitter):
    """What can't be looked at: one clear line."""

    def assert_fails(self, pid: object, message: str, **options: Any) -> str:
        done = run("pid", pid, **options)
        self.assertEqual((done.returncode, done.stderr), (1, f"csinfo: {pid}: {message}\n"))
        return done.stdout

    def as_nobody(self) -> Dict[str, Any]:
        """Options of run() for a csinfo that another user runs."""
        if os.geteuid() != 0:
            self.skipTest("needs root, to become another user")
        program = shutil.copy(support.CSINFO, self.folder)
        shutil.copy(support.ROOT / "build" / "libcsinfo.so.0", self.folder)
        return {"program": program, **NOBODY}

    def test_no_process(self) -> None:
        self.assertEqual(self.assert_fails(999999999, "No such process"), "")

    def test_not_a_number(self) -> None:
        for text in ("x", "1x", "-1", "0", "99999999999999999999"):
            done = run("pid", "--", text)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertTrue(done.stderr.startswith(f"csinfo: {text}: not a process number\n"))

    def test_zombie(self) -> None:
        with subprocess.Popen(["true"]) as process:
            self.assertTrue(eventually(lambda: status(process.pid)["State"][0] == "Z"))
            self.assert_fails(process.pid, "a zombie: the process has ended")

    def test_kernel_thread(self) -> None:
        try:
            flags = int(pathlib.Path("/proc/2/stat").read_text().rpartition(")")[2].split()[6])
        except FileNotFoundError:
            flags = 0
        if not flags & PF_KTHREAD:
            self.skipTest("no kernel thread is to be seen")
        self.assert_fails(2, "a kernel thread, which has no critical sections")

    def test_traced_already(self) -> None:
        process = self.start_all()
        self.assertEqual(libc.ptrace(PTRACE_SEIZE, process.pid, None, None), 0)
        text = self.assert_fails(process.pid, "1 of 5 threads can't be stopped: "
                                              f"traced by process {os.getpid()} already")
        self.assertIn(f"\n    state    traced by process {os.getpid()} already\n", text)
        self.assertEqual(text.count(" signature 0x53053053\n"), 4)

    def test_other_user(self) -> None:
        options = self.as_nobody()
        process = self.start("sit")
        self.assertEqual(self.assert_fails(process.pid, "Permission denied", **options), "")
        done = run("pid", "--json", process.pid, **options)
        self.assertEqual(json.loads(done.stdout), [{
            "pid": process.pid, "name": "sitter", "objects": [], "threads": [],
            "error": "Permission denied"}])

    def test_same_user_without_privilege(self) -> None:
        options = self.as_nobody()
        process = self.start("sit", **NOBODY)
        document = self.look(process.pid, **options)
        self.assertEqual(document["objects"][0]["file"], str(self.sitter))
        self.assertTrue(document["threads"][0]["registered"])


class TestFiles(WithSitter):
    """Programs whose file is not where it was."""

    def moved(self, name: str) -> Iterator[Tuple[pathlib.Path, Dict[str, Any]]]:
        """A copy of the program under NAME; twice, to be run by root and by another user."""
        users: List[Dict[str, Any]] = [{}]
        if os.geteuid() == 0:
            shutil.copy(support.ROOT / "build" / "libcsinfo.so.0", self.folder)
            users.append(NOBODY)
        for user in users:
            with self.subTest(user=user):
                path = self.folder / name
                path.unlink(missing_ok=True)
                yield pathlib.Path(shutil.copy(self.sitter, path)), user

    def options(self, user: Dict[str, Any]) -> Dict[str, Any]:
        """Those of run() for a csinfo that USER runs."""
        return {**user, "program": shutil.copy(support.CSINFO, self.folder)} if user else {}

    def objects(self, process: "subprocess.Popen[str]", user: Dict[str, Any]) -> List[Any]:
        return self.look(process.pid, **self.options(user))["objects"]

    def test_library(self) -> None:
        """One that is mapped beside the program, without and with its file."""
        for path, user in self.moved("program"):
            library = self.folder / "libflows.so"
            support.build(library, ["gcc", "-nostdlib", "-shared", "-fPIC",
                                    str(support.FIXTURES / "flows.S")])
            environ = {**os.environ, "LD_PRELOAD": str(library)}
            process = self.start("sit", path, env=environ, **user)
            program, flows = sorted(self.objects(process, user), key=lambda each: each["file"],
                                    reverse=True)
            self.assertEqual((program["file"], flows["file"]), (str(path), str(library)))
            start = next(section["start_ip"] for section in flows["sections"]
                         if section["function"] == "adjacent")
            self.assertEqual(start - flows["bias"],
                             support.symbols(library)["adjacent_start"])
            library.unlink()
            done = run("pid", "--json", process.pid, **self.options(user))
            found = json.loads(done.stdout)[0]["objects"]
            by_name = {each["file"]: each for each in found}
            gone = f"{library} (deleted)"
            self.assertEqual(set(by_name), {str(path), gone})
            if user:
                self.assertEqual((done.returncode, done.stderr),
                                 (1, f"csinfo: {gone}: only root can still read it\n"))
                self.assertIn("error", by_name[gone])
            else:
                self.assertEqual(by_name[gone]["sections"], flows["sections"])

    def test_deleted(self) -> None:
        for path, user in self.moved("gone"):
            process = self.start("sit", path, **user)
            path.unlink()
            (found,) = self.objects(process, user)
            self.assertEqual(found["file"], f"{path} (deleted)")
            self.assertGreater(len(found["sections"]), 0)

    def test_replaced(self) -> None:
        for path, user in self.moved("other"):
            process = self.start("sit", path, **user)
            path.unlink()
            shutil.copy("/bin/true", path)
            (found,) = self.objects(process, user)
            self.assertGreater(len(found["sections"]), 0)

    def test_newline_in_the_name(self) -> None:
        for path, user in self.moved("new\nline"):
            process = self.start("sit", path, **user)
            (found,) = self.objects(process, user)
            self.assertEqual(found["file"], str(path))
            text = run("pid", process.pid).stdout
            self.assertIn(f"{self.folder}/new\\x0aline, load bias ", text)


if __name__ == "__main__":
    unittest.main()
