"""The post-filter of masks."""
import os
import tempfile
import unittest
from unittest import mock

import numpy as np

from training import (container, export, merge, model, post_filter,
                      restore)


def config(**values):
    return model.ModelConfig(k=0.25, **values)


class PostFilterTest(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(3)
        self.mask = rng.uniform(0, 1, (30, 257))
        self.mask[10:20] *= 0.01
        self.spec = rng.standard_normal((30, 257)) + 0j

    def test_without_values_masks_stay(self):
        self.assertIs(post_filter.apply(self.mask, self.spec, config()),
                      self.mask)

    def test_multiplies_the_odds_of_a_hop_by_one_factor(self):
        out = post_filter.apply(self.mask, self.spec, config(
            post_bias=-0.3, post_gain=-0.4, post_held=0.4, post_hold_s=0.25))

        def odds(m):
            return m / (1 - m)
        factor = odds(out) / odds(self.mask)
        np.testing.assert_allclose(factor, factor[:, :1].repeat(257, 1))
        g = post_filter.hop_gains(self.mask, self.spec)
        self.assertAlmostEqual(factor[0, 0], np.exp(-0.3))  # g = s
        held = g[9] * np.exp(-0.008 / 0.25)
        self.assertAlmostEqual(factor[10, 0] / (
            np.exp(-0.3) * g[10] ** -0.4 * held ** 0.4), 1)

    def test_a_hop_of_zeros_stays_and_is_forgotten(self):
        cfg = config(post_gain=-0.4, post_held=0.4)
        spec = self.spec.copy()
        spec[5] = 0
        out = post_filter.apply(self.mask, spec, cfg)
        np.testing.assert_array_equal(out[5], self.mask[5])
        rest = np.arange(30) != 5
        np.testing.assert_allclose(out[rest], post_filter.apply(
            self.mask[rest], spec[rest], cfg))

    def test_the_command_writes_what_restore_reads_back(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two = (os.path.join(folder, n) for n in ("1", "2"))
            net = model.Network(config())
            export.export(net, one, "one", {})
            argv = ["post_filter", one, two, "--bias=-0.25", "--gain=-0.5",
                    "--held=0.5", "--hold-s=0.25"]
            with mock.patch("sys.argv", argv):
                post_filter.main()
            (t, _), (u, meta) = container.read(one), container.read(two)
            for name in t:
                np.testing.assert_array_equal(t[name], u[name])
            cfg = restore.config_of(meta)
            self.assertEqual((cfg.post_bias, cfg.post_gain, cfg.post_held,
                              cfg.post_hold_s), (-0.25, -0.5, 0.5, 0.25))
            export.export(model.Network(cfg), one, "again", {})
            self.assertEqual(container.read(one)[1]["post_gain"], "-0.5")
            _, merged = merge.merge([u], [meta])  # whose masks differ
            self.assertFalse([n for n in merged if n.startswith("post_")])
            argv[4] = "--gain=-2.5"
            with mock.patch("sys.argv", argv), self.assertRaisesRegex(
                    SystemExit, "--gain: -2.5 is not in -2..2"):
                post_filter.main()


if __name__ == "__main__":
    unittest.main()
