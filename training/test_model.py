"""Discretisation, initialisation, export and streaming front end."""
import os
import tempfile
import unittest

import numpy as np
import scipy.signal
import torch

from training import denoise, export, golden, model, prune, stft, windows


class DiscretisationTest(unittest.TestCase):
    def layer(self):
        return model.Network(model.ModelConfig(k=0.25), 3).layers[0].double()

    def test_matches_scipy_cont2discrete(self):
        l = self.layer()
        (ar, ai), (fr, fi) = l.discretise()
        p = len(ar)
        for i in range(p):
            lam = complex(l.lambda_re[i], l.lambda_im[i])
            step = float(l.log_step[i].exp())
            a, b, *_ = scipy.signal.cont2discrete(
                (np.array([[lam]]), np.array([[1.0 + 0j]]),
                 np.array([[1.0]]), np.array([[0.0]])), step, "zoh")
            self.assertLess(abs(a[0, 0] - complex(ar[i], ai[i])), 1e-12)
            self.assertLess(abs(b[0, 0] - complex(fr[i], fi[i])), 1e-12)

    def test_two_states_by_hand(self):
        # L = -1, D = ln 2: a = 1/2, (a - 1)/L = 1/2.
        # L = -0.1 + i pi, D = 1: a = -e^-0.1.
        l = self.layer()
        with torch.no_grad():
            l.lambda_re[:2] = torch.tensor([-1.0, -0.1], dtype=torch.float64)
            l.lambda_im[:2] = torch.tensor([0.0, np.pi], dtype=torch.float64)
            l.log_step[:2] = torch.tensor([np.log(np.log(2)), 0],
                                          dtype=torch.float64)
        (ar, ai), (fr, fi) = l.discretise()
        self.assertAlmostEqual(float(ar[0]), 0.5, 12)
        self.assertAlmostEqual(float(fr[0]), 0.5, 12)
        e = np.exp(-0.1)
        f = (-e - 1) / complex(-0.1, np.pi)
        self.assertAlmostEqual(float(ar[1]), -e, 12)
        self.assertAlmostEqual(float(ai[1]), 0, 12)
        self.assertAlmostEqual(float(fr[1]), f.real, 12)
        self.assertAlmostEqual(float(fi[1]), f.imag, 12)

    def test_no_state_remembers_for_ever(self):
        l = self.layer()
        with torch.no_grad():
            l.lambda_re[:2] = torch.tensor([1.0, -1e-7], dtype=torch.float64)
        before = l.lambda_re.detach().clone()
        l.limit_memory()
        (ar, ai), _ = l.discretise()
        size = (ar ** 2 + ai ** 2).sqrt()
        self.assertLessEqual(float(size.max()),
                             np.exp(-1 / model.MEMORY) + 1e-12)
        self.assertAlmostEqual(float(size[0]), np.exp(-1 / model.MEMORY), 12)
        self.assertTrue(torch.equal(l.lambda_re[2:], before[2:]))

    def test_slow_poles_are_clamped(self):
        l = self.layer()
        with torch.no_grad():
            l.lambda_re[0] = 5.0
        (ar, ai), _ = l.discretise()
        self.assertLess(float(ar[0] ** 2 + ai[0] ** 2), 1)

    def test_hippo_normal_eigenvalues(self):
        # The HiPPO-LegS matrix is -1/2 I + skew - rank 1: its normal part has
        # real part -1/2 and conjugate pairs; eigenvectors diagonalise it.
        n = 16
        lam, v = model.hippo_normal(n)
        i = np.arange(n)
        s = np.empty((n, n))
        for r in range(n):  # written out from the definition
            for c in range(n):
                q = 0.5 * np.sqrt((2 * r + 1) * (2 * c + 1))
                s[r, c] = -0.5 if r == c else (-q if r > c else q)
        self.assertTrue(np.allclose(lam.real, -0.5))
        self.assertLess(np.abs(s @ v - v * lam).max(), 1e-10)
        self.assertLess(np.abs(np.sort(lam.imag) + np.sort(lam.imag)[::-1]
                               ).max(), 1e-10)
        self.assertTrue(np.all(np.diff(lam.imag[i]) >= 0))


class ExportTest(unittest.TestCase):
    def test_file_computes_what_the_network_computes(self):
        """A plain NumPy walk through the written file, no PyTorch."""
        net = model.Network(model.ModelConfig(k=0.25), 4)
        golden.randomise(net, 1)
        prune.update(net, 0.8)
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "x.tacet")
            export.export(net, path, "x", {})
            t, meta = export.read_safetensors(path)
        want = {}
        denoise.run(net, golden.signal(4000), trace=want)

        def matrix(n, columns):
            rows = t[n + ".rows"]
            w = np.zeros((len(rows) - 1, columns))
            for r in range(len(rows) - 1):
                s = slice(rows[r], rows[r + 1])
                w[r, t[n + ".columns"][s]] = t[n + ".values"][s]
            return w
        h, p = int(meta["hidden"]), int(meta["states"])
        x = want["features"][:, 0].numpy().astype(float)
        x = np.maximum(x @ matrix("encoder.weight", 257).T
                       + t["encoder.bias"], 0)
        for i in range(3):
            q = "layers.%d." % i
            b = matrix(q + "b_re", h) + 1j * matrix(q + "b_im", h)
            bias = t[q + "b_bias_re"] + 1j * t[q + "b_bias_im"]
            a = t[q + "a_re"] + 1j * t[q + "a_im"]
            f = t[q + "scale_re"] + 1j * t[q + "scale_im"]
            s, out = np.zeros(p, complex), []
            for u in x:
                s = a * s + f * (b @ u + bias)
                r = np.concatenate([np.maximum(s.real, 0),
                                    np.maximum(s.imag, 0)])
                y = np.concatenate([matrix(q + "c_re", p),
                                    matrix(q + "c_im", p)], 1) @ r
                y = np.maximum(y + t[q + "d"] * u + t[q + "y_bias"], 0)
                z = y / (1 + np.exp(-(matrix(q + "gate.weight", h) @ y
                                      + t[q + "gate.bias"])))
                out.append(np.maximum(z + u, 0))
            x = np.array(out)
        o = x @ matrix("decoder.weight", h).T + t["decoder.bias"]
        ref = want["outputs"][:, 0].numpy()
        self.assertLess(np.abs(o - ref).max(), 2e-5 * np.abs(ref).max())


class FrontEndTest(unittest.TestCase):
    def test_perfect_reconstruction(self):
        x = np.random.default_rng(0).standard_normal(5000)
        for kind in ("sqrt-hann", "boxcar", "low-latency"):
            for n in (512, 1536):
                spec = stft.analyse(x, kind, n, n // 4)
                y = stft.synthesise(spec, len(x), kind, n, n // 4)
                self.assertLess(np.abs(x - y).max(), 1e-12)

    def test_low_latency_needs_the_last_two_hops_only(self):
        s = windows.synthesis("low-latency")
        self.assertEqual(np.abs(s[:256]).max(), 0)
        self.assertGreater(np.abs(s[256:]).max(), 0.9)


class PruneTest(unittest.TestCase):
    def test_erk_keeps_the_asked_share(self):
        for s in (0.5, 0.9, 0.95):
            net = model.Network(model.ModelConfig(k=0.5), 1)
            prune.update(net, s)
            self.assertAlmostEqual(prune.sparsity(net), s, 3)


if __name__ == "__main__":
    unittest.main()
