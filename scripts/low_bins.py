#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the bins below speech cost in SI-SNR improvement.

  low_bins.py SET [--tacet PROGRAM] [-- OPTIONS OF TACET DENOISE]

Denoises SET/noisy (16 kHz) and prints the mean SI-SNR improvement against
SET/clean: as it is, with bins 0 and 1 (below 47 Hz) of the noisy signal left as
they were, and with those of the clean signal put in.
"""
import argparse
import os
import subprocess
import tempfile

import numpy as np

from evaluate import read, si_snr

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BINS = 2
WINDOW = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512))


def spectrum(x):
    x = np.pad(x, (512, 1024))
    return np.fft.rfft(
        np.lib.stride_tricks.sliding_window_view(x, 512)[::128] * WINDOW)


def signal(spec, length):
    frames = np.fft.irfft(spec) * WINDOW / 2
    y = np.zeros(len(frames) * 128 + 512)
    for t, frame in enumerate(frames):
        y[t * 128:t * 128 + 512] += frame
    return y[512:512 + length]


def with_low_bins(y, of):
    spec = spectrum(y)
    spec[:, :BINS] = spectrum(of)[:, :BINS]
    return signal(spec, len(y))


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("set")
    ap.add_argument("--tacet", default=os.path.join(ROOT,
                                                    "build/release/cli/tacet"))
    ap.add_argument("options", nargs="*")
    a = ap.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as out:
        noisy = os.path.join(a.set, "noisy")
        subprocess.run([a.tacet, "denoise", "-q", *a.options, "--output-dir",
                        out, noisy], check=True)
        for name in sorted(os.listdir(noisy)):
            clean, x, y = (read(os.path.join(d, name))[0] for d in (
                os.path.join(a.set, "clean"), noisy, out))
            base = si_snr(clean, x)
            rows.append([si_snr(clean, v) - base for v in (
                y, with_low_bins(y, x), with_low_bins(y, clean))])
    for label, value in zip(("denoised", "low bins as they came in",
                             "low bins of the clean signal"),
                            np.mean(rows, 0)):
        print("%-30s %6.2f dB" % (label, value))


if __name__ == "__main__":
    main()
