# SPDX-License-Identifier: Apache-2.0
"""scripts/quiet_before.py: quiet_before_test.py TACET"""

import pathlib
import sys
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import quiet_before
from evaluate import read

SET = ROOT / "tests/testdata/miniset"


class QuietBeforeTest(unittest.TestCase):

    def test_quiets_are_as_loud_as_they_say(self):
        quiets = dict(quiet_before.QUIETS)
        rng = np.random.default_rng(1)
        self.assertFalse(quiets["digital silence"](rng, 1000).any())
        for level in (-80, -60):
            noise = quiets[f"noise, {level} dBFS"](rng, 100000)
            self.assertAlmostEqual(10 * np.log10((noise**2).mean()), level,
                                   delta=0.1)
        steps = quiets["dither of 16 bits"](rng, 100000) * 32768
        self.assertEqual(set(steps), {-1, 0, 1})

    def test_it_is_the_clip_that_is_judged(self):
        # Passed through, it is as noisy as before, whatever was in front; a
        # sample beside, it would be worse by decibels.
        clean, rate = read(SET / "clean/00.flac")
        noisy, _ = read(SET / "noisy/00.flac")
        for _, quiet in quiet_before.QUIETS:
            gains = quiet_before.gains(
                {"00.wav": (clean, noisy, rate)}, quiet, 0.3,
                [TACET, "denoise", "--attenuation-limit", "0"])
            self.assertLess(np.abs(gains).max(), 0.01)


if __name__ == "__main__":
    TACET = sys.argv.pop(1)
    unittest.main()
