"""Clips of one split of a pack (training/pack.py), memory-mapped."""
import json
import os
import re
import zlib

import numpy as np

# Of a speaker's seconds: near 0 all speakers are heard about equally often,
# the 200 of whom there are some seconds as the ten of whom there is an hour.
SPEAKER_POWER = 0.1

# Of the groups: the validation split.
VAL_FRACTION = 0.07

# Groups of many people whose clips do not say who speaks, and as how many
# speakers they count.
CROWDS = {"crowd": 60}


def split_of(group, fraction=VAL_FRACTION):
    """'val' for about `fraction` of the groups, chosen by a hash."""
    return "val" if zlib.crc32(group.encode()) % 1000 < 1000 * fraction \
        else "train"


def of_training(group):
    """`group`, with as many x after it as put it into the training split."""
    while split_of(group) != "train":
        group += "x"
    return group


class Pack:
    """Memory-mapped clips of one split, grouped by speaker / recording."""

    def __init__(self, folder, split, val_fraction=VAL_FRACTION, speakers="",
                 noises=""):
        """speakers, noises: regular expressions; of the speech and of the
        noise only groups in which one is found."""
        wanted = {"speech": speakers, "noise": noises}
        with open(os.path.join(folder, "index.json")) as f:
            index = json.load(f)
        self.data = {}
        for kind in ("speech", "noise"):
            for rate in (16000, 48000):
                path = os.path.join(folder, "%s%d.i16" % (kind, rate // 1000))
                self.data[kind, rate] = np.memmap(path, "<i2", "r") \
                    if os.path.getsize(path) else np.zeros(0, "<i2")
        self.clips = {}
        for kind in ("speech", "noise"):
            for rate in (16000, 48000):
                groups = {}
                for c in index[kind]:
                    unit = c["group"] if kind == "speech" else c["name"]
                    if split_of(unit, val_fraction) != split or \
                            not re.search(wanted[kind], c["group"]):
                        continue
                    if str(rate) in c:
                        group = c["group"]
                        if kind == "speech" and group in CROWDS:
                            # by chance, but the same in every run
                            group += "-%d" % (
                                c[str(rate)][0] // 997 % CROWDS[group])
                        groups.setdefault(group, []).append(c[str(rate)])
                self.clips[kind, rate] = [groups[g] for g in sorted(groups)]
        self.rir = {}
        for rate in (16000, 48000):
            z = np.load(os.path.join(folder, "rir%d.npz" % (rate // 1000)))
            self.rir[rate] = [z[k] for k in sorted(z.files)]
        if not self.clips["speech", 16000] or not self.clips["noise", 16000]:
            raise SystemExit(
                "%s: no %s speech or noise: the split takes %g %% of the "
                "speakers and recordings, too few are there%s" % (
                    folder, split, 100 * val_fraction, "".join(
                        " in which '%s' is found" % v
                        for v in wanted.values() if v)))

    def clip(self, kind, rate, where):
        at, n = where
        return self.data[kind, rate][at:at + n].astype(np.float32) / 32768


def pick_group(rng, groups, power):
    """A group, with probability ~ (samples in it) ** power."""
    w = np.array([sum(c[1] for c in g) for g in groups], float) ** power
    return groups[int(np.searchsorted(np.cumsum(w), rng.random() * w.sum()))]
