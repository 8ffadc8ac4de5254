# SPDX-License-Identifier: Apache-2.0
"""Clocks of PulseAudio's sinks by the server's own account, whatever the daemon
does: at what time each sample of a recording was played
(tests/daemon/pulse_probe.cc)."""

import os
import signal

import numpy

from sandbox import end, expect, wait

_BIN_S = 0.25  # of which the earliest answer counts: others came late


class PulseClocks:

    def __init__(self, box, probe, sinks, rate, recordings):
        """Those of `sinks`, whose monitors are being recorded as raw floats."""
        self._sinks, self._rate = sinks, rate
        self._log = box.path("clocks.txt")
        self._probe = box.run(probe, *sinks, log="pulse_probe.log",
                              output=open(self._log, "wb"))
        wait("the clocks of all sinks",
             lambda: all(len(self._answers(sink)) > 2 for sink in sinks))
        # Where the recordings began, to some 0.1 s: enough, since only the
        # difference of the clocks depends on it.
        self._ahead = [self._answers(sink)[-1, 1] - os.path.getsize(file) / 4
                       for sink, file in zip(sinks, recordings)]

    def finish(self):
        status = end(self._probe, signal.SIGINT)
        expect(status == 0, f"pulse_probe ended with {status}")

    def time_of(self, i, samples):
        """Seconds at which samples of recording i were played, beside an
        unknown beginning."""
        times, frames = self._answers(self._sinks[i]).T
        late = times * 1e-6 - frames / self._rate
        bins = frames // int(_BIN_S * self._rate)
        earliest = [numpy.flatnonzero(bins == one)[late[bins == one].argmin()]
                    for one in numpy.unique(bins)]
        places = samples + self._ahead[i]
        late -= late[0]  # small numbers keep their microseconds
        return places / self._rate + numpy.interp(places, frames[earliest],
                                                  late[earliest])

    def _answers(self, sink):
        """[microseconds, frames] of each."""
        rows = [line.split()[1:] for line in
                self._log.read_text().splitlines()[:-1]
                if line.startswith(f"{sink} ")]
        return numpy.array(rows, float).reshape(-1, 2)


class OneClock:
    """Recordings of one server that counts for all."""

    def __init__(self, rate):
        self._rate = rate

    def finish(self):
        pass

    def time_of(self, _, samples):
        return samples / self._rate
