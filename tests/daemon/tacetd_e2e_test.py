#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tacetd on its fake backend.

    tacetd_e2e_test.py TACETD MODEL
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TACETD, MODEL = None, None


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
        self.notify.settimeout(10)
        self.addCleanup(self.notify.close)
        self.config = root / "config.toml"
        self.config.write_text("[denoise]\nmode = \"clean\"\n")
        self.environment = dict(
            os.environ, XDG_RUNTIME_DIR=str(root / "run"),
            XDG_CONFIG_HOME=str(root / "config"),
            NOTIFY_SOCKET=str(root / "notify"))

    def start(self, *arguments):
        daemon = subprocess.Popen(
            [TACETD, "--backend", "fake", "--model", MODEL, "--config",
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

    def ask(self, command, **arguments):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(10)
            client.connect(str(self.control))
            request = dict(v=1, id=1, cmd=command, **arguments)
            client.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(client.makefile().readline())

    def test_output_is_the_same_on_every_run(self):
        outputs = set()
        for _ in range(2):
            daemon = self.start("--fake-seconds", "20")
            outputs.add(daemon.communicate(timeout=60)[0])
            self.assertEqual(daemon.returncode, 0)
        self.assertEqual(len(outputs), 1, outputs)
        self.assertRegex(outputs.pop(), r"^frames=\d{6} hash=[0-9a-f]{16}\n$")

    def test_output_is_the_same_while_clients_ask(self):
        plain = self.start("--fake-seconds", "3", "--fake-real-time")
        expected = plain.communicate(timeout=60)[0]
        daemon = self.start("--fake-seconds", "3", "--fake-real-time")
        self.wait_for("READY=1")
        while daemon.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                self.ask("status")
                self.ask("x" * 70000)
        self.assertEqual(daemon.communicate()[0], expected)

    def test_ends_on_sigterm_and_leaves_no_socket(self):
        daemon = self.start()
        self.wait_for("READY=1")
        self.assertTrue(self.control.exists())
        began = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        self.wait_for("STOPPING=1")
        daemon.communicate(timeout=10)
        self.assertEqual(daemon.returncode, 0)
        self.assertLess(time.monotonic() - began, 3)
        self.assertFalse(self.control.exists())

    def test_second_daemon_is_refused_and_the_first_goes_on(self):
        first = self.start()
        self.wait_for("READY=1")
        second = self.start()
        error = second.communicate(timeout=10)[1]
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

    def test_bad_arguments_give_one_line_and_no_success(self):
        for arguments in (["--model", "/nowhere/x.tacet"],
                          ["--config", "/nowhere/tacet.toml"],
                          ["--backend", "radio"]):
            daemon = self.start(*arguments)
            error = daemon.communicate(timeout=10)[1]
            self.assertNotEqual(daemon.returncode, 0, arguments)
            self.assertTrue(error.strip(), arguments)

    def test_stops_when_asked(self):
        daemon = self.start()
        self.wait_for("READY=1")
        self.assertTrue(self.ask("stop")["ok"])
        daemon.communicate(timeout=10)
        self.assertEqual(daemon.returncode, 0)


if __name__ == "__main__":
    TACETD, MODEL = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
