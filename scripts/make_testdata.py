#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts the few seconds of audio that the repository ships from a data folder.

  scripts/make_testdata.py DATA        (DATA holds train/ and dev/)

tests/testdata/miniset       12 clean/noisy pairs of 5 s, 16 kHz: LibriSpeech
                             (CC BY 4.0) with CC0 noise (Noisekun) or noise made
                             here, cut from or mixed like the dev set
tests/testdata/*_48k.flac    full-band speech (Kathleen, CC0), clean and with
                             CC0 noise at 5 dB
docs/sample/noisy.flac       the demo's input

Licences and attributions: tests/testdata/README.md.
"""
import json
import os
import sys

import numpy as np
import soundfile as sf

RATE, SECONDS = 16000, 5.0
DEV = ["0002", "0005", "0015", "0020", "0027", "0037", "0048", "0053"]
MADE = [("0000", "fan", 0), ("0009", "hum", 5), ("0014", "keys", 5),
        ("0018", "wind", -5)]


def made_noise(kind, n, rng):
    t = np.arange(n) / RATE
    spec = np.fft.rfft(rng.standard_normal(n))
    f = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 30)
    pink, brown = (np.fft.irfft(spec * f ** -p, n) for p in (0.5, 1.2))
    pink, brown = pink / pink.std(), brown / brown.std()
    if kind == "fan":
        return pink * (1 + 0.3 * np.sin(2 * np.pi * 7 * t)) + 0.6 * np.sin(
            2 * np.pi * 240 * t)
    if kind == "hum":
        return sum(np.sin(2 * np.pi * 50 * h * t + h) / h
                   for h in range(1, 16)) + 0.1 * pink
    if kind == "wind":
        return brown * np.interp(t, np.linspace(0, t[-1], 9),
                                 rng.uniform(0.1, 1, 9))
    x = 0.02 * pink
    for at in np.cumsum(rng.uniform(0.08, 0.3, 40)) * RATE:
        m = int(0.02 * RATE)
        at = int(at)
        if at + m < n:
            x[at:at + m] += rng.standard_normal(m) * np.exp(
                -np.arange(m) / m * 6) * rng.uniform(0.4, 1)
    return x


def write(path, x, rate):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    sf.write(path, np.clip(x, -1, 32767 / 32768), rate, subtype="PCM_16")


def miniset(data, out):
    rng = np.random.default_rng(7)
    with open(os.path.join(data, "dev", "meta.json")) as f:
        dev = {i["id"]: i for i in json.load(f)["items"]}
    n, items = int(RATE * SECONDS), []

    def load(part, name):
        return sf.read(os.path.join(data, "dev", part, name + ".flac"))[0][:n]
    for name, noise, snr in [(d, None, dev[d]["snr"]) for d in DEV] + MADE:
        clean = load("clean", name)
        if noise is None:
            noisy, noise = load("noisy", name), dev[name]["noise"]
        else:
            v = made_noise(noise, n, rng)
            v *= np.sqrt(np.mean(clean ** 2) / np.mean(v ** 2)) * 10 ** (
                -snr / 20)
            noisy = clean + v
            g = min(1, 0.98 / np.abs(noisy).max())
            clean, noisy, noise = clean * g, noisy * g, "made: " + noise
        ident = "%02d" % len(items)
        write(os.path.join(out, "clean", ident + ".flac"), clean, RATE)
        write(os.path.join(out, "noisy", ident + ".flac"), noisy, RATE)
        items.append({"id": ident, "speech": dev[name]["speech"][0],
                      "noise": noise, "snr": snr})
    with open(os.path.join(out, "meta.json"), "w") as f:
        json.dump({"sample_rate": RATE, "seconds": SECONDS, "items": items},
                  f, indent=1)


def full_band(data, out):
    s, rate = sf.read(os.path.join(
        data, "train/speech/kathleen-kathleen-0052.opus"))
    v, _ = sf.read(os.path.join(data, "train/noise/noisekun-cafe-001.opus"))
    assert rate == 48000
    s, v = s[rate:5 * rate], v[rate:5 * rate]
    v = v * np.sqrt(np.mean(s ** 2) / np.mean(v ** 2)) * 10 ** (-5 / 20)
    write(os.path.join(out, "fullband_speech_48k.flac"), s, rate)
    write(os.path.join(out, "noisy_48k.flac"), s + v, rate)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    out = os.path.join(root, "tests", "testdata")
    miniset(sys.argv[1], os.path.join(out, "miniset"))
    full_band(sys.argv[1], out)
    x, rate = sf.read(os.path.join(data := sys.argv[1], "dev", "noisy",
                                   "0037.flac"))
    write(os.path.join(root, "docs", "sample", "noisy.flac"), x, rate)


if __name__ == "__main__":
    main()
