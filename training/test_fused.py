"""The fused CPU path equals the plain PyTorch one, values and gradients."""
import unittest

import numpy as np
import torch

from training import losses, model


def small(gate="relu_parts", mask="sigmoid"):
    torch.manual_seed(0)
    cfg = model.ModelConfig(k=0.25, state_activation=gate, mask=mask,
                            activation="gelu" if gate == "none" else "relu")
    net = model.Network(cfg, 1)
    with torch.no_grad():  # away from the symmetric start
        for p in net.parameters():
            p.add_(0.1 * torch.randn_like(p) * p.abs().mean())
        for l in net.layers:
            l.bn_bias.normal_(0, 0.3)
            l.gate_b.normal_(0, 0.3)
    return net


def batch(t=60, b=3, seed=0):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((t, b, 257))
         + 1j * rng.standard_normal((t, b, 257))).astype(np.complex64)
    s = (0.6 * x + 0.3 * rng.standard_normal((t, b, 257))).astype(np.complex64)
    s[:, 1] = 0  # a noise-only example
    return losses.prepare(x, s, np.ones(b, np.float32),
                          np.array([1, 0, 1], np.float32)[:b], 0.3)


class FusedTest(unittest.TestCase):
    def grads(self, net, loss):
        net.zero_grad()
        loss.backward()
        return {n: p.grad.clone() for n, p in net.named_parameters()}

    def check(self, gate, train, mask="sigmoid"):
        net, data = small(gate, mask), batch()
        f = torch.rand(60, 3, 257)
        h = getattr(self, "hyper", losses.HYPER)
        with torch.set_grad_enabled(True):
            ref = losses.reference(net.outputs(net.trunk(f, train)),
                                   net.cfg, data, h)
            a = self.grads(net, ref[0])
            got = losses.fused_loss(net, net.trunk_fused(f, train), data, h)
            b = self.grads(net, got[0])
        self.assertLess(abs(float(ref[0] - got[0])), 1e-4 * abs(float(ref[0])))
        for n in a:
            self.assertTrue(torch.isfinite(b[n]).all(), n)
            err = float((a[n] - b[n]).norm() / (a[n].norm() + 1e-6))
            self.assertLess(err, 2e-3, n)

    def test_envelope_loss(self):
        self.hyper = dict(losses.HYPER, est=20.0)
        self.check("relu_parts", True)

    def test_band_loss(self):
        for mask in ("sigmoid", "complex"):
            self.hyper = dict(losses.HYPER, est=20.0, band=40.0)
            self.check("relu_parts", True, mask)

    def test_relu_parts_training(self):
        self.check("relu_parts", True)

    def test_gate_re_training(self):
        self.check("gate_re", True)

    def test_complex_mask(self):
        self.check("relu_parts", True, "complex")

    def test_envelope_loss_of_a_complex_mask(self):
        self.hyper = dict(losses.HYPER, est=20.0)
        self.check("relu_parts", True, "complex")

    def test_dense_gelu_network(self):
        self.check("none", True)

    def test_running_statistics(self):
        self.check("relu_parts", False)


if __name__ == "__main__":
    unittest.main()
