"""Muon: momentum whose matrices are orthogonalised before they are applied.

For a matrix G (Nesterov momentum of the gradient) the step is

  W <- W - lr 0.2 sqrt(max(m, n)) O(G),   O(G) ~ U V^T of G = U S V^T,

O by five Newton-Schulz iterations x <- a x + b (x x^T) x + c (x x^T)^2 x. The
factor gives an update the root mean square that AdamW's has (0.2), so that
one learning rate serves both. The iterations bear bfloat16, which halves
their time. Source: Jordan et al. 2024 (Muon), Liu et al.
2025 (arXiv 2502.16982) for the factor. Vectors belong to AdamW.
"""
import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(g, iterations=5):
    """Nearly U V^T of g [m, n]: singular values between about 0.7 and 1.2."""
    a, b, c = COEFFICIENTS
    x = g.t() if g.shape[0] > g.shape[1] else g
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.t()
        gram = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.addmm(x, gram, x, beta=a)
    return x.t() if g.shape[0] > g.shape[1] else x


class Muon(torch.optim.Optimizer):
    """For matrices only."""

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.01,
                 dtype=torch.float32):
        self.dtype = dtype
        super().__init__(params, dict(lr=lr, momentum=momentum,
                                      weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                m = state["momentum"]
                m.lerp_(p.grad, 1 - group["momentum"])
                g = p.grad.lerp(m, group["momentum"])
                p.mul_(1 - group["lr"] * group["weight_decay"])
                update = orthogonalise((g / (g.norm() + 1e-7)).to(self.dtype))
                p.add_(update.to(p.dtype), alpha=-group["lr"] * 0.2 * max(
                    p.shape) ** 0.5)
