"""Makes more speakers of those there are, for a corpus with little of each.

  python3 -m training.voices --speech DIR --out DIR [--only REGEX] [--voices 8]
                             [--spread] [--formants LOW,HIGH] [--first N]

Each clip of each speaker is written `--voices` times, each time as a speaker of
its own: shifted in pitch by p half-tones, formants kept, in turn down and up,
and stretched in time by t, with p and t drawn evenly from `--half-tones` and
`--lengths`; one p and t for all clips of such a speaker. Rubber Band (package
rubberband-cli) does both, with its finer engine.
With --formants they are moved as well, by a factor drawn from LOW..1 for a voice
that is shifted down and 1..HIGH for one shifted up, as long and short vocal tracts
have them: the clip is resampled by the factor, and Rubber Band makes up for what
that did to pitch and length.
With --spread each clip is written once, the clips of a speaker dealt out to its
voices in turn: for speakers of whom there is much.

Only speakers of the training split are taken, and the new ones are named so
that they are of it too: the validation split stays what it was, and hears no
voice made of one of its own. What is drawn depends on --seed and the names
alone. OUT gets the clips as FLAC, in the folders they are from, and manifest.csv
(path, speaker, source, half_tones, length, formants), which training.pack reads: one
more `--speech OUT`. OUT must not be below DIR. --first numbers the voices, which
names and draws them: other voices of the same clips, for a folder of their own.
"""
import argparse
import collections
import concurrent.futures
import fractions
import math
import os
import random
import re
import subprocess
import sys
import tempfile

import soundfile as sf
from scipy.signal import resample_poly

from training import options, pack
from training.corpus import of_training, split_of

COLUMNS = ["path", "speaker", "source", "half_tones", "length", "formants"]


def ratios(text):
    """Two numbers, the lower first, of 0.5..2: LOW,HIGH."""
    low, high = options.span(text)
    if not 0.5 <= low <= high <= 2:
        raise argparse.ArgumentTypeError("'%s' is not in 0.5..2" % text)
    return low, high


def formants(text):
    """A number of 0.7..1 and one of 1..1.4: LOW,HIGH."""
    low, high = options.span(text)
    if not 0.7 <= low <= 1 <= high <= 1.4:
        raise argparse.ArgumentTypeError(
            "'%s' is not LOW,HIGH in 0.7..1 and 1..1.4" % text)
    return low, high


def name_of(speaker, voice):
    """The name of a voice of a speaker, of the training split."""
    return of_training("%s-v%d" % (speaker, voice))


def draw(seed, name, voice, half_tones, lengths, formants):
    """(half-tones, length, formants) of a voice; down for even voices, up for
    odd."""
    rng = random.Random("%d %s" % (seed, name))
    p = rng.uniform(*half_tones) * (1 if voice % 2 else -1)
    t = rng.uniform(*lengths)
    f = rng.uniform(1, formants[1]) if voice % 2 else rng.uniform(formants[0], 1)
    return round(p, 2), round(t, 3), round(f, 2)


def plan(speech, only, numbers, spread, seed, *limits):
    """Rows of the manifest for the clips below the folder `speech`.

    numbers: of the voices; limits: what `draw` has after the voice."""
    groups = pack.manifest_groups(speech)
    rows, taken = [], collections.Counter()
    for path in pack.find(speech):
        name = os.path.relpath(path, speech)
        speaker = pack.group_of(path, groups, None)
        if not re.search(only, name) or split_of(speaker) != "train":
            continue
        voices = numbers
        if spread:
            voices = [numbers[taken[speaker] % len(numbers)]]
            taken[speaker] += 1
        for voice in voices:
            new = name_of(speaker, voice)
            rows.append(["%s-v%d.flac" % (name, voice), new, name,
                         *draw(seed, new, voice, *limits)])
    return rows


def make(row, speech, out):
    """Writes the clip of one row of the manifest."""
    with tempfile.TemporaryDirectory() as tmp:
        x, rate = pack.decode(os.path.join(speech, row[2]))
        half_tones, length, formants = row[3:]
        if formants != 1:
            part = fractions.Fraction(formants).limit_denominator(100)
            x = resample_poly(x, part.denominator, part.numerator)
            half_tones -= 12 * math.log2(formants)
            length *= formants
        source, made = os.path.join(tmp, "a.wav"), os.path.join(tmp, "b.wav")
        sf.write(source, x, rate, subtype="FLOAT")
        said = subprocess.run(
            ["rubberband", "-q", "-3", "-F", "-p", "%.4f" % half_tones, "-t",
             "%.4f" % length, source, made], stderr=subprocess.PIPE, text=True)
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
    ap.add_argument("--formants", type=formants, default=(1, 1),
                    metavar="LOW,HIGH", help="LOW of 0.7..1, HIGH of 1..1.4")
    ap.add_argument("--first", type=options.whole, default=0, metavar="N",
                    help="the number of the first voice")
    ap.add_argument("--seed", type=int, default=5)
    ap.add_argument("--jobs", type=options.at_least_one,
                    default=os.cpu_count())
    a = ap.parse_args()
    if os.path.abspath(a.out).startswith(os.path.join(a.speech, "")):
        sys.exit("--out %s: is below --speech %s, and would be read as more of "
                 "it the next time" % (a.out, a.speech))
    rows = plan(a.speech, a.only, range(a.first, a.first + a.voices), a.spread,
                a.seed, a.half_tones, a.lengths, a.formants)
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
    pack.write_manifest(a.out, COLUMNS, rows)
    print("%s: %d clips, %d speakers" % (a.out, len(rows),
                                         len({r[1] for r in rows})))


if __name__ == "__main__":
    main()
