#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Denoises a clean/noisy set and prints SI-SNR, SI-SNR improvement and ESTOI.

  evaluate.py SET [--tacet PROGRAM] [--csv FILE] [-- OPTIONS OF tacet denoise]

SET holds clean/ and noisy/ with files of the same names (WAV or FLAC, one
rate). With meta.json (items: id, snr) the table is also by input SNR.

Below it: how much of the first 40 ms of words is lost (scripts/onsets.py), over
the files of 5 dB SNR and more.

SI-SNR is scale-invariant and mean-free (Le Roux et al. 2019); ESTOI follows
Jensen & Taal 2016. 95 % intervals are bootstrap percentiles over files.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

import onsets

ESTOI_HZ, FRAME, HOP, FFT, SEGMENT = 10000, 256, 128, 512, 30


def si_snr(clean, estimate):
    """10 log10(|a s|^2 / |e - a s|^2), a = <e, s> / <s, s>, mean-free."""
    s, e = clean - clean.mean(), estimate - estimate.mean()
    p = (e @ s) / (s @ s + 1e-30) * s
    return 10 * np.log10((p @ p) / ((e - p) @ (e - p) + 1e-8) + 1e-8)


def third_octaves():
    """0/1 matrix [15, 257]: 15 bands from 150 Hz."""
    f = np.linspace(0, ESTOI_HZ / 2, FFT // 2 + 1)
    centre = 150 * 2.0 ** (np.arange(15) / 3)
    edge = [[np.argmin(np.abs(f - c * 2 ** (s / 6))) for s in (-1, 1)]
            for c in centre]
    return np.array([[lo <= k < hi for k in range(len(f))]
                     for lo, hi in edge], float)


def frames(x):
    at = np.arange(0, len(x) - FRAME, HOP)
    window = np.hanning(FRAME + 2)[1:-1]
    return x[at[:, None] + np.arange(FRAME)] * window


def estoi(clean, estimate, rate):
    """Extended short-time objective intelligibility, NaN below 384 ms."""
    if rate != ESTOI_HZ:
        g = np.gcd(rate, ESTOI_HZ)
        clean, estimate = (resample_poly(v, ESTOI_HZ // g, rate // g)
                           for v in (clean, estimate))
    c, e = frames(clean), frames(estimate)
    level = 20 * np.log10(np.linalg.norm(c, axis=1) + 1e-16)
    bands = []
    for v in (c, e):  # frames 40 dB below the loudest are cut out
        v = v[level > level.max() - 40]
        y = np.zeros((len(v) - 1) * HOP + FRAME)
        for i, r in enumerate(v):
            y[i * HOP:i * HOP + FRAME] += r
        spectrum = np.abs(np.fft.rfft(frames(y), FFT, axis=1)) ** 2
        bands.append(np.sqrt(third_octaves() @ spectrum.T))
    if bands[0].shape[1] < SEGMENT:
        return float("nan")

    def unit(v, axis):
        v = v - v.mean(axis, keepdims=True)
        return v / (np.linalg.norm(v, axis=axis, keepdims=True) + 1e-16)
    seg = [np.lib.stride_tricks.sliding_window_view(b, SEGMENT, 1)
           .transpose(1, 0, 2) for b in bands]
    a, b = (unit(unit(s, 2), 1) for s in seg)
    return float((a * b).sum() / (SEGMENT * len(a)))


def interval(v, draws=2000):
    """95 % bootstrap percentile interval of the mean."""
    rng = np.random.default_rng(1)
    v = np.asarray(v)
    m = v[rng.integers(len(v), size=(draws, len(v)))].mean(1)
    return np.percentile(m, [2.5, 97.5])


def read(path):
    x, rate = sf.read(path, dtype="float64")
    return (x if x.ndim == 1 else x[:, 0]), rate


def score(folder, out, names):
    rows = []
    for n in names:
        s, rate = read(os.path.join(folder, "clean", n))
        x, _ = read(os.path.join(folder, "noisy", n))
        y, _ = read(os.path.join(out, n))
        if len(y) != len(x):
            sys.exit("%s: %d samples in, %d out" % (n, len(x), len(y)))
        rows.append({"file": n, "si_snr_noisy": si_snr(s, x),
                     "si_snr": si_snr(s, y),
                     "estoi_noisy": estoi(s, x, rate),
                     "estoi": estoi(s, y, rate)})
        rows[-1]["si_snri"] = rows[-1]["si_snr"] - rows[-1]["si_snr_noisy"]
        loss = onsets.losses(s, y, rate)
        rows[-1]["onset_loss_db"] = " ".join("%.2f" % v for v in loss)
    return rows


def onset_line(rows):
    loss = np.sort([float(v) for r in rows
                    if r["si_snr_noisy"] > onsets.MIN_SNR_DB - 0.5
                    for v in r["onset_loss_db"].split()])
    if not len(loss):
        return "onsets: none in the files of %g dB SNR and more" % (
            onsets.MIN_SNR_DB)
    worst = loss[-max(1, len(loss) // 20):].mean()
    return "onsets: %d, loss in their first 40 ms: median %.1f dB, worst 5 %% " \
        "%.1f dB" % (len(loss), np.median(loss), worst)


def table(rows, groups):
    head = "| input SNR | files | SI-SNR noisy | SI-SNR | SI-SNRi | 95 % | " \
        "worst 5 % SI-SNRi | ESTOI noisy | ESTOI |"
    print(head)
    print("|" + "---|" * (head.count("|") - 1))
    for name, members in groups:
        r = [rows[i] for i in members]

        def mean(k):
            return np.nanmean([q[k] for q in r])
        gain = np.sort([q["si_snri"] for q in r])
        lo, hi = interval(gain)
        worst = gain[:max(1, len(gain) // 20)].mean()
        print("| %s | %d | %.2f | %.2f | %.2f | %.2f..%.2f | %.2f | %.3f | "
              "%.3f |" % (name, len(r), mean("si_snr_noisy"), mean("si_snr"),
                          gain.mean(), lo, hi, worst, mean("estoi_noisy"),
                          mean("estoi")))


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        usage="%(prog)s SET [--tacet PROGRAM] [--csv FILE] [-- OPTIONS OF "
        "tacet denoise]",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("set")
    ap.add_argument("--tacet", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "build", "release",
        "cli", "tacet"))
    ap.add_argument("--csv", help="write every file's figures here")
    args = sys.argv[1:]
    cut = args.index("--") if "--" in args else len(args)
    a, options = ap.parse_args(args[:cut]), args[cut + 1:]
    noisy = os.path.join(a.set, "noisy")
    if not os.path.isdir(noisy):
        sys.exit("%s: no folder noisy/ in it" % a.set)
    names = sorted(n for n in os.listdir(noisy)
                   if n.lower().endswith((".wav", ".flac")))
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([a.tacet, "denoise", "--output-dir", out, *options,
                        *[os.path.join(noisy, n) for n in names]], check=True)
        rows = score(a.set, out, names)
    groups = [("all", range(len(rows)))]
    meta = os.path.join(a.set, "meta.json")
    if os.path.exists(meta):
        with open(meta) as f:
            snr = {i["id"]: i["snr"] for i in json.load(f)["items"]}
        for s in sorted(set(snr.values())):
            groups.append(("%g dB" % s, [
                i for i, n in enumerate(names)
                if snr.get(os.path.splitext(n)[0]) == s]))
    table(rows, groups)
    print("\n" + onset_line(rows))
    if a.csv:
        with open(a.csv, "w", newline="") as f:
            w = csv.DictWriter(f, list(rows[0]))
            w.writeheader()
            w.writerows(rows)


if __name__ == "__main__":
    main()
