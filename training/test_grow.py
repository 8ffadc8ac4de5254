"""A grown network computes what it was grown from, and has room for more."""
import unittest

import torch

from training import golden, grow, model, prune


class GrowTest(unittest.TestCase):
    def setUp(self):
        self.old = model.Network(model.ModelConfig(
            k=0.25, feature="level-normalised-phase"), 4)
        golden.randomise(self.old, 1)
        prune.update(self.old, 0.8)
        prune.clear(self.old)
        self.features = torch.randn(
            50, 4, self.old.cfg.num_inputs,
            generator=torch.Generator().manual_seed(2)) + 1
        self.new = grow.grow(self.old, 0.5, 0.8, self.features, 3)

    def test_masks_are_the_same(self):
        with torch.no_grad():
            want = self.old.outputs(self.old.trunk(self.features))
            got = self.new.outputs(self.new.trunk(self.features))
        self.assertGreater(float(want.std()), 0.1)
        self.assertLess(float((want - got).abs().max()),
                        0.03 * float(want.abs().max()))

    def test_every_tensor_has_the_weights_that_pruning_leaves(self):
        tensors = prune.named(self.new)
        density = prune.erk({n: tuple(w.shape) for n, w in tensors.items()},
                            0.8)
        was = {n: int(m.sum()) for n, m in self.old.masks.items()}
        for name, w in tensors.items():
            keep = max(was[name], round(density[name] * w.numel()))
            self.assertEqual(int(self.new.masks[name].sum()), keep, name)
            self.assertEqual(int((w != 0).sum()), keep, name)

    def test_new_units_hear_old_ones_and_fire(self):
        h = self.old.cfg.hidden
        self.assertGreater(int(self.new.masks["encoder_w"][:, h:].sum()), 0)
        self.assertGreater(
            int(self.new.masks["layers.1.gate_w"][:h, h:].sum()), 0)
        trace = {}
        self.new.trunk(self.features, trace=trace)
        for i in range(self.new.cfg.layers):
            x = trace["layers.%d.output" % i][..., h:]
            self.assertGreater(float(x.std()), 0.1)

    def test_new_units_are_of_unit_variance(self):
        trace = {}
        self.new.trunk(self.features, trace=trace)
        h = self.old.cfg.hidden
        for i, l in enumerate(self.new.layers):
            x = trace["layers.%d.input" % i].flatten(0, 1)[:, h:]
            self.assertLess(float((l.bn_mean[h:] - x.mean(0)).abs().max()),
                            1e-3)

    def test_does_not_shrink(self):
        with self.assertRaisesRegex(SystemExit, "--k 0.25: narrower"):
            grow.grow(self.new, 0.25, 0.8, self.features)


if __name__ == "__main__":
    unittest.main()
