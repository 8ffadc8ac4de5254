"""Puts trained networks side by side into one that averages their answers.

  python3 -m training.merge OUT.tacet ONE.tacet TWO.tacet ... --name large

With E, B, C, W (gate) and D (decoder) of network i, the merged one has

  E = [E_1; E_2; ...]      B, C, W = diag(., ., ...)      D = [w_1 D_1, w_2 D_2, ...]

so its output before the sigmoid is sum_i w_i o_i + b, with w_i = 1/n (--weights): the
geometric mean of the odds of the networks' masks, times e^b (--bias, 0). With
--bias-below the bins below some frequency get a b of their own besides. A
block-diagonal matrix is a sparse one, so the average costs what its members cost
and is a model file like any other, which training/restore.py takes to train on. Networks that were trained apart err apart:
docs/quality.md and training/experiments.md say what that is worth. All must
have the same mask, activations and number of layers, and features of which each
kind is the beginning of the longest (level-normalised, with -phase, with
-phase-floor): a network that has fewer does not hear the others. Post-filters of the
members (training/post_filter.py) are not taken over. Source: Hansen
& Salamon 1990, "Neural network ensembles".
"""
import argparse
import json

import numpy as np

from training import container

# What the members must agree on.
SAME = ("format", "sample_rate", "window_size", "hop_size",
        "window", "num_bins", "layers", "feature_power",
        "feature_time_s", "feature_floor", "feature_offset", "mask",
        "activation", "state_activation")


def csr(t, name):
    return (t[name + ".values"], t[name + ".columns"].astype(np.int64),
            t[name + ".rows"].astype(np.int64))


def put(out, name, values, columns, rows):
    if len(columns) and columns.max() > 65535:
        raise SystemExit("%s: %d columns, at most 65536" % (
            name, columns.max() + 1))
    out[name + ".values"] = values.astype(np.float32)
    out[name + ".columns"] = columns.astype(np.uint16)
    out[name + ".rows"] = rows.astype(np.uint32)


def stacked(out, name, members):
    """Rows of all members one below the other, over the same columns."""
    parts = [csr(t, name) for t in members]
    at = np.cumsum([0] + [len(p[0]) for p in parts])
    put(out, name, np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        np.concatenate([[0]] + [p[2][1:] + n for p, n in zip(parts, at)]))


def diagonal(out, name, members, widths):
    """Block diagonal; widths: columns of each member's block."""
    stacked(out, name, members)
    shift = np.cumsum([0] + list(widths[:-1]))
    put(out, name, out[name + ".values"], np.concatenate(
        [csr(t, name)[1] + s for t, s in zip(members, shift)]),
        out[name + ".rows"])


def side_by_side(out, name, members, widths, weights):
    """Columns of all members one after the other, values times its weight."""
    shift = np.cumsum([0] + list(widths[:-1]))
    values, columns, rows = [], [], [0]
    parts = [csr(t, name) for t in members]
    for r in range(len(parts[0][2]) - 1):
        for (v, c, p), s, w in zip(parts, shift, weights):
            values.append(v[p[r]:p[r + 1]] * w)
            columns.append(c[p[r]:p[r + 1]] + s)
        rows.append(rows[-1] + sum(len(v) for v in values[-len(parts):]))
    put(out, name, np.concatenate(values), np.concatenate(columns),
        np.array(rows))


def refuse(name, metas):
    raise SystemExit("%s differs: %s" % (name, ", ".join(
        "%s has %s" % (m["name"], m[name]) for m in metas)))


def widest_feature(metas):
    """The kind that begins with the kinds of all."""
    widest = max((m["feature"] for m in metas), key=len)
    if not all(widest.startswith(m["feature"]) for m in metas):
        refuse("feature", metas)
    return widest


def biases(meta, bias, below):
    """[num_bins]: `bias`, and of the bins below `below` = (Hz, b) b more."""
    bins = int(meta["num_bins"])
    hertz = np.arange(bins) * int(meta["sample_rate"]) / int(
        meta["window_size"])
    return np.float32(bias + below[1] * (hertz < below[0]))


def merge(members, metas, bias=0.0, weights=None, below=(0.0, 0.0)):
    """(tensors, metadata) of members [tensors of a file] and their metadata;
    the `biases` are added to the sum of the outputs times `weights` (1/n
    each)."""
    weights = np.float32(weights or [1 / len(members)] * len(members))
    if len(weights) != len(members):
        raise SystemExit("%d weights for %d networks" % (
            len(weights), len(members)))
    for name in SAME:
        if len({m[name] for m in metas}) > 1:
            refuse(name, metas)
    hidden = [int(m["hidden"]) for m in metas]
    states = [int(m["states"]) for m in metas]
    out = {}
    stacked(out, "encoder.weight", members)
    side_by_side(out, "decoder.weight", members, hidden, weights)
    for i in range(int(metas[0]["layers"])):
        pre = "layers.%d." % i
        for name, widths in (("b_re", hidden), ("b_im", hidden),
                             ("c_re", states), ("c_im", states),
                             ("gate.weight", hidden)):
            diagonal(out, pre + name, members, widths)
    names = [n for n in members[0] if not n.startswith("fixed.")]
    for name in names:
        if name == "decoder.bias":
            out[name] = sum(w * t[name] for w, t in zip(weights, members))
            out[name] += np.resize(biases(metas[0], bias, below),
                                   len(out[name]))
        elif name not in out:
            out[name] = np.concatenate([t[name] for t in members])
    meta = {n: v for n, v in metas[0].items()
            if not n.startswith(("fixed_", "post_"))}
    meta.update(version="1", feature=widest_feature(metas),
                hidden=str(sum(hidden)), states=str(sum(states)))
    return {n: out[n] for n in names}, meta


def below(text):
    """HZ,B: a frequency of 0..8000 Hz and a bias of -5..5."""
    try:
        hertz, bias = map(float, text.split(","))
    except ValueError:
        hertz, bias = -1, 0
    if not 0 <= hertz <= 8000 or not -5 <= bias <= 5:
        raise argparse.ArgumentTypeError(
            "'%s' is not HZ,B in 0..8000 and -5..5" % text)
    return hertz, bias


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out")
    ap.add_argument("members", nargs="+")
    ap.add_argument("--name", required=True)
    ap.add_argument("--bias", type=float, default=0.0)
    ap.add_argument("--bias-below", type=below, default=(0.0, 0.0),
                    metavar="HZ,B",
                    help="add B besides to the outputs of bins below HZ")
    ap.add_argument("--weights", type=float, nargs="+", metavar="W",
                    help="of the members, in their order; a sum above 1 makes "
                    "the mask more decided (default: 1/n each)")
    a = ap.parse_args()
    files = [container.read(p) for p in a.members]
    metas = [m for _, m in files]
    tensors, meta = merge([t for t, _ in files], metas, a.bias, a.weights,
                          a.bias_below)
    meta["name"] = a.name
    meta["provenance"] = json.dumps({
        "source": "training/merge.py", "bias": a.bias,
        **({"bias_below": a.bias_below} if a.bias_below[0] else {}),
        "weights": a.weights or [1 / len(files)] * len(files), "members": [
            dict(json.loads(m["provenance"]), name=m["name"])
            for m in metas]}, sort_keys=True)
    container.write(a.out, tensors, meta)
    kept = sum(v.size for n, v in tensors.items() if n.endswith(".values"))
    print("%s: %d weights, hidden %s, states %s" % (
        a.out, kept, meta["hidden"], meta["states"]))


if __name__ == "__main__":
    main()
