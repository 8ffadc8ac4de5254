#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command against a daemon, over the real socket.

    control_e2e_test.py --tacet TACET --server SERVER
    control_e2e_test.py --tacet TACET --tacetd TACETD

SERVER is control_test_server, a daemon without audio; TACETD is the daemon,
which runs on its fake backend.
"""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import pty
import re
import resource
import select
import shutil
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

    def found(self, subject, **options):
        """What doctor says of it, and what to do in the next line, if any."""
        done = self.tacet("doctor", **options).stdout
        return re.search(rf"(?m)^\w+ +{subject} .*\n( +->.*)?", done)[0]

    def test_doctor_looks_at_the_runtime_folder(self):
        self.assertRegex(self.found("runtime folder"),
                         rf"^ok .*{self.run_dir}\n$")
        self.run_dir.chmod(0o755)
        self.assertRegex(self.found("runtime folder"),
                         r"PROBLEM .*not yours alone\n.*chmod 0700")
        self.run_dir.rmdir()
        self.assertRegex(self.found("runtime folder"),
                         "PROBLEM .*No such file or directory")
        del self.env["XDG_RUNTIME_DIR"]
        self.assertRegex(self.found("runtime folder"),
                         r"PROBLEM .*is not set.*\n.*export XDG_RUNTIME_DIR=")

    def configure(self, section, key, value):
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(f'[{section}]\n{key} = "{value}"\n')

    def test_doctor_looks_for_the_model(self):
        self.assertRegex(self.found("model"), r"^ok +model +\w+, \d+ bytes\n$")
        self.configure("denoise", "model", "/nowhere/else.tacet")
        self.assertRegex(self.found("model"),
                         r"PROBLEM .*/nowhere/else.tacet.*\n.*denoise.model")

    def test_doctor_looks_for_the_sound_server_that_is_wanted(self):
        for name in ("PULSE_SERVER", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR"):
            self.env.pop(name, None)
        for backend, name, path in (
                ("pulseaudio", "PulseAudio", "pulse/native"),
                ("pipewire", "PipeWire", "pipewire-0")):
            self.configure("audio", "backend", backend)
            self.assertRegex(self.found("sound servers"), "^PROBLEM ")
            place = self.run_dir / path
            place.parent.mkdir(exist_ok=True)
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(place))
                server.listen()
                self.assertRegex(self.found("sound servers"),
                                 rf"^ok .*{name}.* reachable\n$")
            # Its socket is still there, but nobody listens.
            self.assertRegex(self.found("sound servers"), "^PROBLEM ")
        self.configure("audio", "backend", "fake")
        self.assertRegex(self.found("sound servers"), "^ok ")

    def test_doctor_looks_at_permissions(self):
        self.assertRegex(self.found("permissions"), "^hint .*you are root"
                         if os.geteuid() == 0 else "^ok ")

    def test_doctor_looks_at_the_limit_of_real_time(self):
        def forbid():
            resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))

        found = self.found("real time", preexec_fn=forbid)
        if pathlib.Path("/usr/share/dbus-1/system-services/"
                        "org.freedesktop.RealtimeKit1.service").exists():
            self.assertNotIn("limit 20", found)  # the bus may not run
        else:
            self.assertRegex(found, r"hint .*neither .*\n.*install rtkit")

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
        for command in (["mode"], ["set"], ["latency", "--force"], ["config"],
                        ["latency", "--even-if-heard"]):
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
                with client, contextlib.suppress(OSError):  # it may be gone
                    if line != self.BUSY:
                        client.recv(65536)
                    client.sendall(line)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(listener.close)
        # It wakes an accept that would wait for ever.
        self.addCleanup(listener.shutdown, socket.SHUT_RDWR)

    def doctor(self, status, devices=(), subject="daemon"):
        """What it says of `subject`, of a daemon of this status; "": nothing.
        With what to do in the next line, if anything."""
        version = self.tacet("--version").stdout.split()[1]
        status = {"version": version, "state": "idle", "backend": "fake",
                  "mode": "clean"} | status
        self.serve([json.dumps(dict(v=1, id=1, ok=True, result=result)).encode()
                    + b"\n" for result in (status, {"devices": devices})])
        lines = self.tacet("doctor").stdout
        found = re.search(rf"(?m)^\w+ +{subject} .*\n( +->.*)?", lines)
        return found[0] if found else ""

    MICROPHONES = [{"name": "mic", "default": True}, {"name": "usb"},
                   {"name": "speaker.monitor", "monitor": True}]

    def test_doctor_tells_who_has_no_server_from_who_starts(self):
        for error, detail, found in (
                ("jack: no server", "", "PROBLEM .*sound yet: jack: no server"),
                ("", "opening", "hint .*sound yet: opening")):
            self.assertRegex(
                self.doctor({"state": "starting", "last_error": error,
                             "device": {"detail": detail}}), found)

    def test_doctor_tells_how_the_daemon_is(self):
        self.assertRegex(self.doctor({}), r"^ok +daemon +idle, fake")
        self.assertRegex(
            self.doctor({"state": "recovering", "last_error": "no server"}),
            "PROBLEM .*no sound: no server")
        running = {"state": "running", "realtime": {"kind": "none",
                                                    "detail": "no right"}}
        self.assertRegex(self.doctor(running),
                         "hint .*without real-time scheduling: no right")
        running["realtime"]["kind"] = "rtkit"
        self.assertRegex(self.doctor(running), "^ok .*running, fake")

    def test_doctor_tells_of_a_daemon_that_answers_with_an_error(self):
        self.serve([b'{"v":1,"id":1,"ok":false,"error":"not today"}\n',
                    self.BUSY])
        self.assertRegex(self.tacet("doctor").stdout,
                         r"PROBLEM +daemon +not today\n.*restart tacetd")

    def test_doctor_is_silent_where_nothing_is_amiss(self):
        for subject in ("version", "mode", "model in use", "faults"):
            self.assertEqual(self.doctor({"counters": {
                "xruns": 3, "deadline_misses": 2, "balanced": True}},
                self.MICROPHONES, subject), "")

    def test_doctor_finds_an_older_daemon(self):
        self.assertRegex(self.doctor({"version": "0.0.9"}, subject="version"),
                         r"hint .*daemon is version 0.0.9, this is .*\n"
                         r".*restart tacetd")
        program = pathlib.Path(self.temp.name, "sleep")
        shutil.copy(shutil.which("sleep"), program)
        old = subprocess.Popen([program, "60"])
        self.addCleanup(old.wait)
        self.addCleanup(old.kill)
        self.assertEqual(self.doctor({"pid": old.pid}, subject="version"), "")
        program.unlink()
        self.assertRegex(self.doctor({"pid": old.pid}, subject="version"),
                         "hint .*replaced since it started")

    def test_doctor_finds_another_mode(self):
        for mode, what in (("mute", "hears nothing"),
                           ("bypass", "noise is not taken away")):
            self.assertRegex(self.doctor({"mode": mode}, subject="mode"),
                             rf"hint .*{mode}: .*{what}\n.*tacet mode clean")

    def test_doctor_finds_a_model_that_was_too_slow(self):
        self.assertRegex(
            self.doctor({"model": {"name": "tiny",
                                   "stepped_down_from": "large"}},
                        subject="model in use"),
            r"hint .*tiny, since large was too slow.*\n.*model use large")

    def test_doctor_finds_faults_of_the_sound(self):
        for counters, hours, found in (
                ({"xruns": 11}, 0.5, "hint .*11 xruns and 0 .*in 0.5 hours"),
                ({"xruns": 11}, 2, "^$"),  # a few an hour are usual
                ({"deadline_misses": 300}, 2, "hint .*300 deadline misses"),
                ({"balanced": False}, 2, "PROBLEM .*lost or doubled")):
            self.assertRegex(
                self.doctor({"counters": counters, "uptime_s": 3600 * hours},
                            subject="faults"), found)

    def test_doctor_looks_for_the_microphones(self):
        def microphones(source, devices, status=None):
            self.config_file.parent.mkdir(parents=True, exist_ok=True)
            self.config_file.write_text(f'[audio]\nsource = "{source}"\n')
            return self.doctor(status or {}, devices, "microphones")

        for source in ("default", "usb", "speaker", "speaker.monitor"):
            self.assertRegex(microphones(source, self.MICROPHONES),
                             r"^ok +microphones +2, by default mic")
        self.assertRegex(
            microphones("headset", self.MICROPHONES,
                        {"device": {"source": "mic"}}),
            r"PROBLEM .*is headset, which is not there; heard is mic\n"
            r".*plug it in.*: mic, usb")
        self.assertRegex(microphones("headset", []),
                         r"PROBLEM .*is headset, which is not there\n")
        self.assertRegex(microphones("default", []),
                         "PROBLEM .*the sound server has none")

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

    def wait_until_running(self):
        end = time.monotonic() + 60
        while self.status()["state"] != "running":
            self.assertLess(time.monotonic(), end, self.status())
            time.sleep(0.02)

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
        self.wait_until_running()  # the first start counts as a restart
        self.assertEqual(self.fine("set", "strength=12"), "")
        self.assertEqual(self.tacet("set", "volume=1").returncode, 1)
        self.assertEqual(self.tacet("set", "volume").returncode, 2)

    def test_set_says_that_the_audio_restarts(self):
        if OPTIONS.server:
            self.skipTest("the test server has no audio")
        self.assertIn("The audio restarts",
                      self.fine("set", "denoise.link=independent"))
        self.wait_until_running()
        self.assertEqual(self.status()["last_error"], "")

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

    def on_terminal(self, answer, *arguments):
        """Exit status and what is shown where the command asks a person."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen([OPTIONS.tacet, *arguments], env=self.env,
                                 stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown, is_answered = b"", False
        try:
            while select.select([ours], [], [], 60)[0]:
                data = os.read(ours, 65536)
                if not data:
                    break
                shown += data
                if b"[y/N] " in shown and not is_answered:
                    os.write(ours, answer)
                    is_answered = True
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        return child.wait(60), shown.decode()

    def test_loopback_asks_first(self):
        done = self.tacet("latency", "--loopback", "--even-if-heard")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--force", done.stderr)
        for answer, is_measured in ((b"y\n", True), (b"Y\n", True),
                                    (b"n\n", False), (b"\n", False),
                                    (b"x\n", False), (b"\x04", False)):
            status, shown = self.on_terminal(answer, "latency", "--loopback",
                                             "--even-if-heard")
            self.assertIn("Go on? [y/N]", shown)
            self.assertEqual("end to end 34.50 ms" in shown, is_measured,
                             shown)
            self.assertEqual("nothing was measured" in shown, not is_measured)
            self.assertEqual(status, 0 if is_measured else 1)

    def test_loopback_is_refused_while_others_listen(self):
        # To say yes, or to forgo the question, is not to disturb a call.
        done = self.tacet("latency", "--loopback", "--force")
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 program listens", done.stderr)
        status, shown = self.on_terminal(b"y\n", "latency", "--loopback")
        self.assertEqual(status, 1)
        self.assertIn("1 program listens", shown)
        status, shown = self.on_terminal(b"n\n", "latency", "--loopback",
                                         "--force", "--even-if-heard")
        self.assertEqual(status, 0)
        self.assertNotIn("[y/N]", shown)
        self.assertIn("end to end 34.50 ms (median of 20 bursts of 20)", shown)

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
