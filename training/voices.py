"""Makes more speakers of those there are, for a corpus with little of each.

  python3 -m training.voices --speech DIR --out DIR [--only REGEX] [--voices 8]
                             [--spread]

Each clip of each speaker is written `--voices` times, each time as a speaker of
its own: shifted in pitch by p half-tones, formants kept, in turn down and up,
and stretched in time by t, with p and t drawn evenly from `--half-tones` and
`--lengths`; one p and t for all clips of such a speaker. Rubber Band (package
rubberband-cli) does both, with its finer engine.
With --spread each clip is written once, the clips of a speaker dealt out to its
voices in turn: for speakers of whom there is much.

Only speakers of the training split are taken, and the new ones are named so
that they are of it too: the validation split stays what it was, and hears no
voice made of one of its own. What is drawn depends on --seed and the names
alone. OUT gets the clips as FLAC, in the folders they are from, and manifest.csv
(path, speaker, source, half_tones, length), which training.pack reads: one more
`--speech OUT`. OUT must not be below DIR.
"""
import argparse
import collections
import concurrent.futures
import csv
import os
import random
import re
import subprocess
import sys
import tempfile

import soundfile as sf

from training import options, pack
from training.corpus import split_of

COLUMNS = ["path", "speaker", "source", "half_tones", "length"]


def ratios(text):
    """Two numbers, the lower first, of 0.5..2: LOW,HIGH."""
    low, high = options.span(text)
    if not 0.5 <= low <= high <= 2:
        raise argparse.ArgumentTypeError("'%s' is not in 0.5..2" % text)
    return low, high


def name_of(speaker, voice):
    """The name of a voice of a speaker, of the training split."""
    name = "%s-v%d" % (speaker, voice)
    while split_of(name) != "train":
        name += "x"
    return name


def draw(seed, name, voice, half_tones, lengths):
    """(half-tones, length) of a voice; down for even voices, up for odd."""
    rng = random.Random("%d %s" % (seed, name))
    p = rng.uniform(*half_tones) * (1 if voice % 2 else -1)
    return round(p, 2), round(rng.uniform(*lengths), 3)


def plan(speech, only, count, spread, seed, half_tones, lengths):
    """Rows of the manifest for the clips below the folder `speech`."""
    groups = pack.manifest_groups(speech)
    rows, taken = [], collections.Counter()
    for path in pack.find(speech):
        name = os.path.relpath(path, speech)
        speaker = pack.group_of(path, groups, None)
        if not re.search(only, name) or split_of(speaker) != "train":
            continue
        voices = range(count)
        if spread:
            voices = [taken[speaker] % count]
            taken[speaker] += 1
        for voice in voices:
            new = name_of(speaker, voice)
            rows.append(["%s-v%d.flac" % (name, voice), new, name,
                         *draw(seed, new, voice, half_tones, lengths)])
    return rows


def make(row, speech, out):
    """Writes the clip of one row of the manifest."""
    with tempfile.TemporaryDirectory() as tmp:
        x, rate = pack.decode(os.path.join(speech, row[2]))
        source, made = os.path.join(tmp, "a.wav"), os.path.join(tmp, "b.wav")
        sf.write(source, x, rate, subtype="FLOAT")
        said = subprocess.run(
            ["rubberband", "-q", "-3", "-F", "-p", str(row[3]), "-t",
             str(row[4]), source, made], stderr=subprocess.PIPE, text=True)
        if said.returncode:
            raise RuntimeError("rubberband: " + said.stderr.strip())
        x, rate = sf.read(made, dtype="float32")
        path = os.path.join(out, row[0])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sf.write(path, x.clip(-1, 1), rate, subtype="PCM_16")


def try_to_make(row, speech, out):
    """Whether `make` could; what it could not read is said and left out."""
    try:
        make(row, speech, out)
    except RuntimeError as e:
        sys.stderr.write("%s: skipped: %s\n" % (row[2], e))
        return False
    return True


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--speech", required=True, metavar="DIR",
                    type=os.path.abspath)
    ap.add_argument("--out", required=True, metavar="DIR")
    ap.add_argument("--only", default="", type=options.pattern, metavar="REGEX",
                    help="only clips in whose path below DIR this is found")
    ap.add_argument("--voices", type=options.at_least_one, default=8)
    ap.add_argument("--spread", action="store_true")
    ap.add_argument("--half-tones", type=options.span, default=(1.5, 4.5),
                    metavar="LOW,HIGH")
    ap.add_argument("--lengths", type=ratios, default=(0.85, 1.2),
                    metavar="LOW,HIGH")
    ap.add_argument("--seed", type=int, default=5)
    ap.add_argument("--jobs", type=options.at_least_one,
                    default=os.cpu_count())
    a = ap.parse_args()
    if os.path.abspath(a.out).startswith(os.path.join(a.speech, "")):
        sys.exit("--out %s: is below --speech %s, and would be read as more of "
                 "it the next time" % (a.out, a.speech))
    rows = plan(a.speech, a.only, a.voices, a.spread, a.seed,
                a.half_tones, a.lengths)
    if not rows:
        sys.exit("%s: no clip of a training speaker in whose path '%s' is "
                 "found" % (a.speech, a.only))
    os.makedirs(a.out, exist_ok=True)
    try:
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as jobs:
            made = list(jobs.map(
                lambda r: try_to_make(r, a.speech, a.out), rows))
    except FileNotFoundError as e:
        if e.filename != "rubberband":
            raise
        sys.exit("rubberband: not found; install the package rubberband-cli")
    rows = [r for r, is_made in zip(rows, made) if is_made]
    tmp = os.path.join(a.out, "manifest.csv.tmp")
    with open(tmp, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(COLUMNS)
        w.writerows(rows)
    os.replace(tmp, os.path.join(a.out, "manifest.csv"))
    print("%s: %d clips, %d speakers" % (a.out, len(rows),
                                         len({r[1] for r in rows})))


if __name__ == "__main__":
    main()
