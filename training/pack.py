"""Decodes folders of speech, noise and room impulse responses into one pack.

  python3 -m training.pack --speech DIR --noise DIR --rir DIR --out PACK

Any audio file libsndfile reads is taken (wav, flac, opus, ogg, ...), found
recursively. Every clip is stored as 16-bit mono at 16 kHz, and at 48 kHz too
where its own rate is 48 kHz or more and --full-band is given. Storing the
*decoded* clip matters: a lossy codec is not waveform-exact, so target and
mixture must come from the same samples.

The group of a clip is what a validation split must not cut through: the
speaker for speech, the recording for noise. It is taken from `manifest.csv`
(columns path, speaker) beside or above the folder where there is one, else
from --group-regex on the path, else from the file name without its trailing
number.

Writes speech16.i16, speech48.i16, noise16.i16, noise48.i16 (raw samples),
rir16.npz, rir48.npz and index.json.
"""
import argparse
import csv
import json
import os
import re
import sys

import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

AUDIO = (".wav", ".flac", ".opus", ".ogg", ".aiff", ".aif", ".mp3")


def find(folder):
    """Lists audio files below folder, sorted, so that a pack is repeatable."""
    out = []
    for d, dirs, files in os.walk(folder):
        dirs.sort()
        out += [os.path.join(d, f) for f in files if f.lower().endswith(AUDIO)]
    if not out:
        sys.exit("%s: no audio file (%s)" % (folder, " ".join(AUDIO)))
    return sorted(out)


def manifest_groups(folder):
    """Maps absolute path -> speaker from a manifest.csv in folder or above."""
    for base in (folder, os.path.dirname(folder)):
        path = os.path.join(base, "manifest.csv")
        if os.path.exists(path):
            with open(path, newline="") as f:
                return {os.path.join(base, r["path"]): r.get("speaker", "")
                        for r in csv.DictReader(f)}
    return {}


def write_manifest(folder, columns, rows):
    """Writes the folder's manifest.csv, whole or not at all."""
    path = os.path.join(folder, "manifest.csv")
    with open(path + ".tmp", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(columns)
        w.writerows(rows)
    os.replace(path + ".tmp", path)


def group_of(path, groups, regex):
    if groups.get(path):
        return groups[path]
    if regex:
        m = re.search(regex, path)
        if m:
            return m.group(m.lastindex or 0)
    stem = os.path.splitext(os.path.basename(path))[0]
    return re.sub(r"[-_]?\d+$", "", stem) or stem


def resample(x, src, dst):
    if src == dst:
        return x
    g = np.gcd(src, dst)
    return resample_poly(x, dst // g, src // g).astype(np.float32)


def decode(path):
    x, rate = sf.read(path, dtype="float32", always_2d=True)
    return x.mean(axis=1), rate


def to_int16(x):
    return np.round(np.clip(x, -1, 32767 / 32768) * 32768).astype("<i2")


def pack_clips(kind, folders, out, regex, full_band):
    """Appends every clip of folders to kind16.i16 / kind48.i16."""
    clips = []
    at = {16000: 0, 48000: 0}
    sinks = {r: open(os.path.join(out, "%s%d.i16" % (kind, r // 1000)), "wb")
             for r in at}
    for folder in folders:
        folder = os.path.abspath(folder)
        groups = manifest_groups(folder)
        for path in find(folder):
            try:
                x, rate = decode(path)
            except RuntimeError as e:
                sys.stderr.write("%s: skipped: %s\n" % (path, e))
                continue
            if len(x) < rate // 10 or not np.isfinite(x).all():
                sys.stderr.write("%s: skipped: shorter than 0.1 s or not "
                                 "finite\n" % path)
                continue
            clip = {"name": os.path.relpath(path, folder),
                    "group": group_of(path, groups, regex)}
            for r in at:
                if r == 48000 and not (full_band and rate >= 44100):
                    continue
                y = to_int16(resample(x, rate, r))
                sinks[r].write(y.tobytes())
                clip["%d" % r] = [at[r], len(y)]
                at[r] += len(y)
            clips.append(clip)
    for f in sinks.values():
        f.close()
    print("%s: %d clips, %.2f h, %.2f h of it full band, %d groups" % (
        kind, len(clips), at[16000] / 16000 / 3600, at[48000] / 48000 / 3600,
        len({c["group"] for c in clips})))
    return clips


def pack_rirs(folders, out):
    names = []
    at16, at48 = {}, {}
    for folder in folders:
        for path in find(os.path.abspath(folder)):
            x, rate = decode(path)
            names.append(os.path.basename(path))
            key = "%05d" % (len(names) - 1)
            at16[key] = resample(x, rate, 16000)
            at48[key] = resample(x, rate, 48000)
    np.savez(os.path.join(out, "rir16.npz"), **at16)
    np.savez(os.path.join(out, "rir48.npz"), **at48)
    print("rir: %d" % len(names))
    return names


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--speech", action="append", required=True, metavar="DIR")
    ap.add_argument("--noise", action="append", required=True, metavar="DIR")
    ap.add_argument("--rir", action="append", default=[], metavar="DIR")
    ap.add_argument("--out", required=True, metavar="PACK")
    ap.add_argument("--group-regex", help="names the speaker or recording in "
                    "a path (last capture group)")
    ap.add_argument("--no-full-band", action="store_true",
                    help="leave out the 48 kHz copies")
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    index = {
        "speech": pack_clips("speech", a.speech, a.out, a.group_regex,
                             not a.no_full_band),
        "noise": pack_clips("noise", a.noise, a.out, a.group_regex,
                            not a.no_full_band),
        "rir": pack_rirs(a.rir, a.out),
    }
    tmp = os.path.join(a.out, "index.json.tmp")
    with open(tmp, "w") as f:
        json.dump(index, f)
    os.replace(tmp, os.path.join(a.out, "index.json"))


if __name__ == "__main__":
    main()
