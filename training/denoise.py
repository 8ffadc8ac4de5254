"""Denoises 16 kHz files with the PyTorch network; the reference for the
C++ engine and the quick way to dev figures.

  python3 -m training.denoise CHECKPOINT --set SET [--out DIR] [--limit-db DB]
"""
import argparse
import json
import os

import numpy as np
import soundfile as sf
import torch

from training import features, post_filter, prune, stft, train


def features_of(spec, cfg):
    """(features, magnitude, turns, heard) of spec [T, K]: those of the hops
    that the network is shown, and which these are."""
    heard = audible(np.abs(spec), cfg)
    mag, z = np.abs(spec)[heard], features.turn(spec)[heard]
    return features.of(mag, z, cfg), mag, z, heard


def audible(mag, cfg):
    """[T] of magnitudes [T, K]: the hops that the network is shown
    (model/feature.h: what is not heard is not a level)."""
    if cfg.feature == "magnitude":
        return np.ones(len(mag), bool)
    return (mag ** cfg.feature_power).mean(-1) >= cfg.feature_floor / 2


@torch.no_grad()
def run(net, x, g_min=0.0, trace=None):
    """Denoised x [n] float. trace: dict that receives every intermediate of
    the audible hops."""
    spec = stft.analyse(np.asarray(x, np.float64), net.cfg.window)
    f, magnitude, z, heard = features_of(spec, net.cfg)
    f = torch.from_numpy(f)[:, None]
    o = net.outputs(net.trunk(f, False, trace))
    m = np.ones(spec.shape, np.complex64)
    m[heard] = net.mask(o)[:, 0].numpy()
    if trace is not None:
        trace.update(features=f, outputs=o, mask=m[heard], magnitude=magnitude,
                     turn=z)
    m[heard] = post_filter.apply(m[heard], spec[heard], net.cfg)
    return stft.synthesise(spec * (g_min + (1 - g_min) * m), len(x),
                           net.cfg.window)


def si_snr(s, e):
    s, e = s - s.mean(), e - e.mean()
    p = np.dot(s, e) * s / (np.dot(s, s) + 1e-30)
    return 10 * np.log10(np.dot(p, p) / (np.dot(e - p, e - p) + 1e-12) + 1e-12)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("checkpoint")
    ap.add_argument("--set", required=True)
    ap.add_argument("--out")
    ap.add_argument("--limit-db", type=float, default=np.inf)
    ap.add_argument("--raw", action="store_true", help="raw weights")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    net, ck = train.load_network(a.checkpoint)
    if a.raw:
        net.load_state_dict(ck["weights"])
    prune.choose_anew(net)
    with open(os.path.join(a.set, "meta.json")) as f:
        items = json.load(f)["items"]
    gain, by = [], {}
    if a.out:
        os.makedirs(a.out, exist_ok=True)
    for it in items:
        name = it["id"] + ".wav"
        x, _ = sf.read(os.path.join(a.set, "noisy", name))
        s, _ = sf.read(os.path.join(a.set, "clean", name))
        y = run(net, x, 10 ** (-a.limit_db / 20))
        gain.append(si_snr(s, y) - si_snr(s, x))
        by.setdefault(it["snr"], []).append(gain[-1])
        if a.out:
            sf.write(os.path.join(a.out, name), np.clip(y, -1, 32767 / 32768),
                     16000, subtype="PCM_16")
    print("SI-SNRi %.3f dB; by SNR: %s" % (np.mean(gain), " ".join(
        "%g: %.2f" % (k, np.mean(v)) for k, v in sorted(by.items()))))


if __name__ == "__main__":
    main()
