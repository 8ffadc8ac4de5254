"""Writes mixtures of the validation split as a test set of WAV files.

  python3 -m training.make_set --pack PACK --out SET [--count 48]

SET gets clean/, noisy/ and meta.json, as scripts/evaluate.sh and
training/denoise.py read them: recipes are compared on it by the metrics that
need audio, so that the dev set only reports.
"""
import argparse
import json
import os

import numpy as np
import soundfile as sf

from training import loader, losses, mixing


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=48)
    ap.add_argument("--seconds", type=float, default=8)
    ap.add_argument("--seed", type=int, default=99)
    a = ap.parse_args()
    steps = int(a.seconds * 16000) // losses.HOP
    mixer = mixing.Mixer(mixing.Pack(a.pack, "val"), steps, a.count, a.seed,
                         "sqrt-hann", fresh=a.count, keep=1)
    shape = (steps, a.count, mixing.BINS)
    x, s = np.empty(shape, np.complex64), np.empty(shape, np.complex64)
    _, speech = mixer(0, x, s)
    noisy, clean = (
        loader.overlap_add(v, "sqrt-hann") for v in (x, s))
    for part in ("noisy", "clean"):
        os.makedirs(os.path.join(a.out, part), exist_ok=True)
    items = []
    for b in np.flatnonzero(speech):
        top = max(np.abs(noisy[b]).max(), np.abs(clean[b]).max())
        g = min(1.0, 0.99 / top)
        v = noisy[b] - clean[b]
        snr = 10 * np.log10(np.sum(clean[b] ** 2) / (np.sum(v ** 2) + 1e-12))
        items.append({"id": "%03d" % b, "snr": int(5 * round(snr / 5))})
        for part, y in (("noisy", noisy), ("clean", clean)):
            sf.write(os.path.join(a.out, part, "%03d.wav" % b), g * y[b],
                     16000, subtype="PCM_16")
    with open(os.path.join(a.out, "meta.json"), "w") as f:
        json.dump({"items": items}, f)
    print("%s: %d mixtures of %g s" % (a.out, len(items), a.seconds))


if __name__ == "__main__":
    main()
