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

from training import corpus, mixing, options


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=48)
    ap.add_argument("--seconds", type=float, default=8)
    ap.add_argument("--seed", type=int, default=99)
    ap.add_argument("--speech-split", default="val", choices=("val", "train"),
                    help="train: speakers that were trained on")
    ap.add_argument("--noise-split", default="val", choices=("val", "train"),
                    help="train: noise that was trained on")
    ap.add_argument("--speakers", type=options.pattern, default="",
                    metavar="REGEX",
                    help="only those, e.g. ^[0-9]+$ for LibriSpeech's")
    ap.add_argument("--noise", type=options.pattern, default="",
                    metavar="REGEX",
                    help="of the noise only groups in which this is found")
    a = ap.parse_args()
    for part in ("noisy", "clean"):
        os.makedirs(os.path.join(a.out, part), exist_ok=True)
    items = []
    for i, (noisy, clean, snr) in enumerate(mixing.plain(
            corpus.Pack(a.pack, a.noise_split, noises=a.noise), a.count,
            int(a.seconds * 16000), a.seed,
            corpus.Pack(a.pack, a.speech_split, speakers=a.speakers))):
        items.append({"id": "%03d" % i, "snr": snr})
        g = min(1, 0.99 / max(np.abs(noisy).max(), np.abs(clean).max()))
        for part, y in (("noisy", noisy), ("clean", clean)):
            sf.write(os.path.join(a.out, part, items[-1]["id"] + ".wav"),
                     g * y, 16000, subtype="PCM_16")
    with open(os.path.join(a.out, "meta.json"), "w") as f:
        json.dump({"items": items}, f)
    print("%s: %d mixtures of %g s" % (a.out, len(items), a.seconds))


if __name__ == "__main__":
    main()
