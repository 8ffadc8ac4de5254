#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command against a daemon, over the real socket.

    control_e2e_test.py --tacet TACET --server SERVER
    control_e2e_test.py --tacet TACET --tacetd TACETD

SERVER is control_test_server, a daemon without audio; TACETD is the daemon,
which runs on its fake backend.
"""

import argparse
import itertools
import json
import os
import pathlib
import pty
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

OPTIONS = argparse.Namespace()
NO_DAEMON = 3
MODEL = (pathlib.Path(__file__).resolve().parent.parent / "testdata" /
         "teacher-small.tacet")


def daemon_command():
    if OPTIONS.server:
        return [OPTIONS.server]
    return [OPTIONS.tacetd, "--backend", "fake", "--model", str(MODEL)]


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory(prefix="tacet_e2e_", dir="/tmp")
        self.addCleanup(self.temp.cleanup)
        root = pathlib.Path(self.temp.name)
        self.run_dir = root / "run"
        self.run_dir.mkdir(mode=0o700)
        self.config_file = root / "config" / "tacet" / "tacet.toml"
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(self.run_dir),
                        XDG_CONFIG_HOME=str(root / "config"),
                        XDG_CONFIG_DIRS=str(root / "etc"), HOME=str(root))
        self.env.pop("NOTIFY_SOCKET", None)
        self.socket_path = self.run_dir / "tacet" / "control.sock"
        self.daemon = None

    def start(self):
        self.daemon = subprocess.Popen(daemon_command(), env=self.env,
                                       stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)
        end = time.monotonic() + 60
        while self.tacet("status").returncode != 0:
            self.assertIsNone(self.daemon.poll(), "the daemon ended")
            self.assertLess(time.monotonic(), end, "the daemon does not answer")
            time.sleep(0.02)

    def end(self):
        if self.daemon.poll() is None:
            self.daemon.kill()
        self.daemon.wait()

    def tacet(self, *arguments, timeout=60, **options):
        return subprocess.run([OPTIONS.tacet, *arguments], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, **options)

    def fine(self, *arguments):
        done = self.tacet(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        # Without a time limit it waits while the daemon's queue is full.
        client.connect(str(self.socket_path))
        client.settimeout(20)
        return client


class WithoutDaemon(DaemonTest):
    def test_each_command_says_so_and_exits_3(self):
        for command in (["status"], ["top"], ["set", "strength=3"],
                        ["mode", "mute"], ["devices"], ["reload"],
                        ["latency"], ["latency", "--loopback", "--force"],
                        ["metrics"], ["stop"], ["model", "use", "base"]):
            done = self.tacet(*command)
            self.assertEqual(done.returncode, NO_DAEMON, command)
            self.assertIn("no daemon runs", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_without_a_runtime_folder_it_says_what_to_do(self):
        del self.env["XDG_RUNTIME_DIR"]
        done = self.tacet("status")
        self.assertEqual(done.returncode, NO_DAEMON)
        self.assertIn("XDG_RUNTIME_DIR is not set", done.stderr)

    def test_doctor_finds_that_no_daemon_runs(self):
        done = self.tacet("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"PROBLEM +daemon")
        self.assertRegex(done.stdout, r"ok +configuration")

    def test_doctor_asks_for_no_more_locked_memory_than_a_daemon_takes(self):
        def limit(num_mib):
            # Else it finds that first.
            resource.setrlimit(resource.RLIMIT_RTPRIO, (20, 20))
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (num_mib << 20,) * 2)

        for num_mib, grade in ((8, "ok"), (1, "hint")):  # Debian's is 8
            try:
                done = self.tacet("doctor", preexec_fn=lambda: limit(num_mib))
            except subprocess.SubprocessError:
                self.skipTest("may not raise the limit of real time")
            self.assertRegex(done.stdout, rf"{grade} +real time")

    def test_wrong_usage_exits_2(self):
        for command in (["mode"], ["set"], ["latency", "--force"], ["config"]):
            self.assertEqual(self.tacet(*command).returncode, 2, command)


class CannedDaemon(DaemonTest):
    """A daemon that gives answers of the test's own."""

    BUSY = b'{"v":1,"id":null,"ok":false,"error":"full house","busy":true}\n'

    def serve(self, lines):
        """Takes connections and gives each the next of `lines`."""
        self.socket_path.parent.mkdir(mode=0o700, exist_ok=True)
        self.socket_path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket_path))
        listener.listen()

        def run():
            for line in lines:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    if line != self.BUSY:
                        client.recv(65536)
                    client.sendall(line)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(listener.close)
        # It wakes an accept that would wait for ever.
        self.addCleanup(listener.shutdown, socket.SHUT_RDWR)

    def doctor(self, status):
        """What it says of a daemon of this status."""
        self.serve([json.dumps(dict(v=1, id=1, ok=True, result=result)).encode()
                    + b"\n" for result in (status, {"devices": []})])
        done = self.tacet("doctor")
        return next(line for line in done.stdout.splitlines()
                    if re.search(r"^\w+ +daemon ", line))

    def test_doctor_tells_who_has_no_server_from_who_starts(self):
        for error, detail, found in (
                ("jack: no server", "", "PROBLEM .*sound yet: jack: no server"),
                ("", "opening", "hint .*sound yet: opening")):
            self.assertRegex(
                self.doctor({"state": "starting", "last_error": error,
                             "device": {"detail": detail}}), found)

    def test_who_finds_no_room_comes_again(self):
        self.serve([self.BUSY, self.BUSY, b'{"v":1,"id":1,"ok":true,"result":'
                    b'{"mode":"mute"}}\n'])
        self.assertEqual(self.fine("mode", "mute"), "mute\n")

    def test_who_finds_no_room_for_long_gives_up_in_the_daemons_words(self):
        self.serve(itertools.repeat(self.BUSY))
        done = self.tacet("mode", "mute")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "tacet: full house\n")


class Configuration(DaemonTest):
    def test_init_check_and_show_agree(self):
        self.assertEqual(self.fine("config", "init").strip(),
                         str(self.config_file))
        self.assertIn("fine", self.fine("config", "check"))
        self.assertNotIn(str(self.config_file), self.fine("config", "show"))
        again = self.tacet("config", "init")
        self.assertEqual(again.returncode, 1)
        self.assertIn("--force", again.stderr)
        self.config_file.write_text("[audio]\nchannels = 2\n")
        self.assertIn(f"channels = 2  # {self.config_file}:2",
                      self.fine("config", "show"))
        self.fine("config", "init", "--force")
        self.assertIn("channels = 1  # default", self.fine("config", "show"))

    def test_check_names_each_mistake(self):
        self.config_file.parent.mkdir(parents=True)
        self.config_file.write_text("[audio]\nchanels = 2\nperiod_frames = 1\n")
        done = self.tacet("config", "check")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            f"{self.config_file}:2: unknown key audio.chanels; did you mean "
            "audio.channels?\n"
            f"{self.config_file}:3: audio.period_frames: 1, expected 16 to "
            "8192, or 0\n")
        doctor = self.tacet("doctor")
        self.assertRegex(doctor.stdout, r"PROBLEM +configuration")


class WithDaemon(DaemonTest):
    def setUp(self):
        super().setUp()
        self.start()

    def status(self):
        return json.loads(self.fine("status", "--json"))

    def test_status_for_people_and_programs(self):
        self.assertIn("state        ", self.fine("status"))
        status = self.status()
        self.assertEqual(status["pid"], self.daemon.pid)
        self.assertEqual(status["backend"], "fake")
        self.assertTrue(status["counters"]["balanced"])

    def test_the_socket_is_the_users_alone(self):
        self.assertEqual(stat.S_IMODE(self.socket_path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.socket_path.parent.stat().st_mode),
                         0o700)

    def test_modes(self):
        for mode, expected in (("mute", "mute"), ("toggle", "clean"),
                               ("toggle", "bypass"), ("toggle", "clean")):
            self.assertEqual(self.fine("mode", mode).strip(), expected)
            self.assertEqual(self.status()["mode"], expected)
        self.assertEqual(self.tacet("mode", "loud").returncode, 1)

    def test_set_takes_what_is_right(self):
        self.fine("set", "strength=12")
        self.assertEqual(self.tacet("set", "volume=1").returncode, 1)
        self.assertEqual(self.tacet("set", "volume").returncode, 2)

    def test_latency_is_shown_and_reset(self):
        stages = json.loads(self.fine("latency", "--json"))["stages"]
        self.assertEqual([s["stage"] for s in stages],
                         ["capture_wait", "analysis", "network", "synthesis",
                          "queueing", "end_to_end"])
        self.assertIn("p99.9", self.fine("latency", "--reset"))

    def test_metrics_have_the_form_of_prometheus(self):
        for line in self.fine("metrics").splitlines():
            self.assertRegex(
                line, r'^(# (HELP|TYPE) tacet_\w+ .+'
                r'|tacet_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+\w.]+)$')

    def test_devices_are_listed(self):
        self.assertRegex(self.fine("devices"), r"(?m)^[* ] \S")

    def test_top_prints_lines_into_a_pipe(self):
        lines = self.fine("top", "-n", "3").splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r"in=\S+dB out=\S+dB .*misses=\d+ xruns=\d+")

    def test_top_on_a_terminal_ends_on_q_and_restores_it(self):
        for key in (b"q", b"\x03"):
            ours, theirs = pty.openpty()
            top = subprocess.Popen([OPTIONS.tacet, "top"], env=self.env,
                                   stdin=theirs, stdout=theirs, stderr=theirs)
            os.close(theirs)
            shown = b""
            while b"q quits" not in shown:
                ready, _, _ = select.select([ours], [], [], 20)
                self.assertTrue(ready, shown)
                shown += os.read(ours, 65536)
            os.write(ours, key)
            try:
                while select.select([ours], [], [], 20)[0]:
                    data = os.read(ours, 65536)
                    if not data:
                        break
                    shown += data
            except OSError:
                pass  # the other end is closed
            self.assertEqual(top.wait(60), 0)
            self.assertTrue(shown.rstrip().endswith(b"\x1b[?25h"))
            os.close(ours)

    def test_answers_are_quick(self):
        client = self.connect()
        self.addCleanup(client.close)
        lines = client.makefile("rb")
        times = []
        for number in range(200):
            request = {"v": 1, "id": number, "cmd": "status"}
            begin = time.monotonic()
            client.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(lines.readline())
            times.append(time.monotonic() - begin)
            self.assertEqual(answer["id"], number)
        # The quickest: a busy machine makes answers late, none early, and a
        # loop that only looks now and then would be late with each.
        self.assertLess(min(times), 0.010)

    def test_hostile_clients_hold_nobody_up(self):
        garbage = self.connect()
        garbage.sendall(b"\x00\xff GET / HTTP/1.1\r\n\r\n")
        self.assertFalse(json.loads(garbage.makefile("rb").readline())["ok"])
        endless = self.connect()
        with self.assertRaises(OSError):
            for _ in range(1 << 14):  # 1 GiB
                endless.sendall(b"x" * (1 << 16))
        half_open = self.connect()
        half_open.sendall(b'{"v":1,')
        greedy = self.connect()
        greedy.settimeout(0.2)
        with self.assertRaises(OSError):
            for _ in range(1 << 14):
                greedy.sendall(b'{"v":1,"cmd":"metrics"}\n' * 100)
        self.assertEqual(self.status()["pid"], self.daemon.pid)
        crowd = [self.connect() for _ in range(1000)]
        ready = select.select(crowd, [], [], 0)[0]
        refusals = [c for c in ready if b"too many" in c.recv(4096)]
        # The first may have been dropped as idle, if this took long.
        self.assertGreater(len(refusals), 900)
        for client in crowd + [garbage, endless, half_open, greedy]:
            client.close()
        self.assertEqual(self.status()["pid"], self.daemon.pid)

    def test_stop_ends_it_and_leaves_nothing(self):
        self.fine("stop")
        self.assertEqual(self.daemon.wait(60), 0)
        self.assertFalse(self.socket_path.exists())
        self.assertEqual(self.tacet("status").returncode, NO_DAEMON)

    def test_a_killed_daemons_socket_is_replaced(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.assertTrue(self.socket_path.exists())
        self.assertEqual(self.tacet("status").returncode, NO_DAEMON)
        self.start()
        self.assertEqual(self.status()["pid"], self.daemon.pid)

    def test_a_second_daemon_refuses_to_start(self):
        second = subprocess.run(daemon_command(), env=self.env, timeout=20,
                                capture_output=True, text=True)
        self.assertNotEqual(second.returncode, 0)
        self.assertEqual(self.status()["pid"], self.daemon.pid)


class WithTestServer(DaemonTest):
    """What only a daemon with known answers can show."""

    def setUp(self):
        super().setUp()
        if OPTIONS.tacetd:
            self.skipTest("needs the test server")
        self.start()

    def test_errors_are_the_daemons_own_words(self):
        done = self.tacet("set", "volume=1")
        self.assertEqual(done.stderr, 'tacet: unknown key "volume"\n')
        done = self.tacet("model", "use", "bad")
        self.assertEqual(done.stderr, "tacet: bad: is no model\n")

    def test_loopback_asks_first(self):
        done = self.tacet("latency", "--loopback")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--force", done.stderr)
        self.assertIn("end to end 34.50 ms (median of 20 bursts of 20)",
                      self.fine("latency", "--loopback", "--force"))

    def test_status_shows_the_figures(self):
        text = self.fine("status")
        self.assertRegex(text, r"state +running, up 1:01:01, pid")
        self.assertRegex(text, r"levels +in -30.0 dB, out -45.0 dB, taken "
                         r"away 15.0 dB")
        self.assertRegex(text, r"faults +3 xruns, 2 deadline misses")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tacet", required=True)
    parser.add_argument("--server")
    parser.add_argument("--tacetd")
    OPTIONS, rest = parser.parse_known_args()
    if bool(OPTIONS.server) == bool(OPTIONS.tacetd):
        parser.error("give one of --server and --tacetd")
    unittest.main(argv=[sys.argv[0], *rest])
