"""Loads kernels/*.cc and wraps them as autograd functions for the CPU.

The library is compiled for this machine at first use, into the cache folder
named by TACET_CACHE (default: ~/.cache/tacet). training/model.py is the plain
PyTorch reference of the same maths; training/test_fused.py compares the two.
"""
import ctypes
import hashlib
import os
import subprocess

import numpy as np
import scipy.fft
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512",
         "-shared", "-fPIC"]


def _load():
    folder = os.path.join(HERE, "kernels")
    files = [os.path.join(folder, n) for n in sorted(os.listdir(folder))]
    text = b""
    for name in files:
        with open(name, "rb") as f:
            text += f.read()
    sources = [n for n in files if n.endswith(".cc")]
    cpu = subprocess.run(["g++", "-march=native", "-Q", "--help=target"],
                         capture_output=True, check=True).stdout
    key = hashlib.sha256(text + cpu + repr(FLAGS).encode()).hexdigest()[:16]
    folder = os.environ.get(
        "TACET_CACHE", os.path.join(os.path.expanduser("~"), ".cache/tacet"))
    path = os.path.join(folder, "fused-%s.so" % key)
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        tmp = "%s.%d" % (path, os.getpid())
        subprocess.run(["g++", *FLAGS, "-o", tmp, *sources], check=True)
        os.replace(tmp, path)
    lib = ctypes.CDLL(path)
    lib.MaskLoss.restype = ctypes.c_double
    lib.ComplexMaskLoss.restype = ctypes.c_double
    return lib


LIB = _load()


def _arg(v):
    if v is None:
        return ctypes.c_void_p(0)
    if isinstance(v, torch.Tensor):
        assert v.is_contiguous() and v.device.type == "cpu"
        return ctypes.c_void_p(v.data_ptr())
    if isinstance(v, np.ndarray):
        assert v.flags.c_contiguous
        return ctypes.c_void_p(v.ctypes.data)
    if isinstance(v, float):
        return ctypes.c_float(v)
    return ctypes.c_int64(v)


_POOL = {}


def buffer(shape, *key):
    """A float buffer that is the same memory at every step: fresh pages cost
    more than the arithmetic done in them. Whoever holds one must be done with
    it before the same key is asked for again."""
    key += tuple(shape)
    if key not in _POOL:
        _POOL[key] = torch.empty(*shape)
    return _POOL[key]


BF16 = False  # matrix products of bfloat16 copies, accumulated in float


def factor(a):
    """a as the products take it: convert once what is used twice."""
    return a.bfloat16() if BF16 else a


def mm(a, b, out=None):
    """a @ b into out (float); a, b: float or factor(). With BF16 twice as
    fast where the CPU has the instructions; everything element-wise stays
    float."""
    r = torch.mm(factor(a), factor(b), out=None if BF16 else out)
    if not BF16:
        return r
    return out.copy_(r) if out is not None else r.float()


def call(name, *args):
    return getattr(LIB, name)(*[_arg(a) for a in args])


@torch.no_grad()
def moments(x):
    """Column mean and (biased) variance of x [rows, n], without gradient."""
    rows, n = x.shape
    s, s2 = x.new_empty(n), x.new_empty(n)
    call("ColumnMoments", x, rows, n, s, s2)
    mean = s / rows
    return mean, (s2 / rows - mean * mean).clamp_min_(0)


class Layer(torch.autograd.Function):
    """One S5 layer on x [rows, H], rows = steps * batch.

    gate: 0 relu_parts, 1 gate_re, both with ReLU throughout; 2 the dense
    network: GELU, no state activation, no ReLU after the residual.

    bn_g, bn_b: the folded normalisation u = bn_g x + bn_b, whose statistics
    are those of x (mean, var given): their gradient goes back into x too.
    """

    @staticmethod
    def forward(ctx, x, gamma, beta, mean, var, track, bcat, a, f, ccat, d,
                w2, b2, steps, gate, index, eps):
        rows, h = x.shape
        p2 = a.shape[0]
        batch = rows // steps
        inv = torch.rsqrt(var + eps)
        g = gamma * inv
        b = beta - mean * g
        wb = (g[:, None] * bcat).contiguous()
        cb = b @ bcat
        bu, s, r = (buffer((rows, p2), v, index) for v in ("bu", "s", "r"))
        xf = factor(x)
        mm(xf, wb, bu)
        call("ScanForward", bu, a, f, cb, steps, batch, p2 // 2, gate, s, r)
        y, q, out = (buffer((rows, h), v, index) for v in ("y", "q", "out"))
        rf = factor(r)
        mm(rf, ccat, y)
        relu = int(gate != 2)
        pre = y if relu else buffer((rows, h), "pre", index)
        call("SkipForward", y, x, d * g, d * b, rows, h, relu, pre)
        yf = factor(y)
        mm(yf, w2, q)
        call("GateForward", q, b2, y, x, rows, h, relu, out)
        ctx.save_for_backward(x, gamma, mean, inv, bcat, a, f, ccat, d, w2, g,
                              b, wb, cb, bu, s, y, q, out, pre, xf, rf, yf)
        ctx.steps, ctx.gate, ctx.track = steps, gate, track
        ctx.index = index
        return out

    @staticmethod
    def backward(ctx, gout):
        (x, gamma, mean, inv, bcat, a, f, ccat, d, w2, g, b, wb, cb, bu, s, y,
         q, out, pre, xf, rf, yf) = ctx.saved_tensors
        steps, gate, relu = ctx.steps, ctx.gate, int(ctx.gate != 2)
        rows, h = x.shape
        p2 = a.shape[0]
        gout = gout.contiguous()
        gx = buffer((rows, h), "gx", ctx.index % 2)
        gy, gq = buffer((rows, h), "gy"), buffer((rows, h), "gq")
        gb2 = torch.zeros(h)
        call("GateBackward", gout, out, q, y, rows, h, relu, gx, gy, gq, gb2)
        gqf = factor(gq)
        gw2 = mm(yf.t(), gqf)
        gy.add_(mm(gqf, w2.t()))
        gdg, gdb = torch.zeros(h), torch.zeros(h)
        call("SkipBackward", gy, pre, x, d * g, rows, h, relu, gx, gdg, gdb)
        gyf = factor(gy)
        gcat = mm(rf.t(), gyf)
        gr = buffer((rows, p2), "gr")
        mm(gyf, ccat.t(), gr)
        ga, gf, gc = torch.zeros(p2), torch.zeros(p2), torch.zeros(p2)
        call("ScanBackward", bu, s, a, f, cb, steps, rows // steps, p2 // 2,
             gate, gr, ga, gf, gc)
        grf = factor(gr)
        gx.add_(mm(grf, wb.t()))
        gwb = mm(xf.t(), grf)
        gbcat = g[:, None] * gwb + torch.outer(b, gc)
        gg = (bcat * gwb).sum(1) + d * gdg
        gb = bcat @ gc + d * gdb
        gd = g * gdg + b * gdb
        gg = gg - mean * gb
        ggamma = gg * inv
        if ctx.track:  # the statistics are of this batch: back into x
            gvar = gg * gamma * (-0.5) * inv ** 3
            gmean = -g * gb
            v = 2.0 * gvar / rows
            call("AddAffine", gx, x, gmean / rows - v * mean, v, rows, h)
        return (gx, ggamma, gb, None, None, None, gbcat, ga, gf, gcat, gd,
                gw2, gb2, None, None, None, None)


class Encoder(torch.autograd.Function):
    """act0(f w + b) on f [rows, K]; f needs no gradient."""

    @staticmethod
    def forward(ctx, f, w, b, relu):
        y = buffer((f.shape[0], w.shape[1]), "encoder")
        f = factor(f)
        mm(f, w, y)
        call("BiasForward", y, b, y.shape[0], y.shape[1], relu)
        ctx.save_for_backward(f, y)
        ctx.relu = relu
        return y

    @staticmethod
    def backward(ctx, g):
        f, y = ctx.saved_tensors
        g = g.contiguous()
        gb = torch.zeros(y.shape[1])
        call("BiasBackward", g, y, y.shape[0], y.shape[1], ctx.relu, gb)
        return None, mm(f.t(), g), gb, None


def si_snr_loss(z, batch, window, hop, hyper):
    """Overlap-adds z [T*B, K] complex64 (numpy) and compares with the target.

    Returns (loss, si_snr [B], gz): gz [T*B, K] is the gradient with respect to
    z, as real and imaginary parts. Mean over speech examples of
    -10 log10(|p|^2 / (|e|^2 + soft |p|^2)), gradient by hand.
    """
    t, n_b, k = batch["x"].shape
    rows, n = t * n_b, len(window)
    frames = scipy.fft.irfft(z, n, axis=1)
    y = torch.empty(n_b, (t - 1) * hop + n)
    call("OverlapAdd", frames, window, t, n_b, n, hop, y)
    s = batch["target"]
    e = y - y.mean(1, keepdim=True)
    ss = (s * s).sum(1) + 1e-12
    al = (e * s).sum(1) / ss
    p2 = al * al * ss + 1e-12
    err = (e * e).sum(1) - p2 + 1e-12
    den = err.clamp_min(1e-12) + hyper["soft"] * p2
    si = 10 * torch.log10(p2 / den)
    sp = batch["speech"]
    count = sp.sum().clamp_min(1)
    loss = hyper["si"] * float(-(si * sp).sum() / count)
    c = hyper["si"] * 10 / np.log(10) * sp / count  # dL/d(-ln ratio)
    # d ln p2 = 2 s / (al ss); d den = 2 e - (1 - soft) 2 al s
    # (no speech: al ss is 0, and c too)
    als = torch.where(sp > 0, al * ss, torch.ones_like(ss))
    gs = c * (-2 / als - (1 - hyper["soft"]) * 2 * al / den)
    gy = gs[:, None] * s + (c * 2 / den)[:, None] * e
    gy -= gy.mean(1, keepdim=True)
    gframes = buffer((rows, n), "gframes").numpy()
    call("Frame", gy.contiguous(), window, t, n_b, n, hop, gframes)
    gz = scipy.fft.rfft(gframes, axis=1)
    # adjoint of irfft: bins 1..n/2-1 count twice, all over n
    gz *= 2.0 / n
    gz[:, 0] *= 0.5
    gz[:, -1] *= 0.5
    return loss, si, gz


def band_losses(m, batch, hyper, gm):
    """The terms of mask m [T*B, K] that are of whole bands (losses.envelope_loss
    and band_loss) times their weights; adds dL/dm to gm. m None: batch["x"] is
    masked already, and gm dL/d ln m."""
    from training import losses
    x = batch["x"]
    edges = losses.BAND_EDGES, losses.OCTAVE_EDGES
    sizes = [(x.shape[0] * x.shape[1], x.shape[2], len(e) - 1) for e in edges]
    energies = [torch.empty(batch[n].shape) for n in ("env", "octaves")]
    for e, edge, size in zip(energies, edges, sizes):
        call("BandEnergy", m, x, edge, *size, e)
    with torch.enable_grad():
        thirds, octaves = (e.requires_grad_() for e in energies)
        loss = 0
        if hyper["est"]:
            loss = loss + hyper["est"] * losses.envelope_loss(
                thirds, batch["env"], batch["speech"])
        if hyper["band"]:
            loss = loss + hyper["band"] * losses.band_loss(
                octaves, thirds, batch, hyper["power"])
        grads = torch.autograd.grad(loss, energies, allow_unused=True)
    for g, edge, size in zip(grads, edges, sizes):
        if g is not None:
            call("BandEnergyBack", g.contiguous(), m, x, edge, *size, gm)
    return float(loss)


def mask_loss(o, b, batch, window, hop, hyper, grad):
    """(loss, si_snr [B], gradient of b) of outputs o [T*B, K or 3K], which
    become the mask; grad, of the same shape, receives dL/do."""
    x = batch["x"]
    t, n_b, k = x.shape
    rows, width = o.shape
    z = buffer((rows, 2 * k), "z")
    spectra = [batch["cx"], batch["cs"], batch["cosd"]]
    terms = [hyper["power"], hyper["mag"], hyper["lost"], hyper["cplx"]]
    gb = torch.zeros(width)
    if width == k:
        loss = call("MaskLoss", o, b, *spectra, batch["weight"], rows, k,
                    n_b, *terms, grad)
        call("MaskApply", o, x, rows * k, z)
    else:
        m = buffer((rows, 2 * k), "complex mask")
        loss = call("ComplexMaskLoss", o, b, *spectra, batch["sind"],
                    batch["weight"], rows, k, n_b, *terms, m, grad)
        call("ComplexMaskApply", m, x, rows * k, z)
    more, si, gz = si_snr_loss(z.numpy().view(np.complex64), batch,
                               window, hop, hyper)
    if width == k:
        gm = buffer((rows, k), "gm")
        call("MaskAdjoint", x, gz, rows * k, gm)
        if hyper["est"] or hyper["band"]:
            loss += band_losses(o, batch, hyper, gm)
        call("MaskBackward", grad, gm, o, rows, k, gb)
    else:
        lm = None
        if hyper["est"] or hyper["band"]:
            lm = torch.zeros(rows, k)
            loss += band_losses(None, {**batch, "x": z.view(x.shape + (2,))},
                                hyper, lm)
        call("ComplexMaskBackward", grad, gz, x, m, o, b, lm, rows, k, gb)
    return loss + more, si.detach(), gb


class DecoderLoss(torch.autograd.Function):
    """Decoder, mask and the whole loss; returns (loss, si_snr [B], mask).

    h [rows, H] @ w [H, num_outputs] + b -> mask; loss = spectral part of
    kernels/loss.cc:MaskLoss (sigmoid mask) or ComplexMaskLoss + si_snr_loss.

    x complex64 [T, B, K] noisy spectrum (scaled by 1/sum w), cx, cs, cosd,
    sind [T, B, K], target [B, n] = overlap-add of the clean spectrum, weight
    [B] spectral weight of an example, speech [B] 1 where SI-SNR counts.
    """

    @staticmethod
    def forward(ctx, h, w, b, batch, window, hop, hyper):
        t, n_b, _ = batch["x"].shape
        o, grad = (buffer((t * n_b, w.shape[1]), v) for v in ("mask", "grad"))
        hf = factor(h)
        mm(hf, w, o)
        loss, si, gb = mask_loss(o, b, batch, window, hop, hyper, grad)
        ctx.save_for_backward(hf, w, grad, gb)
        ctx.mark_non_differentiable(si, o)
        return h.new_tensor(loss), si, o

    @staticmethod
    def backward(ctx, gl, _gs, _gm):
        hf, w, grad, gb = ctx.saved_tensors
        grad *= gl  # used once
        gh = buffer(hf.shape, "gh")
        gradf = factor(grad)
        mm(gradf, w.t(), gh)
        return gh, mm(hf.t(), gradf), gb * gl, None, None, None, None
