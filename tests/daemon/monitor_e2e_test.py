#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`monitor` on the control socket of tacetd, on its fake backend.

    monitor_e2e_test.py TACETD MODEL
"""

import array
import base64
import contextlib
import json
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TACETD, MODEL = None, None
LISTENERS = 10
LIMIT_S = 30


def samples(text):
  values = array.array("h", base64.b64decode(text))
  if sys.byteorder == "big":
    values.byteswap()
  return values


class MonitorTest(unittest.TestCase):

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    root = pathlib.Path(folder.name)
    for name in ("run", "config"):
      (root / name).mkdir(mode=0o700)
    self.control = root / "run/tacet/control.sock"
    self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(root / "run"),
                            XDG_CONFIG_HOME=str(root / "config"))
    self.environment.pop("NOTIFY_SOCKET", None)

  def start(self, *arguments):
    daemon = subprocess.Popen(
        [TACETD, "--backend", "fake", "--model", MODEL, *arguments],
        env=self.environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)

    def end():
      if daemon.poll() is None:
        daemon.kill()
      daemon.communicate()

    self.addCleanup(end)
    return daemon

  def connect(self):
    limit = time.monotonic() + LIMIT_S
    while True:
      client = socket.socket(socket.AF_UNIX)
      client.settimeout(LIMIT_S)
      try:
        client.connect(str(self.control))
        self.addCleanup(client.close)
        return client
      except OSError:
        client.close()
        self.assertLess(time.monotonic(), limit, "no daemon")
        time.sleep(0.02)

  def listen(self):
    client = self.connect()
    client.sendall(b'{"v":1,"id":7,"cmd":"monitor"}\n')
    return client

  def ask(self, command, **arguments):
    with self.connect() as client:
      request = dict(v=1, id=1, cmd=command, **arguments)
      client.sendall(json.dumps(request).encode() + b"\n")
      return json.loads(client.makefile().readline())

  def test_lines_hold_each_frame_once_and_output_is_input_in_bypass(self):
    self.start()
    self.assertTrue(self.ask("mode", mode="bypass")["ok"])
    time.sleep(0.2)  # the fade after the start
    lines = self.listen().makefile()
    self.assertEqual(json.loads(lines.readline()),
                     {"v": 1, "id": 7, "ok": True, "result": {}})
    input_, output = array.array("h"), array.array("h")
    expected = dropped = None
    while len(input_) < 48000:
      line = json.loads(lines.readline())
      self.assertEqual((line["v"], line["id"], line["event"]), (1, 7, "audio"))
      audio = line["result"]
      self.assertEqual(audio["sample_rate_hz"], 48000)
      self.assertEqual(audio["latency_frames"], 1536)
      if (audio["first_frame"], audio["dropped"]) != (expected, dropped):
        # The first line, or one of us was late: a busy machine.
        del input_[:], output[:]
      expected = audio["first_frame"] + audio["frames"]
      dropped = audio["dropped"]
      parts = samples(audio["input"]), samples(audio["output"])
      self.assertEqual([len(part) for part in parts], [audio["frames"]] * 2)
      input_ += parts[0]
      output += parts[1]
    # Rounded twice, and the bypass is exact to -110 dB.
    self.assertLessEqual(max(abs(a - b) for a, b in
                             zip(input_, output[1536:])), 2)
    self.assertGreater(max(input_), 1000)

  def run_with(self, watch, *pace):
    """What the daemon prints at its end, while `watch` looks on."""
    daemon = self.start("--fake-seconds", "8", *pace)
    counters = watch(daemon)
    printed = daemon.communicate(timeout=LIMIT_S)[0]
    self.assertRegex(printed, r"^frames=\d+ hash=[0-9a-f]{16}\n$")
    return printed, counters

  def test_output_is_the_same_with_ten_listeners_of_whom_some_are_deaf(self):
    expected, _ = self.run_with(lambda daemon: None)

    def watch(daemon):
      clients = [self.listen() for _ in range(LISTENERS)]
      hearing = {client: 0 for client in clients[:LISTENERS // 2]}
      counters = None
      while daemon.poll() is None:
        for client in select.select(list(hearing), [], [], 0.1)[0]:
          with contextlib.suppress(OSError):
            hearing[client] += len(client.recv(1 << 20))
        if counters is None and min(hearing.values()) > 200000:
          counters = self.ask("status")["result"]["counters"]
      # Some 250 kB a second come to each that listens.
      self.assertIsNotNone(counters)
      return counters

    printed, counters = self.run_with(watch, "--fake-real-time")
    self.assertEqual(printed, expected)
    for name in ("xruns", "frames_dropped", "frames_inserted",
                 "missing_masks"):
      self.assertEqual(counters[name], 0, name)
    self.assertTrue(counters["balanced"])

  def test_deaf_listener_is_cut_and_the_daemon_goes_on(self):
    self.start()
    deaf = self.listen()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    limit = time.monotonic() + LIMIT_S
    poll = select.poll()
    poll.register(deaf, 0)  # POLLHUP alone
    while not poll.poll(100):
      self.assertLess(time.monotonic(), limit, "it is still connected")
    self.assertTrue(self.ask("status")["ok"])
    lines = self.listen().makefile()
    lines.readline()
    self.assertGreater(json.loads(lines.readline())["result"]["frames"], 0)


if __name__ == "__main__":
  TACETD, MODEL = map(os.path.abspath, sys.argv[1:3])
  unittest.main(argv=sys.argv[:1] + sys.argv[3:])
