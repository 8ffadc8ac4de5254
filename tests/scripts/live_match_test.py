# SPDX-License-Identifier: Apache-2.0
"""What scripts/e2e/denoise.py takes for the sound of `tacet denoise`."""

import pathlib
import sys
import unittest

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts/e2e"))
from live_match import any_phase, match_db, nearest, num_lost, phases

RATE = 48000
PERIOD = 256
HOP = 384
QUIET = 10 * HOP
ENOUGH_DB = 80  # denoise.LEAST_MATCH_DB


def denoise(samples):
    """Hop by hop, each scaled by what was in the hops until then."""
    whole = numpy.zeros(-(-len(samples) // HOP) * HOP)
    whole[:len(samples)] = samples
    hops = whole.reshape(-1, HOP)
    level = numpy.zeros(len(hops))
    for h in range(1, len(hops)):
        level[h] = 0.9 * level[h - 1] + numpy.abs(hops[h]).mean()
    return (hops / (1 + level[:, None])).reshape(-1)[:len(samples)]


class LiveMatchTest(unittest.TestCase):

    def setUp(self):
        speech = numpy.random.default_rng(1).normal(size=40 * HOP)
        self.played = numpy.concatenate(
            [numpy.zeros(QUIET), speech * numpy.sin(numpy.arange(40 * HOP) / 999),
             numpy.zeros(QUIET)])
        self.clip = slice(QUIET, QUIET + len(speech))

    def hear(self, given, before=3 * PERIOD):
        """By a daemon that was there so much earlier."""
        return denoise(numpy.concatenate([numpy.zeros(before), given]))[before:]

    def match(self, given, heard):
        return nearest(denoise, given, self.clip, lambda _: heard[self.clip],
                       phases(RATE, PERIOD))[-1]

    def with_gap(self):
        given = self.played.copy()
        given[QUIET + 5000:QUIET + 5000 + PERIOD] = 0
        return given

    def test_finds_where_in_a_hop_the_daemon_began(self):
        self.assertEqual(list(phases(RATE, PERIOD)), [0, 128, 256])
        self.assertEqual(list(phases(RATE, 4096)), [0, 128, 256])
        for periods in range(5):
            heard = self.hear(self.played, periods * PERIOD)
            self.assertGreater(self.match(self.played, heard), ENOUGH_DB)
        # No whole number of periods: this is another sound.
        heard = self.hear(self.played, 3 * PERIOD + 100)
        self.assertLess(self.match(self.played, heard), ENOUGH_DB)

    def test_on_two_clocks_a_hop_begins_anywhere(self):
        for rate, hop in ((48000, 384), (44100, 353)):
            tried = list(any_phase(rate))
            steps = numpy.diff([*tried, hop])
            self.assertEqual(tried[0], 0)
            self.assertTrue(0 < steps.min() and steps.max() <= 16, steps)

    def test_a_gap_of_the_microphone_is_no_fault(self):
        given = self.with_gap()
        heard = self.hear(given)
        self.assertGreater(self.match(given, heard), ENOUGH_DB)
        # By what was played, it would be one.
        self.assertLess(self.match(self.played, heard), ENOUGH_DB)

    def test_finds_a_hop_that_was_not_denoised(self):
        heard = self.hear(self.played)
        heard[QUIET + 5000:QUIET + 5000 + HOP] = (
            self.played[QUIET + 5000:QUIET + 5000 + HOP])
        self.assertLess(self.match(self.played, heard), ENOUGH_DB)

    def test_finds_a_period_that_the_daemon_lost(self):
        heard = self.hear(numpy.delete(
            self.played, slice(QUIET + 5000, QUIET + 5000 + PERIOD)))
        heard = numpy.concatenate([heard, numpy.zeros(PERIOD)])
        self.assertLess(self.match(self.played, heard), ENOUGH_DB)

    def test_finds_a_sample_that_is_off(self):
        heard = self.hear(self.played)
        loudest = QUIET + numpy.abs(heard[self.clip]).argmax()
        heard[loudest] *= 1.1
        self.assertLess(self.match(self.played, heard), ENOUGH_DB)

    def test_what_is_the_same_matches(self):
        self.assertGreater(match_db(self.played, self.played.copy()), 200)

    def test_counts_what_did_not_reach_the_recorder(self):
        delay = 700
        recorded = numpy.concatenate([numpy.zeros(delay), self.played])
        self.assertEqual(num_lost(self.played, recorded, delay), 0)
        self.assertGreater(num_lost(self.played, recorded, delay + 1), 10000)
        gap = numpy.concatenate([numpy.zeros(delay), self.with_gap()])
        self.assertAlmostEqual(num_lost(self.played, gap, delay), PERIOD,
                               delta=1)
        cut = recorded[:delay + self.clip.stop - 50]
        self.assertEqual(num_lost(self.played, cut, delay), 50)


if __name__ == "__main__":
    unittest.main()
