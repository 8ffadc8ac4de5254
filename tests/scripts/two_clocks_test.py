# SPDX-License-Identifier: Apache-2.0
"""What scripts/e2e finds in sound that passed from one clock to another."""

import pathlib
import sys
import unittest

import numpy
import scipy.ndimage

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts/e2e"))
import checks
import signals
from sandbox import Failure

RATE = 48000
SECONDS = 3
LATENCY = 3000.3  # samples


class Clocks:
    """The first is the nominal one; the second runs faster by `drift` and by
    `more` a second later."""

    def __init__(self, drift, more=0.0):
        self._drift, self._more = drift, more

    def ahead(self, samples):
        """Samples by which the second clock is ahead of the first."""
        return (self._drift + self._more * samples / RATE / 2) * samples

    def time_of(self, i, samples):
        # Off by the square of the drift, a tenth of a microsecond a second.
        return (samples - i * self.ahead(samples)) / RATE


class TwoClocksTest(unittest.TestCase):

    def setUp(self):
        noise = signals.band_noise((SECONDS + checks.SETTLING_S) * RATE)
        self.direct = numpy.concatenate(
            [numpy.zeros(RATE // 2), noise, numpy.zeros(RATE)])
        self.place = RATE * (checks.SETTLING_S + 2) + 333  # of a fault

    def hear(self, clocks):
        """By a perfect daemon."""
        places = numpy.arange(len(self.direct), dtype=float)
        return scipy.ndimage.map_coordinates(
            self.direct, [places - clocks.ahead(places) - LATENCY], order=5)

    def judge(self, heard, clocks):
        checks.expect_two_clocks(self.direct, heard, clocks, RATE, SECONDS)

    def test_passes_any_drift_of_the_clocks(self):
        for clocks in (Clocks(0.0), Clocks(-359e-6, 5e-6), Clocks(900e-6)):
            self.judge(self.hear(clocks), clocks)

    def test_finds_one_lost_and_one_doubled_sample(self):
        for clocks in (Clocks(0.0), Clocks(-359e-6)):
            heard = self.hear(clocks)
            for faulty in (numpy.delete(heard, self.place),
                           numpy.insert(heard, self.place,
                                        heard[self.place])):
                with self.assertRaisesRegex(Failure, "the delay jumps"):
                    self.judge(faulty, clocks)

    def test_finds_one_sample_of_silence(self):
        clocks = Clocks(-359e-6)
        heard = self.hear(clocks)
        near = heard[self.place - 50:self.place + 50]
        near[numpy.abs(near).argmax()] = 0
        with self.assertRaisesRegex(Failure, "is not what was played"):
            self.judge(heard, clocks)

    def test_finds_a_drift_that_is_not_that_of_the_clocks(self):
        for own, clocks in ((Clocks(0.0), Clocks(-800e-6)),
                            (Clocks(800e-6), Clocks(0.0))):
            with self.assertRaisesRegex(Failure, "is not constant"):
                self.judge(self.hear(own), clocks)

    def test_finds_a_drift_beyond_the_resampler(self):
        clocks = Clocks(1700e-6)
        with self.assertRaisesRegex(Failure, "no drift of clocks"):
            self.judge(self.hear(clocks), clocks)


if __name__ == "__main__":
    unittest.main()
