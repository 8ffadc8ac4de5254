# SPDX-License-Identifier: Apache-2.0
"""tacetd on its fake backend and `tacet monitor` beside it, for tests."""

import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

LIMIT_S = 30
PROGRAMS = {}  # tacet, tacetd, model: set by the test's main


class Monitor:
  """A running `tacet monitor`."""

  def __init__(self, case, *arguments):
    self.process = subprocess.Popen(
        [PROGRAMS["tacet"], "monitor", *arguments], env=case.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    case.addCleanup(self.kill)
    if not select.select([self.process.stdout], [], [], LIMIT_S)[0]:
      raise AssertionError("tacet monitor says nothing")
    self.url = self.process.stdout.readline().strip()
    match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/", self.url)
    if not match:
      raise AssertionError(f"{self.url!r}: {self.process.stderr.read()}")
    self.port, self.token = int(match[1]), match[2]
    self.host = f"127.0.0.1:{self.port}"

  def kill(self):
    if self.process.poll() is None:
      self.process.kill()
    self.process.communicate()

  def connect(self):
    client = socket.socket()
    client.settimeout(LIMIT_S)
    # What the system keeps for a client that does not read.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    try:
      client.connect(("127.0.0.1", self.port))
    except OSError:
      client.close()
      raise
    return client

  def request(self, path="", method="GET", host=None, version="1.1", headers=(),
              begin=None):
    """The bytes of a request for something behind the token."""
    path = f"/{self.token}/{path}" if begin is None else begin
    lines = [f"{method} {path} HTTP/{version}"]
    lines += [f"Host: {self.host}"] if host is None else host
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")

  def get(self, *arguments, **options):
    """(status, headers, body) of an answer that ends; status 0: none came."""
    with self.connect() as client:
      return exchange(client, self.request(*arguments, **options))

  def rss_kib(self):
    """Resident memory; 0 where a sanitizer's would be measured."""
    if os.environ.get("TACET_SANITIZE"):
      return 0
    text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])

  def num_descriptors(self):
    return len(os.listdir(f"/proc/{self.process.pid}/fd"))

  def events(self):
    """An open stream of events."""
    return Events(self)


def exchange(client, request):
  try:
    client.sendall(request)
  except OSError:
    pass  # it may have been refused before its end
  answer = b""
  try:
    while part := client.recv(65536):
      answer += part
  except OSError:
    pass
  head, _, body = answer.partition(b"\r\n\r\n")
  match = re.match(rb"HTTP/1\.[01] (\d+)", head)
  headers = dict(line.split(": ", 1) for line in
                 head.decode("latin-1").split("\r\n")[1:] if ": " in line)
  if headers.get("Transfer-Encoding") == "chunked":
    body = b"".join(chunks(body))
  return int(match[1]) if match else 0, headers, body


def chunks(body):
  while body:
    size, _, rest = body.partition(b"\r\n")
    if not (count := int(size, 16)):
      return
    yield rest[:count]
    body = rest[count + 2:]


class Events:

  def __init__(self, monitor):
    self.socket = monitor.connect()
    self.socket.sendall(monitor.request("events"))
    self._text = b""    # of the events
    self._body = None   # bytes of chunks; None: the head is not over
    self._raw = b""
    self.status = None
    self._waiting = []  # events that wait() has not looked at

  def close(self):
    self.socket.close()

  def receive(self):
    """What is there, as [(name, data)]; None at the end."""
    part = self.socket.recv(1 << 20)
    if not part:
      return None
    self._raw += part
    if self.status is None:
      head, mark, rest = self._raw.partition(b"\r\n\r\n")
      if not mark:
        return []
      self.status = int(head.split()[1])
      self._raw = rest
    while True:
      size, mark, rest = self._raw.partition(b"\r\n")
      count = int(size, 16) if mark else 0
      if not mark or len(rest) < count + 2:
        break
      self._text += rest[:count]
      self._raw = rest[count + 2:]
      if count == 0:
        break
    *whole, self._text = self._text.split(b"\n\n")
    found = []
    for event in whole:
      lines = dict(line.split(": ", 1) for line in event.decode().split("\n"))
      if "event" in lines:
        found.append((lines["event"], json.loads(lines["data"])))
    return found

  def wait(self, name, condition=lambda data: True):
    """The next event of that name for which the condition holds."""
    limit = time.monotonic() + LIMIT_S
    while time.monotonic() < limit:
      while self._waiting:
        event, data = self._waiting.pop(0)
        if event == name and condition(data):
          return data
      found = self.receive()
      if found is None:
        raise AssertionError("the stream ended")
      self._waiting += found
    raise AssertionError(f"no event {name}")


class MonitorCase(unittest.TestCase):

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    root = pathlib.Path(folder.name)
    for name in ("run", "config"):
      (root / name).mkdir(mode=0o700)
    self.control = root / "run/tacet/control.sock"
    self.environment = dict(os.environ, HOME=str(root),
                            XDG_RUNTIME_DIR=str(root / "run"),
                            XDG_CONFIG_HOME=str(root / "config"))
    self.environment.pop("NOTIFY_SOCKET", None)

  def tacet(self, *arguments):
    return subprocess.run([PROGRAMS["tacet"], *arguments], text=True,
                          env=self.environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=LIMIT_S)

  def start_daemon(self, *arguments, answers=True):
    """answers: wait until it does; one that ends at once may never."""
    daemon = subprocess.Popen(
        [PROGRAMS["tacetd"], "--backend", "fake", "--model", PROGRAMS["model"],
         *arguments], env=self.environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)

    self.addCleanup(self.kill, daemon)
    limit = time.monotonic() + LIMIT_S
    while answers and self.tacet("status").returncode != 0:
      self.assertLess(time.monotonic(), limit, "the daemon does not answer")
      time.sleep(0.02)
    return daemon

  def kill(self, process):
    process.kill()
    process.wait()
    process.stdout.close()

  def end_with(self, process, number=signal.SIGTERM):
    process.send_signal(number)
    process.communicate(timeout=LIMIT_S)
    return process.returncode
