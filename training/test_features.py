"""Features of spectra and of magnitudes are the same, and the floor's equation."""
import unittest

import numpy as np

from training import features, loader, model


class FeaturesTest(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(3)
        self.x = (rng.standard_normal((60, 257)) + 1j * rng.standard_normal(
            (60, 257))).astype(np.complex64) * 0.01
        self.x[20:30] *= 30

    def both(self, feature):
        cfg = model.ModelConfig(feature=feature)
        mag = np.abs(self.x)
        got = np.empty((60, 1, features.count(feature)), np.float32)
        features.compute((mag ** cfg.feature_power)[:, None], self.x[:, None],
                         cfg, got)
        want = features.of(mag, features.turn(self.x), cfg)
        return got[:, 0], want

    def test_training_and_inference_agree(self):
        for feature, count in (("level-normalised", 257),
                               ("level-normalised-phase", 513),
                               ("level-normalised-phase-floor", 770)):
            got, want = self.both(feature)
            self.assertEqual(got.shape[1], count)
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)

    def test_they_do_not_depend_on_the_power_in_the_loss(self):
        cfg = model.ModelConfig(feature="level-normalised-phase-floor")
        x = np.repeat(self.x[:, None], 2, 1)
        got = []
        for power in (cfg.feature_power, 0.2):
            out = {n: np.empty(shape, kind) for n, (shape, kind) in
                   loader.layout(60, 2, cfg.num_inputs).items()}
            ones = np.ones(2, np.float32)
            loader.derive(out, x, x, ones, ones, cfg, power)
            got.append(out)
        np.testing.assert_allclose(got[0]["f"], got[1]["f"], rtol=1e-4,
                                   atol=1e-4)
        self.assertGreater(np.abs(got[0]["cx"] - got[1]["cx"]).max(), 0.01)

    def test_floor_follows_down_faster_than_up(self):
        wide, _ = self.both("level-normalised-phase-floor")
        narrow, _ = self.both("level-normalised-phase")
        np.testing.assert_array_equal(wide[:, :513], narrow)
        c = np.abs(self.x[:, 40]).astype(float) ** 0.3
        n = c[0]
        for t in range(60):
            n += 0.008 / (2.0 if c[t] > n else 0.15) * (c[t] - n)
            self.assertAlmostEqual(wide[t, 513 + 40], min(c[t] / n, 8), 4)
        # A burst 30 dB up stands out while it lasts.
        self.assertGreater(wide[20:30, 513:].mean(),
                           2 * wide[10:20, 513:].mean())

    def test_a_gain_leaves_the_floor_feature(self):
        before, _ = self.both("level-normalised-phase-floor")
        self.x *= 8
        after, _ = self.both("level-normalised-phase-floor")
        np.testing.assert_allclose(after[:, 513:], before[:, 513:], rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
