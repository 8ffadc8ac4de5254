"""Muon: what its step is."""
import unittest

import torch

from training import muon


class Orthogonalise(unittest.TestCase):
    def test_equalises_singular_values(self):
        torch.manual_seed(1)
        for shape in ((60, 40), (40, 60)):
            g = torch.randn(shape) @ torch.diag(
                torch.logspace(-1.5, 1, shape[1]))
            u, _, v = torch.linalg.svd(g, full_matrices=False)
            x = muon.orthogonalise(g)
            s = torch.linalg.svdvals(x)
            self.assertLess(float(s.max()), 1.3)
            self.assertGreater(float(s.median()), 0.6)
            # same singular vectors: U^T x V is diagonal
            d = u.t() @ x @ v.t()
            off = d - torch.diag(torch.diag(d))
            self.assertLess(float(off.abs().max()), 1e-3)

    def test_bfloat16_finds_the_same_directions(self):
        torch.manual_seed(3)
        g = torch.randn(60, 40) @ torch.diag(torch.logspace(-1, 1, 40))
        x = muon.orthogonalise(g.bfloat16()).float()
        s = torch.linalg.svdvals(x)
        self.assertLess(float(s.max()), 1.4)
        self.assertGreater(float(s.median()), 0.6)
        exact = muon.orthogonalise(g)
        cosine = float((x * exact).sum() / x.norm() / exact.norm())
        self.assertGreater(cosine, 0.99)


class Step(unittest.TestCase):
    def test_finds_a_least_squares_solution(self):
        torch.manual_seed(2)
        x, w = torch.randn(200, 12), torch.randn(12, 7)
        p = torch.nn.Parameter(torch.zeros(12, 7))
        opt = muon.Muon([p], 0.1, weight_decay=0.0)
        for i in range(300):
            opt.param_groups[0]["lr"] = 0.1 * (1 - i / 300)
            p.grad = None
            ((x @ p - x @ w) ** 2).mean().backward()
            opt.step()
        self.assertLess(float((p - w).abs().max()), 0.02)

    def test_update_has_the_size_of_adamw(self):
        p = torch.nn.Parameter(torch.zeros(64, 64))
        p.grad = torch.randn(64, 64)
        muon.Muon([p], 1.0, weight_decay=0.0).step()
        rms = float(p.detach().square().mean().sqrt())
        self.assertTrue(0.14 < rms < 0.26, rms)


if __name__ == "__main__":
    unittest.main()
