#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Float against fixed point on a clean/noisy set: SI-SNRi and ESTOI.

  fixed_quality.py SET MODEL.tacet [MODEL.tacet ...] [--tacet PROGRAM]

The first row is the float network of the first MODEL; then follows the fixed
network of every MODEL (e.g. of one that training/quantize.py made with
--state-bits 16). Differences to the float row are paired over files, with 95 %
bootstrap intervals.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import evaluate  # noqa: E402


def figures(tacet, folder, model, backend):
    noisy = os.path.join(folder, "noisy")
    names = sorted(n for n in os.listdir(noisy)
                   if n.lower().endswith((".wav", ".flac")))
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([tacet, "denoise", "-q", "--output-dir", out, "--model",
                        model, "--backend", backend,
                        *[os.path.join(noisy, n) for n in names]], check=True)
        rows = evaluate.score(folder, out, names)
    return {k: np.array([r[k] for r in rows]) for k in ("si_snri", "estoi")}


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("set")
    ap.add_argument("models", nargs="+")
    ap.add_argument("--tacet", default="build/release/cli/tacet")
    a = ap.parse_args()
    jobs = [(a.models[0], "float")] + [(m, "fixed") for m in a.models]
    print("| network | SI-SNRi dB | minus float | ESTOI | minus float |")
    print("|---|---:|---:|---:|---:|")
    base = None
    for model, backend in jobs:
        f = figures(a.tacet, a.set, model, backend)
        base = base or f
        cells = ["%s, %s" % (os.path.basename(model), backend)]
        for key, digits in (("si_snri", 3), ("estoi", 4)):
            d = f[key] - base[key]
            cells.append("%.*f" % (digits, np.nanmean(f[key])))
            cells.append("" if f is base else "%+.*f (%+.*f..%+.*f)" % (
                digits, np.nanmean(d), digits, evaluate.interval(d)[0],
                digits, evaluate.interval(d)[1]))
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
