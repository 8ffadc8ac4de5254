"""Training losses on spectra.

With x the noisy, s the clean spectrum (both scaled by 1/sum w and to unit
mean compressed energy), m the mask, a = |m x|^p, b = |s|^p, d the phase
difference of x and s:

  L = w [ mag ((a-b)^2 + lost max(b-a, 0)^2) + cplx |a e^{jd} - b|^2 ]
      - si * 10 log10(|P|^2 / (|E|^2 + soft |P|^2))

      + est (1 - c) + band E

The spectral part is the mean over time, summed over bins, relative to the
energy of b; P and E are the projection and the error of the overlap-added
output, mean-free (SI-SNR, with a soft ceiling at -10 log10(soft) dB); c is the
correlation of third-octave envelopes over 384 ms, normalised over time and then
over bands, as in ESTOI (Jensen & Taal 2016), on the STFT at hand. E is the mean of
the spectral term's (a-b)^2, relative to b^2, for a and b of whole bands' energies
(to the power of p/2): of the hop as a whole, of octaves and of those thirds. What is
right in each bin on average is too little in a weak hop (training/experiments.md).
"""
import numpy as np
import torch

from training import windows
from training.windows import HOP, WINDOW

# Chosen in training/experiments.md, "Weights of the loss".
HYPER = {"power": 0.3, "mag": 30.0, "lost": 2.0, "cplx": 15.0, "si": 1.0,
         "soft": 1e-3, "est": 0.0, "band": 0.0}

# Bins where the 15 third-octave bands around 150 Hz..3.8 kHz begin, and an end.
BAND_EDGES = np.round(150 * 2 ** ((2 * np.arange(16) - 1) / 6)
                      * WINDOW / 16000).astype(np.int32)
OCTAVE_EDGES = np.array([0, 8, 16, 32, 64, 128, 257], np.int32)  # of 250 Hz
SEGMENT, SEGMENT_STEP = 48, 24  # hops: 384 ms, half of them anew


def unit(v, axis):
    v = v - v.mean(axis, keepdim=True)
    return v / (v.square().sum(axis, keepdim=True) + 1e-10).sqrt()


def envelope_loss(energy, target, speech):
    """1 - c of band energies [T, B, bands] against the target's; segments
    40 dB below the example's mean do not count."""
    size = target.mean((0, 2), keepdim=True) + 1e-20
    b = (target / size).unfold(0, SEGMENT, SEGMENT_STEP)  # [S, B, bands, t]
    a = (energy / size + 1e-8).sqrt().unfold(0, SEGMENT, SEGMENT_STEP)
    heard = (b.mean((2, 3)) > 1e-4) * speech
    c = (unit(unit(a, 3), 2) * unit(unit(b.sqrt(), 3), 2)).sum((2, 3)) / SEGMENT
    return 1 - (c * heard).sum() / heard.sum().clamp_min(1)


def band_energies(spec, edges):
    """[T, B, bands] of spectra [T, B, K]."""
    p = spec.abs().square()
    return torch.stack([p[..., a:b].sum(-1) for a, b in zip(
        edges[:-1], edges[1:])], -1)


def band_loss(octaves, thirds, data, power):
    """E of energies [T, B, bands] of the output, against data's; relative to the
    example's mean energy, to 70 dB below it."""
    speech = data["speech"]
    size = data["octaves"].sum(2).mean(0)[None, :, None] + 1e-20
    total = 0
    for out, target in ((octaves.sum(2, keepdim=True),
                         data["octaves"].sum(2, keepdim=True)),
                        (octaves, data["octaves"]), (thirds, data["env"])):
        a, b = ((v / size + 1e-7) ** (power / 2) for v in (out, target))
        e = (a - b).square().mean((0, 2)) / b.square().mean((0, 2))
        total = total + (e * speech).sum() / speech.sum().clamp_min(1)
    return total / 3


def overlap_add(spec, kind):
    """y [B, n] of spec [T, B, K] (torch complex), differentiable."""
    t, b, _ = spec.shape
    frames = torch.fft.irfft(spec, WINDOW, dim=-1) * torch.tensor(
        windows.scaled_synthesis(kind), device=spec.device)
    length = (t - 1) * HOP + WINDOW
    y = torch.nn.functional.fold(
        frames.permute(1, 2, 0), (1, length), (1, WINDOW), stride=(1, HOP))
    return y.reshape(b, length)


def prepare(x, s, weight, speech, power, kind="sqrt-hann"):
    """Batch dictionary from spectra x, s [T, B, K]; see fused.DecoderLoss."""
    x = torch.as_tensor(x)
    s = torch.as_tensor(s)
    cx, cs = x.abs() ** power, s.abs() ** power
    turn = x * s.conj() / ((x.abs() * s.abs()) + 1e-12)
    target = overlap_add(s, kind)
    target = target - target.mean(1, keepdim=True)
    t = x.shape[0]
    return {"x": x.contiguous(), "cx": cx, "cs": cs,
            "cosd": turn.real.contiguous(), "sind": turn.imag.contiguous(),
            "target": target.contiguous(),
            "env": band_energies(s, BAND_EDGES),
            "octaves": band_energies(s, OCTAVE_EDGES),
            "weight": torch.as_tensor(weight) / t,
            "speech": torch.as_tensor(speech)}


def reference(o, cfg, data, h):
    """(loss, si_snr [B]) of outputs o [T, B, num_outputs]; any mask."""
    p = h["power"]
    k = cfg.num_bins
    if cfg.mask == "sigmoid":
        logm = torch.nn.functional.logsigmoid(o)
        m = logm.exp()
        est = m * data["x"]
        a = (p * logm).exp() * data["cx"]
        cosd = data["cosd"]
    else:
        if cfg.mask == "one-plus":
            mag, rot = (1 + o).abs() + 1e-6, (1 + o).sign() + 0j
        else:
            mag = torch.sigmoid(o[..., :k])
            u = torch.complex(1 + o[..., k:2 * k], o[..., 2 * k:])
            rot = u / u.abs().clamp_min(1e-6)
        est = mag * rot * data["x"]
        a = mag ** p * data["cx"]
        sind = data["sind"]
        cosd = rot.real * data["cosd"] - rot.imag * sind
    b = data["cs"]
    e = a - b
    lost = e.clamp_max(0)
    spec = h["mag"] * (e * e + h["lost"] * lost * lost) + h["cplx"] * (
        a * a + b * b - 2 * a * b * cosd)
    loss = (spec.sum(-1) * data["weight"]).sum()
    y = overlap_add(est, cfg.window)
    s = data["target"]
    e = y - y.mean(1, keepdim=True)
    ss = (s * s).sum(1) + 1e-12
    al = (e * s).sum(1) / ss
    p2 = al * al * ss + 1e-12
    den = ((e * e).sum(1) - p2 + 1e-12).clamp_min(1e-12) + h["soft"] * p2
    si = 10 * torch.log10(p2 / den)
    sp = data["speech"]
    thirds = band_energies(est, BAND_EDGES)
    if h["est"]:
        loss = loss + h["est"] * envelope_loss(thirds, data["env"], sp)
    if h["band"]:
        loss = loss + h["band"] * band_loss(
            band_energies(est, OCTAVE_EDGES), thirds, data, p)
    return loss - h["si"] * (si * sp).sum() / sp.sum().clamp_min(1), si


def fused_loss(net, trunk, data, h):
    """The same for a sigmoid or complex mask on the CPU: (loss, si_snr [B],
    outputs)."""
    from training import fused
    return fused.DecoderLoss.apply(
        trunk, net.weight("decoder_w"), net.decoder_b, data,
        windows.scaled_synthesis(net.cfg.window), HOP, h)
