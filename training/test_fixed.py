"""Quantiser, integer reference, and quantisation-aware forward pass."""
import os
import unittest

import numpy as np
import torch

from training import container, export, fixed, fixed_golden, golden, model
from training import prune, qat, quantize

FOLDER = os.path.join("tests", "testdata", "fixed")


def network(**conf):
    net = model.Network(model.ModelConfig(k=0.25, **conf), 6)
    golden.randomise(net, 10)
    prune.update(net, 0.85)
    return net


def float_file(net):
    t = export.tensors_of(net)
    return t, export.metadata_of(net.cfg, "x", {})


class ArithmeticTest(unittest.TestCase):
    def test_truncation_never_grows_a_modulus(self):
        x = np.arange(-70000, 70000)
        cut = fixed.truncate_shift(x, 15)
        self.assertTrue(np.all(np.abs(cut) <= np.abs(x) / 32768))
        self.assertTrue(np.all(cut == np.trunc(x / 32768)))

    def test_sigmoid_never_falls(self):
        v = fixed.sigmoid(np.arange(-32767, 32768))
        self.assertTrue(np.all(np.diff(v) >= 0))
        self.assertEqual((v[0], v[-1]), (0, 32767))

    def test_a_hash_sees_one_changed_value(self):
        def digest(*parts):
            d = fixed.Digest()
            for p in parts:
                d.add(p)
            return d.text()
        v = np.arange(-500, 500)
        w = v.copy()
        w[77] += 1
        self.assertNotEqual(digest(v), digest(w))
        self.assertNotEqual(digest(v), digest(v[::-1]))
        self.assertEqual(digest(v), digest(v[:300], v[300:]))


class QuantiserTest(unittest.TestCase):
    def test_refuses_a_gelu_network(self):
        t, meta = float_file(network(activation="gelu",
                                     state_activation="none"))
        with self.assertRaises(SystemExit):
            quantize.Quantiser(t, meta, {}).run()

    def test_a_pole_at_the_limit_is_pulled_in(self):
        net = network()
        t, meta = float_file(net)
        t = dict(t)
        a = t["layers.0.a_re"].copy()
        b = t["layers.0.a_im"].copy()
        a[0], b[0] = 0.99999, 0.0
        a[1], b[1] = -0.70710, 0.70710
        t["layers.0.a_re"], t["layers.0.a_im"] = a, b
        q = quantize.Quantiser(t, meta, {})
        q.poles("layers.0.")
        re, im = (q.out["fixed.layers.0.a_" + n].astype(int)
                  for n in ("re", "im"))
        self.assertTrue(np.all(re * re + im * im <= quantize.MAX_POLE))
        self.assertGreater(re[0], 32760)

    def test_no_weight_wastes_its_bits(self):
        t, meta = float_file(network())
        f = np.random.default_rng(1).uniform(0, 2, (40, 257)).astype(
            np.float32)
        out, _ = quantize.quantise(t, meta, [f])
        for name, v in out.items():
            if not name.startswith("fixed.") or not name.endswith(".values"):
                continue
            if ".b_" in name or ".c_" in name:
                continue  # one exponent for two matrices
            rows = t[name[6:-7] + ".rows"]
            for r in range(len(rows) - 1):
                row = np.abs(v[rows[r]:rows[r + 1]].astype(int))
                if len(row):
                    self.assertGreaterEqual(row.max(), 63, name)

    def test_an_outlier_is_clipped_by_a_fifth_at_most(self):
        t, meta = float_file(network())
        name = "layers.0.gate.weight.values"
        e_in = fixed.LOGIT - 5  # inputs so coarse that rows need 2^5 at least
        for size, is_taken in ((127 / 32, True), (127 / 32 * 1.25, True),
                               (127 / 32 * 1.26, False)):
            v = t[name].copy()
            v[0] = -size
            q = quantize.Quantiser(dict(t, **{name: v}), meta, {})
            if not is_taken:
                with self.assertRaisesRegex(SystemExit, "needs exponent 4"):
                    q.affine("layers.0.gate", e_in, fixed.LOGIT)
                continue
            q.affine("layers.0.gate", e_in, fixed.LOGIT)
            self.assertEqual(q.out["fixed." + name][0], -127)
            self.assertEqual(
                q.out["fixed.layers.0.gate.weight.exponents"][0], 5)


class NetworkTest(unittest.TestCase):
    def test_integers_are_those_of_the_committed_hashes(self):
        t, notes = container.read(os.path.join(FOLDER, "golden.safetensors"))
        for name in ("real.tacet", "complex.tacet", "phase.tacet"):
            net = fixed.FixedNetwork(os.path.join(FOLDER, name))
            for stage, value in fixed.digests(
                    net, fixed_golden.stored(t, net.inputs)).items():
                self.assertEqual(notes[name + "/" + stage], value, stage)

    def test_training_on_the_grid_computes_what_the_integers_do(self):
        """A tenth of what quantisation as a whole changes."""
        for conf in ({}, {"mask": "complex", "state_activation": "gate_re"}):
            net = network(**conf)
            f = torch.rand(60, 1, 257, generator=torch.Generator()
                           .manual_seed(1)) * 2
            exps = qat.calibrate(net, f)
            with torch.no_grad():
                x = qat.trunk(net, f, exps)
                o = qat.GridDecoder(net).outputs(x)[:, 0, :257].numpy()
                ref = net.outputs(net.trunk(f))[:, 0, :257].numpy()
            t, meta = float_file(net)
            fx = fixed.FixedNetwork(*quantize.quantise(
                t, meta, [f[:, 0].numpy()]))
            q = fixed.quantise_features(f[:, 0].numpy(), fx.feature_exponent)
            is_ = fx.run(q)["outputs"][:, :257] / 2.0 ** fixed.LOGIT
            rms = lambda v: np.sqrt(np.mean(v ** 2))
            self.assertLess(rms(o - is_), 0.1 * rms(ref - is_))

    def test_gradients_reach_every_parameter(self):
        net = network()
        f = torch.rand(20, 2, 257) * 2
        x = qat.trunk(net, f, qat.calibrate(net, f))
        qat.GridDecoder(net).outputs(x).square().mean().backward()
        for name, p in net.named_parameters():
            self.assertTrue(p.grad is not None and
                            torch.isfinite(p.grad).all(), name)
            self.assertGreater(float(p.grad.abs().sum()), 0, name)


if __name__ == "__main__":
    unittest.main()
