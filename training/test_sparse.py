"""The kernels for frozen sparse weights against plain PyTorch."""
import unittest

import numpy as np
import torch

from training import losses, model, prune, sparse


def batch(steps, examples, seed):
    """Random spectra and what the loss needs of them."""
    rng = np.random.default_rng(seed)
    shape = (steps, examples, 257)

    def spectrum():
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
                ).astype(np.complex64)
    s = spectrum()
    x = s + 0.5 * spectrum()
    speech = np.ones(examples, np.float32)
    speech[3] = 0
    weight = np.full(examples, 1 / examples, np.float32)
    data = losses.prepare(x, s, weight, speech, 0.3)
    data["f"] = torch.from_numpy(np.abs(rng.standard_normal(
        (steps, examples, 513))).astype(np.float32))
    return data


def rounded(v):
    """v with 8 bits, as the kernels hold activations; gradient of v."""
    return v + (v.bfloat16().float() - v).detach()


def outputs(net, f):
    """model.Network with the kernels' rounding and frozen statistics."""
    w, b = net.encoder()
    out = (rounded(f) @ w + b).clamp_min(0)
    for i, l in enumerate(net.layers):
        x = rounded(out)
        b, a, sc, c, d, w2, b2 = net.layer_tensors(i)
        p = a.shape[0] // 2
        g = l.bn_scale * torch.rsqrt(l.bn_var + model.BN_EPS)
        e = l.bn_bias - l.bn_mean * g
        bu = x @ (g[:, None] * b) + e @ b
        s_re, s_im = model.scan(
            a[:p], a[p:], sc[:p] * bu[..., :p] - sc[p:] * bu[..., p:],
            sc[:p] * bu[..., p:] + sc[p:] * bu[..., :p])
        r = rounded(torch.cat([s_re, s_im], -1).clamp_min(0))
        y = (r @ c + d * (g * out + e)).clamp_min(0)
        z = y * torch.sigmoid(rounded(y) @ w2 + b2)
        out = (z + out).clamp_min(0)
    return net.outputs(rounded(out))


@unittest.skipUnless(sparse.available(), "this CPU has no AVX-512")
class SparseTest(unittest.TestCase):
    def setUp(self, mask="sigmoid"):
        torch.manual_seed(1)
        self.net = model.Network(model.ModelConfig(
            k=0.25, step_max=1.0, feature="level-normalised-phase",
            mask=mask), 5)
        with torch.no_grad():  # normalisation that is not the identity
            for l in self.net.layers:
                l.bn_mean.uniform_(0.1, 0.5)
                l.bn_var.uniform_(0.5, 1.5)
                l.bn_bias.uniform_(-0.2, 0.2)
            self.net.in_mean.uniform_(0.5, 1)
            self.net.in_std.uniform_(0.5, 1)
        prune.update(self.net, 0.7)
        self.net.frozen = True

    def gradients(self, loss):
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        return {n: p.grad.clone() for n, p in self.net.named_parameters()}

    def test_loss_and_gradients_of_a_complex_mask(self):
        self.setUp("complex")
        self.test_loss_and_gradients_are_those_of_the_reference()

    def test_loss_and_gradients_are_those_of_the_reference(self):
        hyper = losses.HYPER
        for steps, examples in ((34, 16), (20, 32)):
            data = batch(steps, examples, 3)
            plain = self.net.outputs(self.net.trunk(data["f"], False))
            o = outputs(self.net, data["f"])
            self.assertLess(float((o - plain).abs().max() / plain.abs().max()),
                            0.02)
            loss, si = losses.reference(o, self.net.cfg, data, hyper)
            want = self.gradients(loss)
            got_loss, got_si, _ = sparse.Sparse(self.net)(data, hyper, True)
            got = self.gradients(got_loss)
            self.assertLess(abs(float(got_loss - loss)), 1e-3)
            self.assertLess(float((got_si - si.detach()).abs().max()), 1e-2)
            for n, g in want.items():
                # Gradients are rounded to 8 bits too.
                error = float((got[n] - g).norm() / (g.norm() + 1e-6))
                self.assertLess(error, 0.02, n)

    def test_pruned_weights_get_no_gradient(self):
        data = batch(20, 16, 4)
        loss, _, _ = sparse.Sparse(self.net)(data, losses.HYPER, True)
        g = self.gradients(loss)
        for n, m in self.net.masks.items():
            self.assertEqual(float((g[n] * (1 - m)).abs().max()), 0)
            self.assertGreater(float((g[n] * m).abs().max()), 0)


if __name__ == "__main__":
    unittest.main()
