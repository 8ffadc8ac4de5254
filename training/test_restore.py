"""What restore makes of a file computes what the file was made of."""
import os
import tempfile
import unittest

import numpy as np
import torch

from training import export, golden, model, prune, restore


class RestoreTest(unittest.TestCase):
    def setUp(self):
        self.net = model.Network(model.ModelConfig(
            k=0.25, feature="level-normalised-phase"), 4)
        golden.randomise(self.net, 1)
        prune.update(self.net, 0.8)
        self.features = torch.randn(
            50, 4, self.net.cfg.num_inputs,
            generator=torch.Generator().manual_seed(2)) + 1
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "m.tacet")
            export.export(self.net, path, "m", {"step": 7})
            self.restored, self.provenance = restore.network(
                path, self.features)

    def test_masks_are_the_same(self):
        with torch.no_grad():
            want = self.net.outputs(self.net.trunk(self.features))
            got = self.restored.outputs(self.restored.trunk(self.features))
        self.assertGreater(float(want.std()), 0.1)
        self.assertLess(float((want - got).abs().max()),
                        1e-4 * float(want.abs().max()))

    def test_zeros_are_the_same(self):
        for name, mask in self.restored.masks.items():
            self.assertTrue(torch.equal(mask, self.net.masks[name]), name)

    def test_units_have_unit_variance(self):
        trace = {}
        self.restored.trunk(self.features, trace=trace)
        for i, l in enumerate(self.restored.layers):
            x = trace["layers.%d.input" % i].flatten(0, 1)
            self.assertLess(float((l.bn_mean - x.mean(0)).abs().max()), 1e-3)
            self.assertTrue(torch.equal(l.bn_scale,
                                        torch.ones_like(l.bn_scale)))

    def test_tells_what_it_was_trained_by(self):
        self.assertEqual(self.provenance, {"step": 7})

    def test_slow_and_turning_states_keep_their_poles(self):
        log_step = np.log([0.01, 0.3, 1.5, 0.005, 1.5])
        lam = np.array([-0.5 + 2j, -0.5 - 9j, -1.5 + 0j, -1e-4 + 30j,
                        -0.2 - 2.8j])  # turns by more than half a circle
        a = np.exp(lam * np.exp(log_step))
        got, got_step = restore.continuous(a, (a - 1) / lam)
        np.testing.assert_allclose(np.exp(got * np.exp(got_step)), a, 1e-6)
        np.testing.assert_allclose(got, lam, 1e-6)
        np.testing.assert_allclose(got_step, log_step, atol=1e-6)


if __name__ == "__main__":
    unittest.main()
