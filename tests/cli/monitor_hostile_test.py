#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who must not get at the page of `tacet monitor`, over real sockets:
monitor_hostile_test.py TACET TACETD MODEL"""

import contextlib
import os
import random
import sys
import time
import unittest

import monitor_case
from monitor_case import LIMIT_S, Monitor, MonitorCase, exchange

REQUEST_S = 5     # MonitorServer::kRequestMs
CONNECTIONS = 32  # MonitorServer::kMaxConnections


class Hostile(MonitorCase):

  def setUp(self):
    super().setUp()
    self.start_daemon()
    self.monitor = Monitor(self)

  def tearDown(self):
    """Whatever was sent, it still serves its own user."""
    self.assertEqual(self.monitor.get()[0], 200)
    self.assertIsNone(self.monitor.process.poll())

  def refused(self, status, **options):
    """For the page and for the events alike, and nothing of them is told."""
    for path in ("", "events"):
      if "begin" not in options:
        options["path"] = path
      got, _, body = self.monitor.get(**options)
      self.assertIn(got, status if isinstance(status, tuple) else (status,),
                    (options, body))
      self.assertLess(len(body), 1000)
      for word in (b"canvas", b"event:", self.monitor.token.encode()):
        self.assertNotIn(word, body)

  def test_without_the_token(self):
    token = self.monitor.token
    for begin in ("/", "/events", "/index.html", f"/{token[:-1]}/",
                  f"/{token}0/", f"/{token.upper()}x/", f"/{token}",
                  f"/?{token}/", f"/%00{token}/", "/" + "0" * 32 + "/",
                  f"//{token}/", f"/x/../{token}/"):
      self.refused(404, begin=begin)
    self.refused((400, 404), begin="*")

  def test_other_hosts(self):
    port = self.monitor.port
    for host in ("evil.example", f"evil.example:{port}", f"localhost:{port}",
                 "127.0.0.1", f"127.0.0.1:{port + 1}", f"[::1]:{port}", "",
                 f"127.0.0.1:{port} evil.example"):
      self.refused((400, 421), host=[f"Host: {host}"])
    self.refused((400, 421), host=[])
    self.refused((400, 421), host=[], version="1.0")
    self.refused((400, 421), host=[f"Host: {self.monitor.host}"] * 2)

  def test_other_origins(self):
    for origin in ("null", "http://evil.example", "file://",
                   f"https://{self.monitor.host}",
                   f"http://127.0.0.1:{self.monitor.port + 1}"):
      self.refused(403, headers=[f"Origin: {origin}"])
    self.refused(403, headers=[f"Origin: http://{self.monitor.host}",
                               "Origin: http://evil.example"])
    for site in ("cross-site", "same-site"):
      self.refused(403, headers=[f"Sec-Fetch-Site: {site}"])
    own = [f"Origin: http://{self.monitor.host}", "Sec-Fetch-Site: same-origin"]
    self.assertEqual(self.monitor.get(headers=own)[0], 200)

  def test_other_methods_and_bodies(self):
    for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT",
                   "FROBNICATE"):
      self.refused((400, 404, 405), method=method)
    self.refused(413, headers=["Content-Length: 4"])
    self.refused((400, 413), headers=["Content-Length: 99999999999999999999"])
    self.refused((400, 413), headers=["Content-Length: -1"])
    self.refused((400, 413), headers=["Transfer-Encoding: chunked"])

  def test_path_traversal(self):
    token = self.monitor.token
    for path in ("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd",
                 "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "./",
                 "monitor_page.js/..", "..\\..\\etc\\passwd", "monitor_page.cc",
                 "monitor_page.js%00.html/x", "events/"):
      status, _, body = self.monitor.get(path)
      if status == 200:  # a name that ends at the zero is a name of ours
        self.assertIn("%00", path)
      self.assertNotIn(b"root:", body)
      self.assertIn(status, (404, 200 if "%00" in path else 404), path)
    self.refused(404, begin=f"/{token}/../../etc/passwd")
    self.refused(404, begin="/../../../../etc/passwd")
    self.refused((400, 404), begin="file:///etc/passwd")

  def test_huge_bodies_are_not_read(self):
    before = self.monitor.rss_kib()
    for _ in range(4):
      with self.monitor.connect() as client:
        head = self.monitor.request(
            method="POST", headers=[f"Content-Length: {1 << 30}"])
        client.settimeout(LIMIT_S)
        client.sendall(head)
        sent = 0
        with contextlib.suppress(OSError):
          while sent < 1 << 30:
            sent += client.send(b"x" * 65536)
        self.assertLess(sent, 64 << 20)
    self.assertLess(self.monitor.rss_kib() - before, 4096)

  def test_huge_headers_and_lines(self):
    before = self.monitor.rss_kib()
    big = "x" * (1 << 20)
    for options in ({"headers": [f"X-Big: {big}"]},
                    {"headers": [f"X-{i}: y" for i in range(100000)]},
                    {"begin": f"/{big}"}, {"begin": f"/{self.monitor.token}/?{big}"},
                    {"method": big}, {"host": [f"Host: {big}"]},
                    {"headers": [f"Cookie: {big}"] * 4}):
      status, _, body = self.monitor.get(**options)
      # The rest of what was sent may reach us before the answer does.
      self.assertIn(status, (0, 400, 413, 414, 421, 431, 501))
      self.assertNotIn(b"canvas", body)
    self.assertLess(self.monitor.rss_kib() - before, 4096)

  def test_endless_line(self):
    with self.monitor.connect() as client:
      sent = 0
      with contextlib.suppress(OSError):
        while sent < 1 << 30:
          sent += client.send(b"G" * 65536)
      self.assertLess(sent, 64 << 20)

  def test_slow_requests_are_cut_whatever_they_drip(self):
    slow = []
    for _ in range(CONNECTIONS + 8):
      client = self.monitor.connect()
      self.addCleanup(client.close)
      client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
      slow.append(client)
    began = time.monotonic()
    alive = list(slow)
    while alive and time.monotonic() - began < 3 * REQUEST_S:
      for client in list(alive):
        try:
          client.setblocking(False)
          client.send(b"z")  # each byte would move a time limit for silence
          if client.recv(4096) == b"":
            alive.remove(client)
        except BlockingIOError:
          pass
        except OSError:
          alive.remove(client)
      time.sleep(0.1)
      if len(alive) <= len(slow) - CONNECTIONS:
        break
    took = time.monotonic() - began
    self.assertLessEqual(len(alive), len(slow) - CONNECTIONS)
    self.assertGreater(took, REQUEST_S - 1)
    self.assertLess(took, REQUEST_S + 4)
    # Who waited behind them is let in.
    began = time.monotonic()
    self.assertEqual(self.monitor.get()[0], 200)
    self.assertLess(time.monotonic() - began, REQUEST_S + 4)

  def test_silent_connections_are_cut(self):
    with self.monitor.connect() as client:
      began = time.monotonic()
      self.assertEqual(client.recv(100), b"")
      self.assertGreater(time.monotonic() - began, REQUEST_S - 1)
      self.assertLess(time.monotonic() - began, REQUEST_S + 4)

  def test_garbage(self):
    numbers = random.Random(1)
    for i in range(200):
      with self.monitor.connect() as client:
        status, _, body = exchange(
            client, numbers.randbytes(numbers.randrange(1, 3000)) +
            b"\r\n\r\n")
        self.assertIn(status, (0, 400, 404, 405, 413, 414, 421, 431, 501, 505), i)
        self.assertNotIn(b"canvas", body)

  def test_pipelined_requests_get_one_answer(self):
    with self.monitor.connect() as client:
      status, _, body = exchange(client, self.monitor.request("monitor_dsp.js")
                                 * 50)
    self.assertEqual(status, 200)
    self.assertLess(len(body), 2 * len(self.monitor.get("monitor_dsp.js")[2]))

  def test_hasty_clients(self):
    for _ in range(300):
      with self.monitor.connect() as client:
        client.sendall(self.monitor.request("events"))
    limit = time.monotonic() + LIMIT_S
    while self.monitor.num_descriptors() > 20:
      self.assertLess(time.monotonic(), limit, "connections stay open")
      time.sleep(0.1)


if __name__ == "__main__":
  for name, path in zip(("tacet", "tacetd", "model"), sys.argv[1:4]):
    monitor_case.PROGRAMS[name] = os.path.abspath(path)
  unittest.main(argv=sys.argv[:1] + sys.argv[4:])
