"""Writes mixtures of the validation split as a test set of WAV files.

  python3 -m training.make_set --pack PACK --out SET [--count 48]

SET gets clean/, noisy/ and meta.json, as scripts/evaluate.sh and
training/denoise.py read them: recipes are compared on it by the metrics that
need audio, so that the dev set only reports. Speech and recorded noise as they
are, at -5, 0, 5, 10 and 15 dB: no reverberation, filters or made-up noise.
"""
import argparse
import json
import os

import numpy as np
import soundfile as sf

from training import mixing


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
    n = int(a.seconds * 16000)
    pack = mixing.Pack(a.pack, "val")
    maker = mixing.ItemMaker(pack, 1, a.seed, "sqrt-hann")
    noisy, clean, items = [], [], []
    for i in range(a.count):
        rng = np.random.default_rng([a.seed, i])
        speech, noise = (maker.join(rng, mixing.pick_group(
            rng, pack.clips[kind, 16000], 0.4), kind, 16000, n)
            for kind in ("speech", "noise"))
        snr = 5 * (i % 5) - 5
        noise *= np.sqrt(np.mean(speech ** 2) / np.mean(noise ** 2)) * 10 ** (
            -snr / 20)
        clean.append(speech)
        noisy.append(speech + noise)
        items.append({"id": "%03d" % i, "snr": snr})
    for part in ("noisy", "clean"):
        os.makedirs(os.path.join(a.out, part), exist_ok=True)
    for b, item in enumerate(items):
        g = 0.1 / np.sqrt(np.mean(noisy[b] ** 2))
        g = min(g, 0.99 / max(np.abs(noisy[b]).max(), np.abs(clean[b]).max()))
        for part, y in (("noisy", noisy), ("clean", clean)):
            sf.write(os.path.join(a.out, part, item["id"] + ".wav"), g * y[b],
                     16000, subtype="PCM_16")
    with open(os.path.join(a.out, "meta.json"), "w") as f:
        json.dump({"items": items}, f)
    print("%s: %d mixtures of %g s" % (a.out, len(items), a.seconds))


if __name__ == "__main__":
    main()
