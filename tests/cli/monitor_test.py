#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tacet monitor` serves, over real sockets: monitor_test.py TACET TACETD
MODEL"""

import contextlib
import os
import pathlib
import re
import select
import signal
import sys
import time
import unittest

import monitor_case
from monitor_case import LIMIT_S, Monitor, MonitorCase

BROWSERS = 10
MOST_STREAMS = 16  # MonitorServer::kMaxStreams
STALLED_S = 10     # MonitorServer::kStalledS


class Page(MonitorCase):

  def setUp(self):
    super().setUp()
    self.daemon = self.start_daemon()
    self.monitor = Monitor(self)

  def test_page_has_all_that_it_needs_and_nothing_from_elsewhere(self):
    status, headers, page = self.monitor.get()
    self.assertEqual(status, 200)
    self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
    names = re.findall(r'(?:src|href)="([^"]+)"', page.decode())
    self.assertEqual(len(names), 6, names)
    files = [page]
    for name in names:
      if name == "data:,":
        continue
      self.assertRegex(name, r"^\w+\.(js|css)$")
      status, headers, body = self.monitor.get(name)
      self.assertEqual(status, 200, name)
      self.assertEqual(headers["Content-Type"].split(";")[0],
                       {"js": "text/javascript", "css": "text/css"}[
                           name.rpartition(".")[2]])
      files.append(body)
    for body in files:
      self.assertGreater(len(body), 500)
      self.assertNotRegex(body.decode(), r"https?:|\bimport\b|@import|<script>")

  def test_every_answer_keeps_to_itself(self):
    for options in ({}, {"path": "nothing"}, {"begin": "/"},
                    {"path": "monitor_page.js"}):
      headers = self.monitor.get(**options)[1]
      self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
      self.assertEqual(headers["Referrer-Policy"], "no-referrer")
      self.assertEqual(headers["Cache-Control"], "no-store")
      self.assertEqual(headers["Cross-Origin-Resource-Policy"], "same-origin")
      self.assertNotIn("Access-Control-Allow-Origin", headers)

  def test_events_hold_audio_levels_and_latency(self):
    events = self.monitor.events()
    self.addCleanup(events.close)
    audio = events.wait("audio")
    self.assertEqual(audio["sample_rate_hz"], 48000)
    self.assertEqual(events.wait("meters")["state"], "running")
    stages = events.wait("latency")["stages"]
    self.assertEqual(stages[-1]["stage"], "end_to_end")
    self.assertGreater(stages[-1]["count"], 0)

  def test_daemon_that_comes_back_is_seen_again(self):
    events = self.monitor.events()
    self.addCleanup(events.close)
    events.wait("audio")
    self.kill(self.daemon)
    self.assertRegex(events.wait("daemon")["error"], "hung up|no daemon runs")
    self.start_daemon()
    self.assertGreater(events.wait("audio")["frames"], 0)

  def test_more_browsers_than_there_is_room_for_are_told(self):
    streams = [self.monitor.events() for _ in range(MOST_STREAMS)]
    for stream in streams:
      self.addCleanup(stream.close)
      stream.wait("meters")
    status, _, body = self.monitor.get("events")
    self.assertEqual((status, body), (503, b"16 browsers watch already\n"))
    self.assertEqual(self.monitor.get()[0], 200)
    streams.pop().close()
    limit = time.monotonic() + LIMIT_S
    while True:
      with contextlib.closing(self.monitor.events()) as stream:
        stream.receive()
        if stream.status == 200:
          break
      self.assertLess(time.monotonic(), limit, "its place stays taken")
      time.sleep(0.05)

  def test_browser_that_does_not_read_is_cut_and_costs_little(self):
    hearing = self.monitor.events()
    self.addCleanup(hearing.close)
    hearing.wait("meters")
    descriptors = self.monitor.num_descriptors()
    memory = most = self.monitor.rss_kib()
    for _ in range(BROWSERS):
      self.addCleanup(self.monitor.events().close)
    began = time.monotonic()
    heard = 0
    while True:
      heard += hearing.wait("audio")["frames"]
      most = max(most, self.monitor.rss_kib())
      took = time.monotonic() - began
      # They fill what waits for them first, then their time runs.
      if took > STALLED_S and self.monitor.num_descriptors() <= descriptors:
        break
      self.assertLess(took, 6 * STALLED_S, "they are still connected")
    self.assertGreater(heard, 0.5 * took * 48000)
    # Events are shared: ten that wait take what one takes.
    self.assertLess(most - memory, 4096)


class Life(MonitorCase):

  def tcp_listeners(self, pid):
    """Addresses that a process listens on: [(address, port)]."""
    inodes = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
      with contextlib.suppress(OSError):
        if match := re.match(r"socket:\[(\d+)\]", os.readlink(entry.path)):
          inodes.add(match[1])
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
      with open(f"/proc/{pid}/net/{table}", encoding="ascii") as lines:
        for fields in map(str.split, list(lines)[1:]):
          if fields[9] in inodes and (fields[3] == "0A" or "udp" in table):
            address, port = fields[1].split(":")
            found.append((address, int(port, 16)))
    return found

  def test_nothing_listens_until_it_is_asked_for_and_then_on_loopback(self):
    daemon = self.start_daemon()
    self.assertEqual(self.tcp_listeners(daemon.pid), [])
    monitor = Monitor(self)
    self.assertEqual(self.tcp_listeners(monitor.process.pid),
                     [("0100007F", monitor.port)])
    self.assertEqual(self.tcp_listeners(daemon.pid), [])

  def test_signals_end_it_and_all_that_it_served(self):
    self.start_daemon()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
      monitor = Monitor(self)
      with contextlib.closing(monitor.events()) as events:
        events.wait("audio")
        self.assertEqual(self.end_with(monitor.process, number), 0)
        with contextlib.suppress(ConnectionResetError):
          while events.receive() is not None:
            pass
      with self.assertRaises(ConnectionRefusedError):
        monitor.connect()

  def test_each_has_a_token_of_its_own(self):
    self.start_daemon()
    first, second = Monitor(self), Monitor(self)
    self.assertNotEqual(first.token, second.token)
    self.assertEqual(second.get(begin=f"/{first.token}/")[0], 404)

  def test_errors_are_one_line(self):
    done = self.tacet("monitor")
    self.assertEqual(done.returncode, 3)
    self.assertIn("no daemon runs", done.stderr)
    self.start_daemon()
    monitor = Monitor(self)
    done = self.tacet("monitor", "--port", str(monitor.port))
    self.assertEqual(done.returncode, 1)
    self.assertRegex(done.stderr, rf"^tacet: 127\.0\.0\.1:{monitor.port}: "
                     "cannot listen.*in use\n$")
    for port in ("0", "80", "65536", "x"):
      self.assertEqual(self.tacet("monitor", "--port", port).returncode, 2)

  def test_port_can_be_chosen_and_is_free_at_once_after_the_end(self):
    self.start_daemon()
    port = Monitor(self).port
    for _ in range(2):
      with self.subTest():
        monitor = None
        with contextlib.suppress(AssertionError):
          monitor = Monitor(self, "--port", str(port + 1))
        if monitor is None:
          self.skipTest(f"port {port + 1} is taken")
        self.assertEqual(monitor.port, port + 1)
        with contextlib.closing(monitor.events()) as events:
          events.wait("audio")
          self.end_with(monitor.process)


class Audio(MonitorCase):

  def run_daemon(self, *pace):
    return self.start_daemon("--fake-seconds", "8", *pace, answers=bool(pace))

  def test_output_is_the_same_with_ten_browsers(self):
    # On a machine that is late anyhow a smaller model would take over.
    folder = pathlib.Path(self.environment["XDG_CONFIG_HOME"]) / "tacet"
    folder.mkdir()
    (folder / "tacet.toml").write_text(
        "[daemon]\ndeadline_misses_step_down = 0\n")
    expected = self.run_daemon().communicate(timeout=LIMIT_S)[0]
    self.assertRegex(expected, r"^frames=\d+ hash=[0-9a-f]{16}\n$")
    # All are there before the audio begins.
    first = self.start_daemon()
    monitor = Monitor(self)
    streams = {}
    for _ in range(BROWSERS):
      stream = monitor.events()
      self.addCleanup(stream.close)
      streams[stream.socket] = stream
      stream.wait("meters")
    self.kill(first)
    daemon = self.run_daemon("--fake-real-time")
    frames = dict.fromkeys(streams, 0)
    while daemon.poll() is None:
      for ready in select.select(list(streams), [], [], 0.1)[0]:
        for name, data in streams[ready].receive() or []:
          if name == "audio":
            frames[ready] += data["frames"]
    self.assertEqual(daemon.communicate(timeout=LIMIT_S)[0], expected)
    # One of eight seconds, less the one until the monitor tries again.
    self.assertGreater(min(frames.values()), 48000)


if __name__ == "__main__":
  for name, path in zip(("tacet", "tacetd", "model"), sys.argv[1:4]):
    monitor_case.PROGRAMS[name] = os.path.abspath(path)
  unittest.main(argv=sys.argv[:1] + sys.argv[4:])
