"""The S5 denoising network in PyTorch, the reference for everything else.

Shapes: T steps, B examples, H hidden width, P complex states, K = 257 bins.
The graph, its letters and the mask formulas are those of
docs/model-format.md; here BatchNorm and the zero-order hold are still
explicit. Source: Pierro et al. 2025 (arXiv 2502.01330), Smith et al. 2023
(S5), with the differences named in training/experiments.md.
"""
import dataclasses
import math

import numpy as np
import torch
from torch import nn

from training import features


# A unit that hardly ever fires must not be blown up to unit variance.
BN_EPS = 1e-3
# Hops (16 s) after which a state has fallen to 1/e at least: clips teach nothing
# about more, and a state that never forgets grows for as long as a daemon runs.
MEMORY = 2.0 ** 11


@dataclasses.dataclass
class ModelConfig:
    """What a network is. k scales the width: H = 192 k, P = 128 k."""
    k: float = 1.0
    layers: int = 3
    num_bins: int = 257
    activation: str = "relu"           # relu | gelu
    state_activation: str = "relu_parts"  # gate_re | relu_parts | none
    mask: str = "sigmoid"              # sigmoid | complex | one-plus
    feature: str = "level-normalised"  # level-normalised[-phase] | magnitude
    feature_power: float = 0.3
    feature_time_s: float = 2.0
    feature_floor: float = 0.03
    feature_offset: float = 0.0007
    window: str = "sqrt-hann"          # sqrt-hann | boxcar | low-latency
    post_bias: float = 0.0             # post_filter.py
    post_gain: float = 0.0
    post_held: float = 0.0
    post_hold_s: float = 0.1
    step_min: float = 1e-3             # time steps D at the start, see
    step_max: float = 1e-1             # S5Layer

    @property
    def blocks(self):
        return int(round(16 * self.k))

    @property
    def hidden(self):
        return 12 * self.blocks

    @property
    def states(self):
        return 8 * self.blocks

    @property
    def num_inputs(self):
        return features.count(self.feature, self.num_bins)

    @property
    def num_outputs(self):
        return self.num_bins * (3 if self.mask == "complex" else 1)


def hippo_normal(n):
    """HiPPO-LegS, normal part: eigenvalues (ascending by imaginary part) and
    eigenvectors of the n x n block; S5 appendix B.1.1."""
    i = np.arange(n)
    p = np.sqrt(1 + 2 * i)
    a = -(np.tril(p[:, None] * p[None, :]) - np.diag(i.astype(float)))
    q = np.sqrt(i + 0.5)
    s = a + q[:, None] * q[None, :]
    lam_re = np.mean(np.diagonal(s))
    lam_im, v = np.linalg.eigh(s * -1j)
    return lam_re + 1j * lam_im, v


def relu_state(re, im, kind):
    """State activation on the two parts; see docs/model-format.md."""
    if kind == "relu_parts":
        return re.clamp_min(0), im.clamp_min(0)
    if kind == "gate_re":
        on = ((re > 0) | ((re == 0) & (im > 0))).to(re.dtype)
        return re * on, im * on
    return re, im


class S5Layer(nn.Module):
    """BatchNorm -> S5 -> activation -> half-GLU -> residual."""

    def __init__(self, cfg, rng):
        super().__init__()
        h, p = cfg.hidden, cfg.states
        lam, v = hippo_normal(16)
        lam, v = lam[:8], v[:, :8]  # one of each conjugate pair
        n = 2 * p
        std = math.sqrt(1.0 / h)
        b0 = rng.standard_normal((n, h)) * std
        c0 = rng.standard_normal((h, n)) * math.sqrt(1.0 / n)
        vb = np.kron(np.eye(cfg.blocks), v)
        b = vb.conj().T @ b0
        c = c0 @ vb

        def param(x):
            return nn.Parameter(torch.tensor(np.ascontiguousarray(x),
                                             dtype=torch.float32))
        # A state forgets in 1 / (D |Re L|) = 2 / D frames at the start. With
        # steps longer than the paper's, none turns by more than half a circle.
        log_step = rng.uniform(math.log(cfg.step_min),
                               math.log(cfg.step_max), p)
        turn = np.tile(lam.imag, cfg.blocks) * np.exp(log_step)
        self.lambda_re = param(np.tile(lam.real, cfg.blocks))
        if cfg.step_max > 0.1:
            turn = np.clip(turn, -math.pi, math.pi)
        self.lambda_im = param(turn / np.exp(log_step))
        self.log_step = param(log_step)
        self.b_re, self.b_im = param(b.real), param(b.imag)
        self.c_re, self.c_im = param(c.real), param(c.imag)
        self.d = param(rng.standard_normal(h))
        self.gate_w = param(rng.standard_normal((h, h)) * std)
        self.gate_b = param(np.zeros(h))
        self.bn_scale, self.bn_bias = param(np.ones(h)), param(np.zeros(h))
        self.register_buffer("bn_mean", torch.zeros(h))
        self.register_buffer("bn_var", torch.ones(h))

    def discretise(self):
        """Zero-order hold: a = exp(L D), scale = (a - 1) / L, both [P]
        complex as (re, im); Re L clamped to <= -1e-4."""
        step = self.log_step.exp()
        lr, li = self.lambda_re.clamp_max(-1e-4), self.lambda_im
        e = (lr * step).exp()
        ar, ai = e * (li * step).cos(), e * (li * step).sin()
        den = lr * lr + li * li
        fr = ((ar - 1) * lr + ai * li) / den
        fi = (ai * lr - (ar - 1) * li) / den
        return (ar, ai), (fr, fi)

    @torch.no_grad()
    def limit_memory(self):
        """Keeps |a| = exp(Re L D) <= exp(-1 / MEMORY)."""
        slowest = -(-self.log_step).exp() / MEMORY
        self.lambda_re.copy_(torch.minimum(self.lambda_re, slowest))

    def normalisation(self, x2d, train):
        """Mean and variance to use, updating the running ones if training."""
        if not train:
            return self.bn_mean, self.bn_var
        if x2d.device.type == "cpu":
            from training import fused
            mean, var = fused.moments(x2d)
        else:
            var, mean = torch.var_mean(x2d.detach(), 0, unbiased=False)
        with torch.no_grad():
            self.bn_mean.lerp_(mean, 0.05)
            self.bn_var.lerp_(var, 0.05)
        return mean, var


class Network(nn.Module):
    """Encoder, layers, decoder. masks: name -> 0/1 tensor or None (pruning
    with a straight-through gradient: forward uses w * mask)."""

    PRUNED = ("encoder_w", "decoder_w", "gate_w", "b_re", "b_im", "c_re",
              "c_im")

    def __init__(self, cfg, seed=0):
        super().__init__()
        self.cfg = cfg
        rng = np.random.default_rng(seed)
        k, h, o = cfg.num_inputs, cfg.hidden, cfg.num_outputs

        def param(x):
            return nn.Parameter(torch.tensor(x, dtype=torch.float32))
        self.encoder_w = param(rng.standard_normal((k, h)) / math.sqrt(k))
        self.encoder_b = param(np.zeros(h))
        # Features are standardised a bin at a time; without it half of the
        # encoder's ReLU units never fire (all features are near 1). Folded
        # into the encoder, so that files and inference do not know of it.
        self.register_buffer("in_mean", torch.zeros(k))
        self.register_buffer("in_std", torch.ones(k))
        self.layers = nn.ModuleList(S5Layer(cfg, rng)
                                    for _ in range(cfg.layers))
        self.decoder_w = param(rng.standard_normal((h, o)) / math.sqrt(h) * .3)
        self.decoder_b = param(np.zeros(o))
        self.masks = {}
        self.frozen = False  # masks stay, pruned weights get no gradient

    def weight(self, name, module=None, prefix=""):
        """The weight as the forward pass sees it (pruned, straight-through).
        """
        w = getattr(module or self, name)
        m = self.masks.get(prefix + name)
        if m is None:
            return w
        return w * m if self.frozen else w + (w * m - w).detach()

    def encoder(self):
        """(weight [K, H], bias [H]) with the standardisation folded in."""
        w = self.weight("encoder_w") / self.in_std[:, None]
        return w, self.encoder_b - self.in_mean @ w

    def standardise(self, f):
        """Takes mean and deviation of every bin from features [T, B, K]."""
        f = f.reshape(-1, f.shape[-1])
        self.in_mean.copy_(f.mean(0))
        self.in_std.copy_(f.std(0).clamp_min(1e-2))

    def layer_tensors(self, i):
        """(bcat [H, 2P], a [2P], f [2P], ccat [2P, H], d, w2, b2) of layer i.
        """
        l, pre = self.layers[i], "layers.%d." % i
        (ar, ai), (fr, fi) = l.discretise()
        b = torch.cat([self.weight("b_re", l, pre),
                       self.weight("b_im", l, pre)]).t()
        c = torch.cat([2 * self.weight("c_re", l, pre),
                       -2 * self.weight("c_im", l, pre)], 1).t()
        return (b.contiguous(), torch.cat([ar, ai]), torch.cat([fr, fi]),
                c.contiguous(), l.d, self.weight("gate_w", l, pre).contiguous(),
                l.gate_b)

    def trunk_fused(self, f, train):
        """Last residual stream [T*B, H] of features f [T, B, K]; CPU only.
        Equals trunk() to float rounding."""
        from training import fused
        t, n, k = f.shape
        x = fused.Encoder.apply(f.view(t * n, k), *self.encoder(),
                                int(self.cfg.activation == "relu"))
        gate = ("relu_parts", "gate_re", "none").index(
            self.cfg.state_activation)
        for i, l in enumerate(self.layers):
            mean, var = l.normalisation(x, train)
            x = fused.Layer.apply(x, l.bn_scale, l.bn_bias, mean, var, train,
                                  *self.layer_tensors(i), t, gate, i,
                                  BN_EPS)
        return x

    def trunk(self, f, train=False, trace=None):
        """Reference: last residual stream [T, B, H]. trace: dict that
        receives every intermediate (golden vectors)."""
        relu = self.cfg.activation == "relu"

        def act(v):
            return v.clamp_min(0) if relu else nn.functional.gelu(
                v, approximate="tanh")
        w, b = self.encoder()
        x = f @ w + b
        x = x.clamp_min(0) if relu else x
        if trace is not None:
            trace["encoder"] = x
        for i, l in enumerate(self.layers):
            b, a, sc, c, d, w2, b2 = self.layer_tensors(i)
            p = a.shape[0] // 2
            x2d = x.reshape(-1, x.shape[-1])
            mean, var = l.normalisation(x2d, train)
            if train:  # gradient through the statistics
                var, mean = torch.var_mean(x2d, 0, unbiased=False)
            u = (x - mean) * torch.rsqrt(var + BN_EPS) * l.bn_scale + l.bn_bias
            bu = u @ b
            v_re = sc[:p] * bu[..., :p] - sc[p:] * bu[..., p:]
            v_im = sc[:p] * bu[..., p:] + sc[p:] * bu[..., :p]
            s_re, s_im = scan(a[:p], a[p:], v_re, v_im)
            r_re, r_im = relu_state(s_re, s_im, self.cfg.state_activation)
            y = act(torch.cat([r_re, r_im], -1) @ c + d * u)
            z = y * torch.sigmoid(y @ w2 + b2)
            out = z + x
            out = out.clamp_min(0) if relu else out
            if trace is not None:
                pre = "layers.%d." % i
                trace.update({pre + "input": x, pre + "state_re": s_re,
                              pre + "state_im": s_im, pre + "y": y,
                              pre + "output": out})
            x = out
        return x

    def outputs(self, h):
        return h @ self.weight("decoder_w") + self.decoder_b

    def mask(self, o):
        """Complex mask [..., K] from outputs [..., num_outputs]."""
        k = self.cfg.num_bins
        if self.cfg.mask == "sigmoid":
            return torch.complex(torch.sigmoid(o), torch.zeros_like(o))
        if self.cfg.mask == "one-plus":
            return torch.complex(1 + o, torch.zeros_like(o))
        m = torch.sigmoid(o[..., :k])
        u = torch.complex(1 + o[..., k:2 * k], o[..., 2 * k:])
        size = u.abs().clamp_min(1e-6)
        return m * u / size


class Scan(torch.autograd.Function):
    """s_t = a s_{t-1} + v_t over the first axis, complex, any device."""

    @staticmethod
    def forward(ctx, a, v):
        s = torch.empty_like(v)
        state = torch.zeros_like(v[0])
        for t in range(v.shape[0]):
            state = torch.addcmul(v[t], a, state, out=s[t])
        ctx.save_for_backward(a, s)
        return s

    @staticmethod
    def backward(ctx, g):
        a, s = ctx.saved_tensors
        ac = a.conj().resolve_conj()
        out = torch.empty_like(g)
        out[-1] = g[-1]
        for t in range(g.shape[0] - 2, -1, -1):
            torch.addcmul(g[t], ac, out[t + 1], out=out[t])
        ga = (out[1:] * s[:-1].conj()).flatten(0, -2).sum(0)
        return ga, out


def scan(a_re, a_im, v_re, v_im):
    s = Scan.apply(torch.complex(a_re, a_im), torch.complex(v_re, v_im))
    return s.real, s.imag
