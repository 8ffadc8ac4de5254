"""What a whole hop's mask says about each of its bins, in NumPy: the reference for
dsp/mask_post_filter.h, which has the equation.

  python3 -m training.post_filter IN.tacet OUT.tacet --bias B --gain G --held H \
      --hold-s S

writes a float model file that has these; training/quantize.py comes after it.
"""
import argparse

import numpy as np

from training import container

HOP_S = 0.008
LEAST_GAIN = 0.005
# What the engine takes.
LIMITS = {"bias": (-5, 5), "gain": (-2, 2), "held": (-2, 2),
          "hold_s": (0.001, 60)}


def is_on(cfg):
    """Whether the filter of a ModelConfig changes anything."""
    return bool(cfg.post_bias or cfg.post_gain or cfg.post_held)


def hop_gains(mask, spec):
    """[T] of masks and spectra [T, K]; NaN where the spectrum is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.sum(np.abs(mask * spec) ** 2, 1)
                       / np.sum(np.abs(spec) ** 2, 1))


def apply(mask, spec, cfg):
    """Masks [T, K] of the hops that the network was shown, in order, after the
    filter; spec [T, K] of the same hops."""
    if not is_on(cfg):
        return mask
    out, s = np.array(mask), 0.0
    r = np.exp(-HOP_S / cfg.post_hold_s)
    for t, g in enumerate(hop_gains(mask, spec)):
        if not np.isfinite(g):
            continue
        s = max(g, r * s)
        c = np.exp(cfg.post_bias + cfg.post_gain * np.log(max(g, LEAST_GAIN))
                   + cfg.post_held * np.log(max(s, LEAST_GAIN)))
        out[t] = mask[t] * c / (1 + (c - 1) * np.minimum(np.abs(mask[t]), 1))
    return out


def metadata(values):
    """Keys of docs/model-format.md for {name: value}, each in its LIMITS."""
    for name, value in values.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise SystemExit("--%s: %g is not in %g..%g" % (
                name.replace("_", "-"), value, low, high))
    return {"post_" + n: repr(float(v)) for n, v in values.items()}


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("source")
    ap.add_argument("out")
    for name in LIMITS:
        ap.add_argument("--" + name.replace("_", "-"), type=float,
                        required=True)
    a = ap.parse_args()
    tensors, meta = container.read(a.source)
    if meta["version"] != "1" or meta["mask"] == "one-plus":
        raise SystemExit("%s: version %s, mask %s; for float models with a mask of "
                         "at most 1" % (a.source, meta["version"], meta["mask"]))
    meta.update(metadata({n: getattr(a, n) for n in LIMITS}))
    container.write(a.out, tensors, meta)


if __name__ == "__main__":
    main()
