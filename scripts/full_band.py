#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Log-spectral distance above 8 kHz on held-out 48 kHz speech.

  scripts/full_band.py PACK [--tacet TACET] [--count 20] [--out docs/full-band.md]

PACK is what training/pack.py made; speech and noise are of its validation
split, mixed at -5, 0, 5, 10 and 15 dB in turn. With powers P(t, f) of frames
of 1536 samples, hop 384, and a floor of 60 dB below the clean clip's largest,

  LSD = mean_t sqrt(mean_{8 kHz < f < 20 kHz} (10 log10 P_clean / P)^2)  in dB.

Rows: noisy; denoised; and clean speech denoised, which should stay near 0.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile as sf

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from training import corpus, mixing  # noqa: E402

RATE, WINDOW, HOP = 48000, 1536, 384


def powers(x):
    """[T, F] of the bins above 8 kHz, below 20 kHz."""
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP]
    bins = slice(8000 * WINDOW // RATE + 1, 20000 * WINDOW // RATE)
    return np.abs(np.fft.rfft(frames * np.hanning(WINDOW))[:, bins]) ** 2


def distance(clean, y):
    a, b = powers(clean), powers(y)
    floor = 1e-6 * a.max()
    d = 10 * np.log10(np.maximum(a, floor) / np.maximum(b, floor))
    return float(np.mean(np.sqrt(np.mean(d * d, 1))))


def mixtures(pack, count, seconds, seed):
    """Yields (noisy, clean) [seconds * RATE]."""
    maker = mixing.ItemMaker(pack, 1, seed, "sqrt-hann")
    made = index = 0
    while made < count:
        rng = np.random.default_rng([seed, index])
        index += 1
        speech, noise = (maker.join(rng, corpus.pick_group(
            rng, pack.clips[kind, RATE], 0.4), kind, RATE, seconds * RATE)
            for kind in ("speech", "noise"))
        if not (speech.any() and noise.any()):
            continue
        snr = 5 * (made % 5) - 5
        noise *= np.float32(np.sqrt(np.mean(speech ** 2) / np.mean(noise ** 2))
                            * 10 ** (-snr / 20))
        gain = np.float32(0.05 / np.sqrt(np.mean((speech + noise) ** 2)))
        yield gain * (speech + noise), gain * speech
        made += 1


def denoised(tacet, model, x, folder):
    paths = [os.path.join(folder, n) for n in ("in.wav", "out.wav")]
    sf.write(paths[0], x, RATE, subtype="FLOAT")
    subprocess.run([tacet, "denoise", "--quiet", "--force", *model, *paths],
                   check=True)
    return sf.read(paths[1])[0]


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("pack")
    ap.add_argument("--tacet", default="build/release/cli/tacet")
    ap.add_argument("--model")
    ap.add_argument("--count", type=int, default=20)
    ap.add_argument("--seconds", type=int, default=6)
    ap.add_argument("--out")
    a = ap.parse_args()
    model = ["--model", a.model] if a.model else []
    rows = {"noisy": [], "denoised": [], "clean speech, denoised": []}
    with tempfile.TemporaryDirectory() as folder:
        for noisy, clean in mixtures(corpus.Pack(a.pack, "val"), a.count,
                                     a.seconds, 5):
            rows["noisy"].append(distance(clean, noisy))
            rows["denoised"].append(distance(
                clean, denoised(a.tacet, model, noisy, folder)))
            rows["clean speech, denoised"].append(distance(
                clean, denoised(a.tacet, model, clean, folder)))
    text = ["# Above 8 kHz", "",
            "Log-spectral distance to the clean speech from 8 to 20 kHz, %d "
            "mixtures of %d s at 48 kHz (`scripts/full_band.py`)." % (
                a.count, a.seconds), "",
            "| signal | mean dB | median dB | largest dB |",
            "| --- | ---: | ---: | ---: |"]
    for name, v in rows.items():
        text.append("| %s | %.2f | %.2f | %.2f |" % (
            name, np.mean(v), np.median(v), np.max(v)))
    print("\n".join(text))
    if a.out:
        with open(a.out, "w") as f:
            f.write("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
