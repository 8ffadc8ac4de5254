#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tacetd on its fake backend.

    tacetd_e2e_test.py TACETD MODEL HELD_RENAME
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TACETD, MODEL, HELD_RENAME = None, None, None
LIMIT_S = 240  # for what must come; far beyond what a busy machine takes


class Tacetd(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = pathlib.Path(self.folder.name)
        for name in ("run", "config"):
            (root / name).mkdir(mode=0o700)
        self.control = root / "run/tacet/control.sock"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(root / "notify"))
        self.notify.settimeout(LIMIT_S)
        self.addCleanup(self.notify.close)
        self.config = root / "config.toml"
        self.config.write_text("[denoise]\nmode = \"clean\"\n")
        self.environment = dict(
            os.environ, XDG_RUNTIME_DIR=str(root / "run"),
            XDG_CONFIG_HOME=str(root / "config"),
            NOTIFY_SOCKET=str(root / "notify"))

    def start(self, *arguments, model=None):
        daemon = subprocess.Popen(
            [TACETD, "--backend", "fake", "--model", model or MODEL, "--config",
             str(self.config), *arguments],
            env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, daemon)
        return daemon

    def end(self, daemon):
        if daemon.poll() is None:
            daemon.kill()
        daemon.communicate()

    def wait_for(self, word):
        """Until systemd would have been told `word`."""
        while word not in (text := self.notify.recv(65536).decode()):
            pass
        return text

    def forget_notifications(self):
        """Of a daemon that has ended. Ten seconds of the fake device may be
        over before its main loop has looked once, so READY=1 need not be
        among them."""
        self.notify.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.notify.recv(65536)
        self.notify.settimeout(LIMIT_S)

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(LIMIT_S)
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                client.connect(str(self.control))
                return contextlib.closing(client)
            except BlockingIOError:
                # The queue of the listening socket is full, as it may be under
                # attack: whoever wants in knocks again.
                if time.monotonic() > end:
                    client.close()
                    raise
                time.sleep(0.01)
            except OSError:
                client.close()
                raise

    def is_listening(self):
        """The socket's file is there a moment before anybody listens on it."""
        try:
            with self.connect():
                return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def ask(self, command, **arguments):
        """One question over a connection of its own; the whole answer."""
        with self.connect() as client:
            request = dict(v=1, id=1, cmd=command, **arguments)
            # Who is refused may find the line of that and no more.
            with contextlib.suppress(BrokenPipeError):
                client.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(client.makefile().readline())

    def ask_until_heard(self, command):
        """As `tacet` does, but for as long as LIMIT_S; the result."""
        end = time.monotonic() + LIMIT_S
        while (answer := self.ask(command)).get("busy"):
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.05)
        return answer["result"]

    def wait_status(self, condition):
        limit = time.monotonic() + LIMIT_S
        while not condition(status := self.ask("status")["result"]):
            self.assertLess(time.monotonic(), limit, status)
            time.sleep(0.01)

    def wait_until(self, condition):
        limit = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.05)

    def test_output_is_the_same_on_every_run(self):
        outputs = set()
        for _ in range(2):
            daemon = self.start("--fake-seconds", "20")
            outputs.add(daemon.communicate(timeout=LIMIT_S)[0])
            self.assertEqual(daemon.returncode, 0)
        self.assertEqual(len(outputs), 1, outputs)
        self.assertRegex(outputs.pop(), r"^frames=\d{6} hash=[0-9a-f]{16}\n$")

    def test_output_is_the_same_while_clients_ask(self):
        plain = self.start("--fake-seconds", "3")
        expected = plain.communicate(timeout=LIMIT_S)[0]
        daemon = self.start("--fake-seconds", "3", "--fake-real-time")
        self.wait_for("READY=1")
        while daemon.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                self.ask("status")
                self.ask("x" * 70000)
        self.assertEqual(daemon.communicate()[0], expected)

    def attack(self, end):
        """Whatever a client can do that means harm, until `end`."""
        kept = []
        report = dict(connections=0, bytes=0, longest_line=0)

        def connect():
            report["connections"] += 1
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(0.2)
            try:
                client.connect(str(self.control))
            except OSError:
                client.close()
                raise
            return client

        def one_endless_line():
            with contextlib.closing(connect()) as client:
                sent = 0
                try:
                    while sent < 1 << 30 and time.monotonic() < end:
                        sent += client.send(b"[" * 65536)
                except OSError:
                    pass
                report["longest_line"] = max(report["longest_line"], sent)

        def garbage():
            with contextlib.closing(connect()) as client:
                client.sendall(random.Random(report["connections"]).randbytes(
                    30000) + b"\n")

        def half_a_request():
            client = connect()
            client.sendall(b'{"v":1,"id":1,"cmd":"sta')
            kept.append(client)

        def deaf_subscriber():
            client = connect()
            client.sendall(b'{"v":1,"id":1,"cmd":"subscribe","hz":50}\n')
            kept.append(client)

        def thousand_connections():
            for _ in range(1000):
                if time.monotonic() > end:
                    break
                kept.append(connect())

        def flood():
            with contextlib.closing(connect()) as client:
                client.sendall(b'{"v":1,"id":1,"cmd":"status"}\n' * 2000)

        attacks = [one_endless_line, thousand_connections, garbage,
                   half_a_request, deaf_subscriber, flood]
        while time.monotonic() < end:
            for one in attacks:
                with contextlib.suppress(OSError):
                    one()
            for client in kept:
                client.close()
            kept.clear()
        return report

    def test_output_is_the_same_under_attack(self):
        # Of these ten seconds four are for the attack: it still runs then.
        plain = self.start("--fake-seconds", "10")
        expected = plain.communicate(timeout=LIMIT_S)[0]
        self.forget_notifications()
        daemon = self.start("--fake-seconds", "10", "--fake-real-time")
        self.wait_for("READY=1")
        answers = []
        attacked = threading.Event()

        def user():
            while not attacked.is_set():
                answers.append(self.ask_until_heard("status")["pid"])
                time.sleep(0.02)

        asking = threading.Thread(target=user)
        asking.start()
        try:
            report = self.attack(time.monotonic() + 4)
        finally:
            attacked.set()
            asking.join(LIMIT_S)
        # Who asked in the middle of it all got answers, and its own.
        self.assertEqual(set(answers), {daemon.pid})
        # Once the attackers have hung up there is room at once, though the
        # daemon has dozens of their connections still to take.
        answer = self.ask("status")
        self.assertTrue(answer["ok"], answer)
        counters = answer["result"]["counters"]
        self.assertTrue(counters["balanced"])
        self.assertEqual(counters["frames_inserted"], 0)
        self.assertEqual(daemon.communicate(timeout=LIMIT_S)[0], expected)
        self.assertEqual(daemon.returncode, 0)
        # The attack was one, with many times the 16 connections that there is
        # room for, however busy the machine; the line was cut off long before
        # its end.
        self.assertGreater(report["connections"], 160)
        self.assertGreater(report["longest_line"], 65536)
        self.assertLess(report["longest_line"], 4 << 20)

    def test_ends_on_sigterm_and_leaves_no_socket(self):
        daemon = self.start()
        self.wait_for("READY=1")
        self.assertTrue(self.control.exists())
        daemon.send_signal(signal.SIGTERM)
        self.wait_for("STOPPING=1")
        daemon.communicate(timeout=LIMIT_S)
        self.assertEqual(daemon.returncode, 0)
        self.assertFalse(self.control.exists())

    def test_second_daemon_is_refused_and_the_first_goes_on(self):
        first = self.start()
        self.wait_for("READY=1")
        second = self.start()
        error = second.communicate(timeout=LIMIT_S)[1]
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"another tacetd runs already (process {first.pid})",
                      error)
        self.assertTrue(self.ask("status")["ok"])

    def test_starts_anew_after_a_kill(self):
        first = self.start()
        self.wait_for("READY=1")
        first.kill()
        first.communicate()
        self.start()
        self.wait_for("READY=1")
        self.assertTrue(self.ask("status")["ok"])

    def test_reload_is_all_or_nothing(self):
        daemon = self.start()
        self.wait_for("READY=1")
        self.config.write_text("[denoise]\nmode = \"bypass\"\n")
        daemon.send_signal(signal.SIGHUP)
        self.wait_for("RELOADING=1")
        self.wait_for("READY=1")
        self.assertEqual(self.ask("status")["result"]["mode"], "bypass")
        self.config.write_text("[denoise]\nmode = \"mute\"\n[audio]\nx = 1\n")
        answer = self.ask("reload")
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(self.ask("status")["result"]["mode"], "bypass")

    def test_model_that_fails_leaves_the_old(self):
        self.start()
        self.wait_for("READY=1")
        before = self.ask("status")["result"]["model"]
        answer = self.ask("model", file="/nowhere/x.tacet")
        self.assertFalse(answer["ok"])
        self.assertIn("/nowhere/x.tacet", answer["error"])
        self.assertEqual(self.ask("status")["result"]["model"], before)
        self.assertTrue(self.ask("model", file=MODEL)["ok"])

    def test_model_of_another_latency_is_named_once_it_runs(self):
        self.start()
        self.wait_for("READY=1")
        before = self.ask("status")["result"]
        answer = self.ask("model", name="base-low-latency")
        self.assertEqual(answer["result"]["model"], "base-low-latency")
        status = self.ask("status")["result"]
        self.assertEqual(status["model"]["name"], "base-low-latency")
        self.assertEqual(status["state"], "running")
        self.assertLess(status["latency"]["total_ms"],
                        before["latency"]["total_ms"] - 10)

    def test_hung_stop_knows_the_last_of_many_settings(self):
        # Nobody reads here what systemd would, and a queue that is full holds.
        del self.environment["NOTIFY_SOCKET"]
        self.start("--fake-hangs-on-stop")
        self.wait_until(self.is_listening)
        self.wait_status(lambda status: status["state"] == "running")
        with self.connect() as client:
            lines = client.makefile()
            for number in range(13000):
                mode = "bypass" if number % 2 else "mute"
                client.sendall(json.dumps(dict(
                    v=1, id=1, cmd="mode", mode=mode)).encode() + b"\n")
                self.assertTrue(json.loads(lines.readline())["ok"])
        self.assertTrue(
            self.ask("set", key="device", value="fake_microphone")["ok"])

        def is_back():
            # Who asks as the program changes may get no answer.
            with contextlib.suppress(OSError, ValueError):
                status = self.ask("status")["result"]
                return status["recovery"]["recoveries"] == 1

        self.wait_until(is_back)
        self.assertEqual(self.ask("status")["result"]["mode"], "bypass")

    def test_hung_stop_ends_in_a_new_process_that_knows_all(self):
        daemon = self.start("--fake-hangs-on-stop")
        self.wait_for("READY=1")
        self.assertTrue(self.ask("set", key="strength", value=12)["ok"])
        self.assertTrue(self.ask("mode", mode="mute")["ok"])
        model = self.control.parents[2] / "other.tacet"
        shutil.copy(MODEL, model)
        self.assertTrue(self.ask("model", file=str(model))["ok"])
        before = self.ask("status")["result"]
        socket_node = self.control.stat().st_ino
        asked = time.monotonic()
        # Another source: the backend is to stop, and does not.
        self.assertTrue(
            self.ask("set", key="device", value="fake_microphone")["ok"])
        self.wait_for("READY=1")
        while True:
            # While the program changes, who connects waits in the queue.
            status = self.ask("status")["result"]
            if status["recovery"]["recoveries"] == 1:
                break
            self.assertLess(time.monotonic() - asked, LIMIT_S, status)
            time.sleep(0.05)
        self.assertEqual(status["pid"], daemon.pid)
        self.assertLess(status["uptime_s"], before["uptime_s"] + LIMIT_S)
        self.assertEqual(status["state"], "running")
        self.assertEqual(status["mode"], "mute")
        self.assertEqual(status["strength_db"], 12)
        self.assertEqual(status["model"], before["model"])
        self.assertEqual(status["device"]["source"], "fake_microphone")
        self.assertEqual(status["recovery"]["last_cause"],
                         "backend fake does not stop")
        self.assertGreaterEqual(status["recovery"]["last_duration_s"], 2.0)
        self.assertEqual(self.control.stat().st_ino, socket_node)
        second = self.start()
        self.assertIn("another tacetd runs already",
                      second.communicate(timeout=LIMIT_S)[1])
        # Asked to end, it does, though its driver hangs again.
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=LIMIT_S)
        self.assertEqual(daemon.returncode, 0)
        self.assertFalse(self.control.exists())

    def test_loopback_measures_the_window_and_gives_the_mode_back(self):
        self.start()
        self.wait_for("READY=1")
        refused = self.ask("loopback")
        self.assertFalse(refused["ok"])
        self.assertIn("1 program listens", refused["error"])
        with self.connect() as client:
            client.sendall(b'{"v":1,"id":2,"cmd":"loopback","force":true}\n')
            self.wait_status(lambda status: status["mode"] == "bypass")
            second = self.ask("loopback", force=True)
            self.assertIn("another one is under way", second["error"])
            answer = json.loads(client.makefile().readline())
        self.assertTrue(answer["ok"], answer)
        report = answer["result"]
        self.assertEqual((report["sent"], report["found"]), (20, 20))
        for name in ("median_ms", "min_ms", "max_ms", "expected_ms"):
            self.assertAlmostEqual(report[name], 32.0, delta=0.03)
        self.assertEqual(self.ask("status")["result"]["mode"], "clean")

    def test_loopback_is_given_up_for_a_new_mode(self):
        self.start()
        self.wait_for("READY=1")
        with self.connect() as client:
            client.sendall(b'{"v":1,"id":2,"cmd":"loopback","force":true}\n')
            self.wait_status(lambda status: status["mode"] == "bypass")
            self.assertEqual(self.ask("mode", mode="mute")["result"]["mode"],
                             "mute")
            answer = json.loads(client.makefile().readline())
        self.assertIn("mode was changed", answer["error"])
        self.assertEqual(self.ask("status")["result"]["mode"], "mute")

    def test_model_file_that_is_replaced_runs_and_a_broken_one_does_not(self):
        model = self.control.parents[2] / "mine.tacet"
        shutil.copy(MODEL, model)
        self.start(model=str(model))
        self.wait_for("READY=1")
        swaps = self.ask("status")["result"]["counters"]["swaps"]
        model.write_bytes(b"no model")

        self.wait_status(lambda status: "mine.tacet" in status["last_error"])
        self.assertEqual(self.ask("status")["result"]["state"], "running")
        other = model.with_suffix(".new")
        shutil.copy(MODEL, other)
        other.rename(model)
        self.wait_status(
            lambda status: status["counters"]["swaps"] == swaps + 1)

    def test_metrics_file_comes_back_with_its_folder(self):
        folder = self.control.parents[2] / "metrics"
        folder.mkdir()
        file = folder / "tacet.prom"
        self.config.write_text(f"""[daemon]
metrics_textfile = "{file}"
metrics_interval_s = 1
""")
        self.start()
        self.wait_for("READY=1")

        self.wait_until(file.exists)
        self.assertIn("tacet_frames", file.read_text())
        shutil.rmtree(folder)
        time.sleep(1.5)  # a writing fails
        self.assertEqual(self.ask("status")["result"]["state"], "running")
        folder.mkdir()
        self.wait_until(file.exists)

    def test_metrics_file_ends_with_the_daemon(self):
        file = self.control.parents[2] / "tacet.prom"
        self.config.write_text(f'[daemon]\nmetrics_textfile = "{file}"\n')
        daemon = self.start()
        self.wait_until(file.exists)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=LIMIT_S)
        self.assertEqual(daemon.returncode, 0)
        self.assertFalse(file.exists())

    def test_disk_that_does_not_answer_delays_no_answer(self):
        folder = self.control.parents[2] / "metrics"
        folder.mkdir()
        held, file = folder / "held", folder / "tacet.prom"
        held.touch()
        self.config.write_text(f"""[daemon]
metrics_textfile = "{file}"
metrics_interval_s = 1
""")
        self.environment.update(
            LD_PRELOAD=HELD_RENAME,
            # It is no library that must come first.
            ASAN_OPTIONS="verify_asan_link_order=0")
        self.start()
        self.wait_for("READY=1")
        beside = folder / "tacet.prom.tmp"
        self.wait_until(beside.exists)
        # Had the control thread to wait for the disk, none would come.
        for _ in range(3):
            self.assertEqual(self.ask("status")["result"]["state"], "running")
            time.sleep(0.5)
        self.assertTrue(beside.exists())
        self.assertFalse(file.exists())
        held.unlink()
        self.wait_until(file.exists)

    def test_link_changes_by_a_faded_restart_and_backend_does_not(self):
        self.start()
        self.wait_for("READY=1")
        answer = self.ask("set", key="denoise.link", value="independent")
        self.assertTrue(answer["ok"], answer)
        self.wait_status(lambda status: status["state"] == "running")
        answer = self.ask("set", key="audio.backend", value="jack")
        self.assertFalse(answer["ok"])
        self.assertIn("audio.backend", answer["error"])

    def test_device_that_is_not_there_is_refused(self):
        self.start()
        self.wait_for("READY=1")
        for device, error in (("typo", "there are: default, fake_microphone"),
                              ("tacet_microphone", "not Tacet's own")):
            answer = self.ask("set", key="device", value=device)
            self.assertFalse(answer["ok"], answer)
            self.assertIn(error, answer["error"])
            self.assertEqual(self.ask("status")["result"]["state"], "running")
        self.assertTrue(
            self.ask("set", key="device", value="fake_microphone")["ok"])

    def test_bad_arguments_give_one_line_and_no_success(self):
        for arguments in (["--model", "/nowhere/x.tacet"],
                          ["--config", "/nowhere/tacet.toml"],
                          ["--backend", "radio"]):
            daemon = self.start(*arguments)
            error = daemon.communicate(timeout=LIMIT_S)[1]
            self.assertNotEqual(daemon.returncode, 0, arguments)
            self.assertTrue(error.strip(), arguments)

    def test_stops_when_asked(self):
        daemon = self.start()
        self.wait_for("READY=1")
        self.assertTrue(self.ask("stop")["ok"])
        daemon.communicate(timeout=LIMIT_S)
        self.assertEqual(daemon.returncode, 0)


if __name__ == "__main__":
    TACETD, MODEL, HELD_RENAME = map(os.path.abspath, sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
