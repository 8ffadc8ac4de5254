"""The scaling study: dense against sparse networks at equal training budget.

  python3 -m training.scaling_study --pack PACK --runs RUNS --dev SET
      [--hours 20] [--bf16]

Trains every point that has not been trained (resumable: start it again),
exports it, denoises SET, and writes results to
docs/scaling.json, the table to docs/scaling.md and the figures to
docs/scaling-*.png. A point is a width k, dense (GELU, as the paper's) or
sparse (ReLU, 90 % of the weights pruned while training), and a seed; the
budget is --hours of audio seen from scratch for every one of them.

Effective MACs of a frame count a weight once (weight sparsity), or only where
its input is not zero (weight and activation sparsity, measured on SET).
"""
import argparse
import json
import os
import subprocess
import sys

import numpy as np
import soundfile as sf

from training import denoise, export, prune, train

DENSE = (0.25, 0.5, 0.75, 1.0)
SPARSE = (0.5, 0.75, 1.0, 1.5, 2.0, 2.5)
DECIDING = (("dense", 0.75), ("dense", 1.0), ("sparse", 1.5), ("sparse", 2.0))


def points():
    """(kind, k, seed) in the order of training: cheap ones first."""
    out = [("dense", k, 1) for k in DENSE] + [("sparse", k, 1) for k in SPARSE]
    out += [(kind, k, 2) for kind, k in DECIDING]
    return sorted(out, key=lambda p: (p[2], p[1]))


def name_of(kind, k, seed):
    return "%s-k%g-s%d" % (kind, k, seed)


def run_point(a, kind, k, seed):
    """Trains one point to its end; returns its folder."""
    out = os.path.join(a.runs, name_of(kind, k, seed))
    command = [sys.executable, "-m", "training.train", "--pack", a.pack,
               "--out", out, "--k", str(k), "--hours", str(a.hours),
               "--seed", str(seed), "--decay", "0.4", "--val-every", "250"]
    if kind == "dense":
        command += ["--activation", "gelu"]
    else:
        command += ["--sparsity", "0.9", "--prune-start", "0.1",
                    "--prune-end", "0.6"]
    if a.bf16:
        command.append("--bf16")
    subprocess.run(command, check=True)
    return out


def activity(net, dev):
    """Share of non-zero inputs of every matrix on the dev set, and the MACs
    of a frame that meet one."""
    kept = {n: (w != 0) for n, w in matrices(net).items()}
    total, seen = {n: 0.0 for n in kept}, {n: 0.0 for n in kept}
    frames = 0
    for name in sorted(os.listdir(os.path.join(dev, "noisy"))):
        trace = {}
        denoise.run(net, sf.read(os.path.join(dev, "noisy", name))[0],
                    trace=trace)
        inputs = inputs_of(net, trace)
        for n, on in kept.items():
            x = inputs[n] != 0
            frames += len(x) if n == "encoder.weight" else 0
            seen[n] += x.mean() * len(x)
            total[n] += float((x @ on.T).sum())
    return ({n: seen[n] / frames for n in kept},
            sum(total.values()) / frames)


def matrices(net):
    """name -> weight [rows, columns] as the model file holds it."""
    t = export.tensors_of(net)
    out = {}
    for n in t:
        if not n.endswith(".rows"):
            continue
        m, rows = n[:-5], t[n]
        columns = {"encoder.weight": net.cfg.num_bins}.get(m, net.cfg.hidden)
        if ".c_" in m:
            columns = net.cfg.states
        w = np.zeros((len(rows) - 1, columns), np.float32)
        r = np.repeat(np.arange(len(rows) - 1), np.diff(rows.astype(int)))
        w[r, t[m + ".columns"]] = t[m + ".values"]
        out[m] = w
    return out


def inputs_of(net, trace):
    """name -> input [T, columns] of every matrix."""
    def a(n):
        return trace[n][:, 0].detach().numpy()
    out = {"encoder.weight": a("features")}
    relu = net.cfg.activation == "relu"
    for i in range(net.cfg.layers):
        p = "layers.%d." % i
        out[p + "b_re"] = out[p + "b_im"] = a(p + "input")
        re, im = a(p + "state_re"), a(p + "state_im")
        if relu and net.cfg.state_activation == "gate_re":
            re, im = re * (re > 0), im * (re > 0)
        elif relu:
            re, im = np.maximum(re, 0), np.maximum(im, 0)
        out[p + "c_re"], out[p + "c_im"] = re, im
        out[p + "gate.weight"] = a(p + "y")
    out["decoder.weight"] = a("layers.%d.output" % (net.cfg.layers - 1))
    return out


def evaluate(net, dev):
    """Per-file SI-SNR improvement on the dev set."""
    with open(os.path.join(dev, "meta.json")) as f:
        ids = [i["id"] for i in json.load(f)["items"]]
    gain = []
    for i in ids:
        x, s = (sf.read(os.path.join(dev, d, i + ".wav"))[0]
                for d in ("noisy", "clean"))
        y = denoise.run(net, x)
        gain.append(denoise.si_snr(s, y) - denoise.si_snr(s, x))
    return gain


def measure(a, kind, k, seed):
    folder = run_point(a, kind, k, seed)
    net, ck = train.load_network(os.path.join(folder, "best.pt"))
    if net.masks:
        share = prune.sparsity(net)
        net.masks = {}
        prune.update(net, share)
    path = os.path.join(folder, "model.tacet")
    export.export(net, path, name_of(kind, k, seed), {})
    gain = evaluate(net, a.dev)
    active, macs_active = activity(net, a.dev)
    kept = sum(int((w != 0).sum()) for w in matrices(net).values())
    return {"kind": kind, "k": k, "seed": seed, "hours": a.hours,
            "kept": kept, "bytes": os.path.getsize(path),
            "macs": kept, "macs_active": macs_active, "active": active,
            "si_snri": float(np.mean(gain)), "files": gain,
            "validation": ck.get("val")}


def front(rows, cost):
    """Points that no other point beats on both cost and quality."""
    out = []
    for r in sorted(rows, key=lambda r: (r[cost], -r["si_snri"])):
        if not out or r["si_snri"] > out[-1]["si_snri"]:
            out.append(r)
    return out


def ratio_at_equal_quality(rows, cost):
    """Dense cost over sparse cost, interpolated (log cost) on both fronts at
    the best quality that both reach; None where they do not meet."""
    dense, sparse = (front([r for r in rows if r["kind"] == kind], cost)
                     for kind in ("dense", "sparse"))
    if len(dense) < 2 or len(sparse) < 2:
        return None
    level = min(dense[-1]["si_snri"], sparse[-1]["si_snri"])
    if level < max(dense[0]["si_snri"], sparse[0]["si_snri"]):
        return None
    at = [np.exp(np.interp(level, [r["si_snri"] for r in f],
                           np.log([r[cost] for r in f])))
          for f in (dense, sparse)]
    return level, at[0] / at[1]


def plot(rows, cost, label, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots(figsize=(7, 4.5))
    for kind, colour in (("dense", "tab:blue"), ("sparse", "tab:red")):
        mine = [r for r in rows if r["kind"] == kind]
        ax.semilogx([r[cost] for r in mine], [r["si_snri"] for r in mine],
                    "o", color=colour, label=kind)
        f = front(mine, cost)
        ax.semilogx([r[cost] for r in f], [r["si_snri"] for r in f], "-",
                    color=colour, alpha=0.5)
        for r in mine:
            ax.annotate("k=%g" % r["k"], (r[cost], r["si_snri"]), fontsize=8,
                        xytext=(4, 4), textcoords="offset points")
    ax.set_xlabel(label)
    ax.set_ylabel("SI-SNR improvement / dB")
    ax.grid(True, alpha=0.3)
    ax.legend()
    fig.tight_layout()
    fig.savefig(path, dpi=120)


def report(rows, out, hours):
    lines = ["# Scaling: dense against sparse", "",
             "Written by `python3 -m training.scaling_study`: %g h of audio "
             "seen a point, from scratch; SI-SNR improvement on the dev set; "
             "effective MACs a frame by weight sparsity, and by weight and "
             "activation sparsity." % hours, "",
             "| point | seed | weights kept | file bytes | MACs | MACs "
             "(active) | SI-SNRi dB |", "|---|---|---:|---:|---:|---:|---:|"]
    for r in sorted(rows, key=lambda r: (r["kind"], r["k"], r["seed"])):
        lines.append("| %s k=%g | %d | %d | %d | %d | %d | %.2f |" % (
            r["kind"], r["k"], r["seed"], r["kept"], r["bytes"], r["macs"],
            r["macs_active"], r["si_snri"]))
    lines.append("")
    for cost, label, paper in (("macs_active", "compute", "2x"),
                               ("bytes", "memory", "1.56x (36 % less)")):
        got = ratio_at_equal_quality(rows, cost)
        lines.append("At equal quality (%s) dense needs %s the %s of sparse; "
                     "the paper says %s." % (
                         "%.2f dB" % got[0] if got else "the fronts do not "
                         "meet", "%.2f times" % got[1] if got else "–", label,
                         paper))
    with open(os.path.join(out, "scaling.md"), "w") as f:
        f.write("\n".join(lines) + "\n")


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--runs", required=True)
    ap.add_argument("--dev", required=True, help="folder of WAV files")
    ap.add_argument("--hours", type=float, default=20)
    ap.add_argument("--bf16", action="store_true")
    ap.add_argument("--out", default="docs")
    a = ap.parse_args()
    path = os.path.join(a.out, "scaling.json")
    rows = []
    if os.path.exists(path):
        with open(path) as f:
            rows = json.load(f)
    have = {(r["kind"], r["k"], r["seed"], r["hours"]) for r in rows}
    for kind, k, seed in points():
        if (kind, k, seed, a.hours) in have:
            continue
        rows.append(measure(a, kind, k, seed))
        with open(path + ".tmp", "w") as f:
            json.dump(rows, f, indent=1)
        os.replace(path + ".tmp", path)
    report(rows, a.out, a.hours)
    plot(rows, "macs_active", "effective MACs a frame (weights and "
         "activations)", os.path.join(a.out, "scaling-macs.png"))
    plot(rows, "bytes", "model file / bytes",
         os.path.join(a.out, "scaling-bytes.png"))


if __name__ == "__main__":
    main()
