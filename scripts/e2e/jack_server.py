# SPDX-License-Identifier: Apache-2.0
"""A real jackd with its dummy sound card, and a client of it."""

import fcntl
import signal

import numpy

from sandbox import end, wait
from signals import noise

NAME = "Tacet Microphone"
# One name for all: jackd keeps a place for each name of a server that was
# killed, and with eight of them starts no more.
SERVER = "tacet-test"


class JackTake:
    """Plays into the daemon and records what it gives, in the same cycles."""

    def __init__(self, server, samples, seconds):
        box = server.box
        self._box, self._played = box, samples
        self._record = box.path("record.f32")
        samples.astype("<f4").tofile(box.path("play.f32"))
        box.path("jack_probe.log").unlink(missing_ok=True)
        self.probe = box.run(
            server.probe, "duplex", box.path("play.f32"), self._record,
            int(seconds * server.rate), f"{NAME}:in_0", f"{NAME}:out_0",
            log="jack_probe.log")

    def wait(self):
        wait("the end of the recording",
             lambda: self.probe.poll() is not None, 3600)

    def finish(self):
        """What was played and what was recorded, frame beside frame."""
        end(self.probe, signal.SIGINT)
        recorded = numpy.fromfile(self._record, "<f4")
        played = numpy.zeros(len(recorded), "f4")
        n = min(len(recorded), len(self._played))
        played[:n] = self._played[:n]
        return played, recorded


class JackServer:
    backend = "jack"
    rate = 48000
    device = "system"
    # Frame for frame the same clock: what goes in comes out, bit for bit.
    one_clock = True
    # A probe that plays into the daemon and hears it closes a loop, which JACK
    # opens by a period of delay.
    loop_periods = 1

    def __init__(self, box, period=1024, probe=None, is_live=False):
        self.box, self.period, self.probe = box, period, probe
        # Its name is for one test at a time. Held until this process ends.
        self._lock = open(f"/tmp/{SERVER}.lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # Otherwise the server waits for its clients: nothing depends on the
        # machine's load.
        self._options = (["-R", "-P", "20"] if is_live else
                         ["-r", "-S", "-t", "1000"])
        self._server = None
        box.environment.update(JACK_DEFAULT_SERVER=SERVER,
                               JACK_NO_AUDIO_RESERVATION="1")

    def start(self):
        self._server = self.box.run(
            "jackd", "-n", SERVER, "--no-mlock", *self._options, "-d",
            "dummy", "-r", self.rate, "-p", self.period, "-C", "1", "-P", "1",
            server=True)
        wait("jackd", lambda: "system:capture_1" in self.box.ask(
            "jack_lsp", check=False))

    def kill(self):
        end(self._server)

    def take(self, samples, seconds):
        return JackTake(self, samples, seconds)

    def listen(self):
        """Plays and records for a minute. hears(): whether sound has come."""
        samples = noise(60 * self.rate)
        take = JackTake(self, samples, 60)
        log = self.box.path("jack_probe.log")
        probe = take.probe
        probe.hears = lambda: log.exists() and "heard" in log.read_text()
        self._listening = take
        return probe

    def end_listening(self):
        end(self._listening.probe, signal.SIGINT)

    def ours(self):
        return [line for line in self.box.ask("jack_lsp").splitlines()
                if "acet" in line]
