"""A merged network answers with the mean of its members' outputs."""
import argparse
import os
import tempfile
import unittest

import numpy as np

from training import container, export, golden, merge, model, prune, quantize


class MergeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.paths, self.files = [], []
        for i, k in enumerate((0.25, 0.5, 0.25)):
            net = model.Network(model.ModelConfig(
                k=k, feature="level-normalised-phase"), i)
            golden.randomise(net, i)
            prune.update(net, 0.8)
            self.paths.append(os.path.join(folder.name, "%d.tacet" % i))
            export.export(net, self.paths[-1], "m%d" % i, {})
            self.files.append(container.read(self.paths[-1]))
        self.features = np.random.default_rng(3).standard_normal(
            (40, net.cfg.num_inputs)).astype(np.float32) + 1

    def test_outputs_are_the_mean_of_the_members(self):
        outputs = [quantize.FloatNetwork(*f).run(self.features)["outputs"]
                   for f in self.files]
        want = np.mean(outputs, 0)
        got = quantize.FloatNetwork(*merge.merge(
            *zip(*self.files))).run(self.features)["outputs"]
        self.assertGreater(np.abs(outputs[0] - outputs[1]).max(),
                           0.1 * np.abs(want).max())
        self.assertLess(np.abs(want - got).max(), 1e-5 * np.abs(want).max())

    def test_a_member_with_fewer_features_does_not_hear_the_others(self):
        net = model.Network(model.ModelConfig(
            k=0.25, feature="level-normalised-phase-floor"), 7)
        golden.randomise(net, 7)
        path = self.paths[0] + ".floor"
        export.export(net, path, "floor", {})
        files = [self.files[1], container.read(path)]
        features = np.random.default_rng(4).standard_normal(
            (40, net.cfg.num_inputs)).astype(np.float32) + 1
        want = (quantize.FloatNetwork(*files[0]).run(
            features[:, :513])["outputs"] + quantize.FloatNetwork(
                *files[1]).run(features)["outputs"]) / 2
        tensors, meta = merge.merge(*zip(*files))
        got = quantize.FloatNetwork(tensors, meta).run(features)["outputs"]
        self.assertEqual(meta["feature"], "level-normalised-phase-floor")
        self.assertLess(np.abs(want - got).max(), 1e-5 * np.abs(want).max())

    def test_features_that_do_not_begin_alike_are_refused(self):
        t, m = self.files[0]
        with self.assertRaisesRegex(SystemExit, "feature differs: m0 has .*"
                                    "m0 has magnitude"):
            merge.merge([t, t], [m, dict(m, feature="magnitude")])

    def test_a_bias_is_added_to_all_outputs(self):
        plain, shifted = (quantize.FloatNetwork(*merge.merge(
            *zip(*self.files), *bias)).run(self.features)["outputs"]
            for bias in ((), (-0.2,)))
        np.testing.assert_allclose(shifted, plain - 0.2, atol=1e-5)

    def test_low_bins_get_a_bias_besides(self):
        plain, shifted = (quantize.FloatNetwork(*merge.merge(
            *zip(*self.files), **more)).run(self.features)["outputs"]
            for more in ({}, {"bias": -0.2, "below": (500, -0.6)}))
        difference = shifted - plain  # bin 16 is at 500 Hz
        np.testing.assert_allclose(difference[:, :16], -0.8, atol=1e-5)
        np.testing.assert_allclose(difference[:, 16:], -0.2, atol=1e-5)
        for bad in ("500", "9000,1", "500,6", "a,b"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "HZ,B"):
                merge.below(bad)

    def test_members_count_by_their_weights(self):
        weights = [0.8, 0.4, 0.1]
        outputs = [quantize.FloatNetwork(*f).run(self.features)["outputs"]
                   for f in self.files]
        want = sum(w * o for w, o in zip(weights, outputs))
        got = quantize.FloatNetwork(*merge.merge(
            *zip(*self.files), weights=weights)).run(self.features)["outputs"]
        self.assertLess(np.abs(want - got).max(), 1e-5 * np.abs(want).max())
        with self.assertRaisesRegex(SystemExit, "2 weights for 3 networks"):
            merge.merge(*zip(*self.files), weights=[1, 2])

    def test_keeps_every_weight_and_no_other(self):
        tensors, meta = merge.merge(*zip(*self.files))
        for name, values in tensors.items():
            parts = [t[name].size for t, _ in self.files]
            if name.endswith(".values"):
                self.assertEqual(values.size, sum(parts), name)
        self.assertEqual(meta["hidden"], str(sum(
            int(m["hidden"]) for _, m in self.files)))

    def test_integers_of_a_member_are_not_taken_over(self):
        t, m = self.files[0]
        tensors, meta = merge.merge(
            [dict(t, **{"fixed.x_exponents": np.zeros(3, np.int8)})] * 2,
            [dict(m, version="2", fixed_state_bits="24")] * 2)
        self.assertEqual(meta["version"], "1")
        self.assertFalse([n for n in list(tensors) + list(meta)
                          if n.startswith("fixed")])

    def test_what_is_0_stays_0_and_nothing_else_is(self):
        nets = []
        for k in (0.25, 0.5):
            net = model.Network(model.ModelConfig(k=k), 1)
            prune.update(net, 0.8)
            prune.clear(net)
            nets.append(net)
        # As a block-diagonal one: its weights are not spread as update()'s.
        w = nets[0].masks["encoder_w"]
        w[:, :10] = 0
        prune.clear(nets[0])
        free = tuple((nets[1].masks["encoder_w"] == 0).nonzero()[0])
        nets[1].encoder_w.data[free] = 5  # averaged, no longer 0
        was = {n: m.clone() for n, m in nets[0].masks.items()}
        share = prune.sparsity(nets[1])
        for net in nets:
            prune.choose_anew(net)
        for n, m in was.items():
            self.assertTrue(np.array_equal(nets[0].masks[n], m), n)
        self.assertAlmostEqual(prune.sparsity(nets[1]), share, 4)
        self.assertEqual(float(nets[1].masks["encoder_w"][free]), 1)

    def test_names_what_differs(self):
        metas = [m for _, m in self.files]
        metas[1] = dict(metas[1], window="low-latency")
        with self.assertRaisesRegex(
                SystemExit, "window differs: m0 has sqrt-hann, m1 has low-l"):
            merge.merge([t for t, _ in self.files], metas)


if __name__ == "__main__":
    unittest.main()
