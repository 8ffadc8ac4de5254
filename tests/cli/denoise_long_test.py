#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ten hours through a pipe: `tacet denoise - -` takes no more memory in the end
than in the middle. Labelled `long` in CTest."""

import pathlib
import re
import subprocess
import sys
import threading
import unittest

import numpy as np

RATE_HZ, HOURS, PIECE_S = 16000, 10, 60
BYTES = 2  # of a sample, s16le
MB = 1e6


def peak_bytes(pid):
  status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
  return 1024 * int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1])


class Drain(threading.Thread):
  """Counts what comes out of a pipe, and the bytes of it that are not 0."""

  def __init__(self, pipe):
    super().__init__()
    self.pipe, self.size, self.sounding = pipe, 0, 0

  def run(self):
    while part := self.pipe.read1(1 << 20):
      self.size += len(part)
      self.sounding += np.count_nonzero(np.frombuffer(part, "u1"))


class TenHours(unittest.TestCase):

  def test_memory_is_flat(self):
    # Not of one loudness, and with no period of a hop.
    samples = np.random.default_rng(1).normal(size=PIECE_S * RATE_HZ)
    samples *= 1000 * (1 + np.sin(np.arange(samples.size) / RATE_HZ))
    piece = samples.astype("<i2").tobytes()
    pieces = HOURS * 3600 // PIECE_S
    with subprocess.Popen(
        [sys.argv[1], "denoise", "-", "-", "--raw-rate", str(RATE_HZ),
         "--raw-channels", "1", "--raw-format", "s16le"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tacet:
      drain = Drain(tacet.stdout)
      drain.start()
      for i in range(pieces):
        tacet.stdin.write(piece)
        if i == pieces // 2:
          middle = peak_bytes(tacet.pid)
      end = peak_bytes(tacet.pid)
      tacet.stdin.close()
      drain.join()
      self.assertEqual(tacet.wait(), 0)
    print(f"peak: {middle / MB:.2f} MB after {HOURS // 2} h, "
          f"{end / MB:.2f} MB after {HOURS} h")
    self.assertEqual(drain.size, HOURS * 3600 * RATE_HZ * BYTES)
    self.assertGreater(drain.sounding, 0.1 * drain.size)
    self.assertLessEqual(end, middle + MB)


if __name__ == "__main__":
  unittest.main(argv=sys.argv[:1])
