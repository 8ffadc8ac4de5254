"""Writes golden vectors: what PyTorch computes, layer by layer, for C++.

  python3 -m training.golden --out tests/testdata [--model CHECKPOINT NAME]

Three small random networks cover the paper's configuration (linear magnitude,
1 + m, gate by the sign of Re), a dense teacher's (GELU, complex mask) and the
product's features with phase;
--model adds a trained one. Tensor names are those of tests/model/golden_test.
`audio_in`, `audio_out` [n] are a whole denoised signal at 16 kHz.
"""
import argparse
import os

import numpy as np
import soundfile as sf
import torch

from training import denoise, export, features, model, prune, train

SMALL = {
    "paper": dict(feature="magnitude", mask="one-plus",
                  state_activation="gate_re", window="sqrt-hann"),
    "teacher": dict(activation="gelu", state_activation="none",
                    mask="complex"),
    "phase": dict(feature="level-normalised-phase"),
    "floor": dict(feature="level-normalised-phase-floor"),
}


def signal(n, seed=3):
    """Vowel-like harmonics that come and go, in noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / 16000
    voice = sum(np.sin(2 * np.pi * 140 * h * t + h) / h for h in range(1, 20))
    voice *= np.clip(np.sin(2 * np.pi * 2.5 * t), 0, 1) * 0.1
    return (voice + 0.01 * rng.standard_normal(n)).astype(np.float32)


def randomise(net, seed):
    """Biases and statistics that a trained network would have."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for l in net.layers:
            for p in (l.bn_bias, l.gate_b, l.bn_mean):
                p.normal_(0, 0.2, generator=g)
            l.bn_var.uniform_(0.05, 0.5, generator=g)
        net.encoder_b.normal_(0, 0.2, generator=g)
        net.decoder_b.normal_(0, 0.2, generator=g)


def golden(net, name, x):
    trace = {}
    y = denoise.run(net, x, trace=trace)
    out = {}
    for n, v in trace.items():
        if n not in ("mask", "magnitude", "turn"):
            out[n] = np.ascontiguousarray(v.detach().numpy()[:, 0],
                                          np.float32)
    out["mask_re"] = np.ascontiguousarray(trace["mask"].real, np.float32)
    out["mask_im"] = np.ascontiguousarray(trace["mask"].imag, np.float32)
    out["noisy_magnitude"] = trace["magnitude"].astype(np.float32)
    if features.has_phase(net.cfg.feature):
        for part in ("real", "imag"):
            out["turn_" + part[:2]] = np.ascontiguousarray(
                getattr(trace["turn"], part), np.float32)
    out["audio_in"] = x.astype(np.float32)
    out["audio_out"] = y.astype(np.float32)
    return out, {"model": name}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", required=True)
    ap.add_argument("--model", nargs=2, action="append", default=[],
                    metavar=("CHECKPOINT", "NAME"))
    ap.add_argument("--audio", help="16 kHz file for the trained models")
    a = ap.parse_args()
    torch.set_flush_denormal(True)
    os.makedirs(a.out, exist_ok=True)
    for name, conf in SMALL.items():
        net = model.Network(model.ModelConfig(k=0.25, **conf), 5)
        randomise(net, 9)
        prune.update(net, 0.9 if name == "paper" else 0.8)
        if conf.get("feature") == "magnitude":
            with torch.no_grad():
                net.encoder_w *= 300  # linear magnitudes are small
        export.export(net, os.path.join(a.out, name + "-small.tacet"),
                      name + "-small", {"source": "training/golden.py, random"})
        t, meta = golden(net, name + "-small.tacet", signal(12000))
        export.write_safetensors(os.path.join(
            a.out, "golden_%s.safetensors" % name), t, meta)
    for path, name in a.model:
        net, _ = train.load_network(path)
        prune.choose_anew(net)
        x = sf.read(a.audio)[0][:10000] if a.audio else signal(10000)
        t, meta = golden(net, name + ".tacet", x)
        export.write_safetensors(os.path.join(
            a.out, "golden_%s.safetensors" % name), t, meta)


if __name__ == "__main__":
    main()
