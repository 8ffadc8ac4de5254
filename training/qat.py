"""Quantisation-aware finishing: the network with the W8A16 grid in its forward
pass and straight-through gradients.

Weights are put on the grid that training/quantize.py will choose: BatchNorm is
folded first, with its running statistics frozen, then every row (rows of Re
and Im together for B and C) gets 8 bits and a power-of-two exponent.
Activations get 16 bits at exponents frozen when the finishing starts; a has 15
fractional bits. State, biases, row factor, D and the sigmoid stay floats: their
fixed-point errors are below 2^-12. A value that saturates passes no gradient.

Plain PyTorch but for the loss, so that a step costs more than on the fused path
(training/README.md has figures).
"""
import torch

from training import losses, model, quantize


def round_through(x, scale, limit):
    """Nearest multiple of 1/scale, at most limit/scale."""
    held = torch.minimum(torch.maximum(x, -limit / scale), limit / scale)
    grid = torch.floor(held.detach() * scale + 0.5).clamp(
        -limit, limit) / scale
    return held + (grid - held).detach()


def activation(x, exponent):
    return round_through(x, torch.tensor(2.0 ** exponent),
                         torch.tensor(float(quantize.fixed.MAX)))


@torch.no_grad()
def row_scale(w):
    """2^e [rows, 1] as Quantiser.rows chooses it."""
    peak = w.abs().amax(1, keepdim=True).clamp_min(1e-30)
    scale = torch.exp2(torch.floor(torch.log2(127 / peak)))

    def error(s):
        q = torch.floor(w * s + 0.5).clamp(-127, 127) / s
        return ((q - w) ** 2).sum(1, keepdim=True)
    return torch.where(error(2 * scale) < error(scale), 2 * scale, scale)


def weight(w):
    """w [rows, columns] on its grid. A clipped weight keeps its gradient: it
    must be able to shrink back."""
    s = row_scale(w)
    grid = torch.floor(w.detach() * s + 0.5).clamp(-127, 127) / s
    return w + (grid - w).detach()


@torch.no_grad()
def calibrate(net, f, clips=8):
    """Exponents of all activations, from features f [T, B, K]."""
    trace = {}
    f = f[:, :clips]
    net.trunk(f, False, trace)

    def e(v):
        return quantize.activation_exponent(float(v.abs().max()))
    out = {"feature": e(f), "x": [e(trace["encoder"])], "r": [], "y": []}
    for i in range(net.cfg.layers):
        pre = "layers.%d." % i
        parts = model.relu_state(trace[pre + "state_re"],
                                 trace[pre + "state_im"],
                                 net.cfg.state_activation)
        out["r"].append(min(e(v) for v in parts))
        out["y"].append(e(trace[pre + "y"]))
        out["x"].append(e(trace[pre + "output"]))
    return out


def layer(net, i, x, exps):
    l = net.layers[i]
    b, a, sc, c, d, w2, b2 = net.layer_tensors(i)
    p = a.shape[0] // 2
    g = l.bn_scale * torch.rsqrt(l.bn_var + model.BN_EPS)
    shift = l.bn_bias - l.bn_mean * g
    # B diag(g), its real and imaginary rows side by side for one exponent.
    folded = (b * g[:, None]).t()
    both = weight(torch.cat([folded[:p], folded[p:]], 1))
    h = x.shape[-1]
    bu_re = x @ both[:, :h].t() + shift @ b[:, :p]
    bu_im = x @ both[:, h:].t() + shift @ b[:, p:]
    v_re = sc[:p] * bu_re - sc[p:] * bu_im
    v_im = sc[:p] * bu_im + sc[p:] * bu_re
    pole = round_through(a, torch.tensor(32768.0), torch.tensor(32767.0))
    s_re, s_im = model.scan(pole[:p], pole[p:], v_re, v_im)
    r = torch.cat(model.relu_state(s_re, s_im, net.cfg.state_activation), -1)
    r = activation(r, exps["r"][i])
    y = r @ weight(c.t()).t() + (d * g) * x + d * shift
    y = activation(y.clamp_min(0), exps["y"][i])
    z = y * torch.sigmoid(y @ weight(w2.t()).t() + b2)
    return activation((z + x).clamp_min(0), exps["x"][i + 1])


def trunk(net, f, exps):
    """Last residual stream [T, B, H]; exps: of calibrate()."""
    if net.cfg.activation != "relu":
        raise SystemExit("--quantise: activation %s, expected relu" %
                         net.cfg.activation)
    w, b = net.encoder()
    x = activation(f, exps["feature"]) @ weight(w.t()).t() + b
    x = activation(x.clamp_min(0), exps["x"][0])
    for i in range(net.cfg.layers):
        x = layer(net, i, x, exps)
    return x


class GridDecoder:
    """The network as the loss sees it, its decoder on the grid."""

    def __init__(self, net):
        self.net, self.cfg, self.decoder_b = net, net.cfg, net.decoder_b

    def weight(self, name):
        return weight(self.net.weight(name).t()).t().contiguous()

    def outputs(self, h):
        return h @ self.weight("decoder_w") + self.decoder_b


def forward(net, data, hyper):
    """(loss, si_snr [B], mask or None), as train.forward."""
    x = trunk(net, data["f"], hyper["quantise"])
    decoder = GridDecoder(net)
    if data["f"].device.type == "cpu" and net.cfg.mask in ("sigmoid",
                                                           "complex"):
        return losses.fused_loss(decoder, x.reshape(-1, x.shape[-1]), data,
                                 hyper)
    loss, si = losses.reference(decoder.outputs(x), net.cfg, data, hyper)
    return loss, si.detach(), None
