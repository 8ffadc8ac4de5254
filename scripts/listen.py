#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the page of before/after clips, docs/listen/index.html.

  scripts/listen.py [TACET]            (default build/release/cli/tacet)

The clips are those that ship here; each is denoised by the default model at the
default strength, and drawn by `tacet denoise --picture`. The page opens from
disk and needs nothing else.
"""
import html
import json
import os
import subprocess
import sys

import numpy as np
import soundfile as sf
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "docs", "listen")
DATA = os.path.join(ROOT, "tests", "testdata")
MINISET = ["01", "02", "04", "08", "10", "11"]
HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tacet: before and after</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto;
       padding: 0 1em; color: #222; }
section { border-top: 1px solid #ccc; padding: 1em 0; }
h2 { font-size: 1.1em; margin: 0 0 .5em; }
img { width: 100%%; }
figure { display: inline-block; margin: 0 2em .5em 0; }
</style>
<h1>Tacet: before and after</h1>
<p>Made by <code>scripts/listen.py</code> with %s, attenuation limit as shipped.
Speech: LibriSpeech (CC BY 4.0) and Kathleen (CC0); noise: Noisekun (CC0) or
synthetic. The network has seen neither these speakers nor these recordings,
but for those of the last clip. Pictures: the spectrogram before, after, and
the gain.</p>
"""


def clips():
    """(name, title, path) of each clip."""
    with open(os.path.join(DATA, "miniset", "meta.json")) as f:
        items = {i["id"]: i for i in json.load(f)["items"]}
    for i in MINISET:
        noise = items[i]["noise"].split("/")[0].removeprefix("made: ")
        yield i, "%s, %g dB SNR" % (noise, items[i]["snr"]), os.path.join(
            DATA, "miniset", "noisy", i + ".flac")
    yield "sample", "aeroplane, the sample of the README", os.path.join(
        ROOT, "docs", "sample", "noisy.flac")
    yield "48k", "full band at 48 kHz, 5 dB SNR", os.path.join(
        DATA, "noisy_48k.flac")


def section(tacet, name, title, path):
    before, after = name + "_before.opus", name + "_after.opus"
    clean = os.path.join(OUT, name + ".wav")
    subprocess.run([tacet, "denoise", "--force", "--quiet", path, clean,
                    "--picture", os.path.join(OUT, name + ".png")], check=True)
    x, rate = sf.read(path)
    y, _ = sf.read(clean)
    os.remove(clean)
    drawn = os.path.join(OUT, name + ".png")
    picture = Image.open(drawn).convert("RGB")
    picture.thumbnail((1000, 1000))
    picture.save(os.path.join(OUT, name + ".jpg"), quality=80)
    os.remove(drawn)
    gain = 0.7 / np.max(np.abs(x))  # one gain for both, to be heard alike
    for out, v in ((before, x), (after, y)):
        sf.write(os.path.join(OUT, out), v * gain, rate, "OPUS", format="OGG")
    return """<section>
<h2>%s</h2>
<figure>before<br><audio controls preload="none" src="%s"></audio></figure>
<figure>after<br><audio controls preload="none" src="%s"></audio></figure>
<img src="%s.jpg" alt="spectrograms before and after, and the gain">
</section>
""" % (html.escape(title), before, after, name)


def main():
    tacet = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        ROOT, "build", "release", "cli", "tacet")
    os.makedirs(OUT, exist_ok=True)
    model = subprocess.run([tacet, "--version"], check=True, text=True,
                           capture_output=True).stdout.split("\n")[0]
    page = HEAD % html.escape(model)
    for clip in clips():
        page += section(tacet, *clip)
    with open(os.path.join(OUT, "index.html"), "w") as f:
        f.write(page + "</html>\n")
    print("wrote", os.path.join(OUT, "index.html"))


if __name__ == "__main__":
    main()
