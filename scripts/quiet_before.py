#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a quiet stretch before the sound costs afterwards.

  quiet_before.py SET [--seconds S] [--tacet PROGRAM] [--model FILE]...

Puts S seconds (1.5) of quiet in front of each file of SET/noisy, denoises it,
and prints the SI-SNR improvement of the file itself, against SET/clean: for
nothing in front, digital silence, the dither of 16 bits, and white noise of -80
and -60 dBFS (RMS). A second figure is that of the second half of the file alone:
how much is remembered so long. The intervals are of the difference from the row
with nothing in front, 95 % bootstrap percentiles over files.
"""
import argparse
import os
import subprocess
import tempfile

import numpy as np
import soundfile as sf

from evaluate import interval, read, si_snr

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def white(level_db):
    return lambda rng, n: 10 ** (level_db / 20) * rng.standard_normal(n)


def dither(rng, n):
    """Triangular, two steps of 16 bits wide, rounded as a converter would."""
    return np.rint(rng.random(n) - rng.random(n)) / 32768


QUIETS = [("nothing", None), ("digital silence", lambda _, n: np.zeros(n)),
          ("dither of 16 bits", dither), ("noise, -80 dBFS", white(-80)),
          ("noise, -60 dBFS", white(-60))]


def write(folder, clips, quiet, seconds):
    """The noisy files with the quiet in front. Returns its length of each."""
    lengths = {}
    for number, (name, (_, noisy, rate)) in enumerate(clips.items()):
        n = 0 if quiet is None else int(seconds * rate)
        head = quiet(np.random.default_rng(number), n) if n else np.zeros(0)
        sf.write(os.path.join(folder, name), np.concatenate([head, noisy]),
                 rate, format="WAV", subtype="FLOAT")
        lengths[name] = n
    return lengths


def gains(clips, quiet, seconds, command):
    """[files, 2]: SI-SNR improvement of the whole file and its second half."""
    with tempfile.TemporaryDirectory() as before, \
            tempfile.TemporaryDirectory() as after:
        lengths = write(before, clips, quiet, seconds)
        subprocess.run([*command, "--output-dir", after,
                        *[os.path.join(before, name) for name in clips]],
                       check=True)
        rows = []
        for name, (clean, noisy, _) in clips.items():
            output = read(os.path.join(after, name))[0][lengths[name]:]
            rows.append([si_snr(clean[i:], output[i:]) -
                         si_snr(clean[i:], noisy[i:])
                         for i in (0, len(clean) // 2)])
    return np.array(rows)


def report(clips, seconds, command):
    print("| in front | SI-SNRi dB | change | 95 % | second half | change |")
    print("|---|---:|---:|---|---:|---:|")
    plain = None
    for name, quiet in QUIETS:
        found = gains(clips, quiet, seconds, command)
        plain = found if plain is None else plain
        change = found - plain
        low, high = interval(change[:, 0])
        whole, half = found.mean(0)
        print("| %s | %.2f | %+.2f | %+.2f..%+.2f | %.2f | %+.2f |" % (
            name, whole, change[:, 0].mean(), low, high, half,
            change[:, 1].mean()))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--tacet", default=os.path.join(
        ROOT, "build", "release", "cli", "tacet"))
    parser.add_argument("--model", action="append",
                        help="a model file, the default where none is named")
    options = parser.parse_args()
    clips = {}
    for name in sorted(os.listdir(os.path.join(options.set, "noisy"))):
        if name.lower().endswith((".wav", ".flac")):
            clean, rate = read(os.path.join(options.set, "clean", name))
            noisy, _ = read(os.path.join(options.set, "noisy", name))
            clips[os.path.splitext(name)[0] + ".wav"] = clean, noisy, rate
    for model in options.model or [None]:
        print("\n%s, %d files, %g s in front\n" % (
            os.path.basename(model) if model else "default model",
            len(clips), options.seconds))
        report(clips, options.seconds,
               [options.tacet, "denoise", *(["--model", model] if model else
                                            [])])


if __name__ == "__main__":
    main()
