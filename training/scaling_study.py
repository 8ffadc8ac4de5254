"""The scaling study: dense against sparse networks at equal training budget.

  python3 -m training.scaling_study --pack PACK --runs RUNS --dev SET
      [--hours 20] [--bf16] [--harness DIR]

Trains every point that is not in OUT/scaling.json (start it again to go on;
--report stops short of that), exports it, denoises SET, and writes results to
docs/scaling.json, the table to docs/scaling.md and the figures to
docs/scaling-*.png. A point is a width k, dense (GELU, as the paper's) or
sparse (ReLU, 90 % of the weights pruned while training), and a seed; the
budget is --hours of audio seen from scratch for every one of them.

Effective MACs of a frame count a weight once (weight sparsity), or only where
its input is not zero (weight and activation sparsity, measured on SET by
`tacet bench`).
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import soundfile as sf

from training import denoise, export, prune, sparse, train

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
               "--seed", str(seed), "--batch", "16", "--fresh", "2",
               "--augment", "0.4", "--full-band", "0.25", "--decay", "0.4",
               "--val-every", "250",
               "--save-minutes", "2"]
    if kind == "dense":
        command += ["--activation", "gelu"]
    else:
        command += ["--sparsity", "0.9", "--prune-start", "0.15",
                    "--prune-end", "0.6", "--regrow", "0.15",
                    "--prune-every", str(max(2, round(a.hours * 1.25)))]
        if sparse.available():
            command += ["--sparse-kernels"]
    if a.bf16:
        command.append("--bf16")
    subprocess.run(command, check=True)
    return out


def concatenated(dev, path):
    """Writes all noisy files of dev one after the other; seconds."""
    folder = os.path.join(dev, "noisy")
    clips = [sf.read(os.path.join(folder, name))
             for name in sorted(os.listdir(folder))]
    rates = {rate for _, rate in clips}
    if rates != {16000}:
        raise SystemExit("%s: rates %s, want 16000 Hz" % (folder, rates))
    x = np.concatenate([clip for clip, _ in clips])
    sf.write(path, x, 16000)
    return len(x) / 16000


def stored_bytes(a, kind, model):
    """Of the float weights: without indices where all are there."""
    text = subprocess.run([a.tacet, "model", "info", model], check=True,
                          text=True, capture_output=True).stdout
    found = re.search(r"float dense (\d+) bytes, float sparse (\d+)", text)
    return int(found.group(1 if kind == "dense" else 2))


def activity(a, model):
    """Kept weights, effective MACs a frame, and the zeros of every matrix's
    input on the dev set, counted by the C++ network."""
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "dev.wav")
        seconds = concatenated(a.dev, path)
        text = subprocess.run(
            [a.tacet, "bench", "--json", "--model", model, "--seconds",
             "%.2f" % seconds, path], check=True, text=True,
            capture_output=True).stdout
    r = json.loads(text)
    return {"kept": int(r["macs_per_hop"]), "macs": r["macs_per_hop"],
            "macs_active": r["effective_macs_per_hop"],
            "zeros": {m["name"]: m["zeros"] for m in r["matrices"]}}


def scores(a, model):
    """Per-file SI-SNR improvement on the dev set; DNSMOS where --harness."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(
            [a.tacet, "denoise", "-q", "--strength", "inf", "--model", model,
             "--output-dir", d, os.path.join(a.dev, "noisy")], check=True)
        names = sorted(os.listdir(os.path.join(a.dev, "noisy")))
        gain = []
        for n in names:
            x, s = (sf.read(os.path.join(a.dev, part, n))[0]
                    for part in ("noisy", "clean"))
            y = sf.read(os.path.join(d, n))[0]
            gain.append(denoise.si_snr(s, y) - denoise.si_snr(s, x))
        out = {"files": gain, "si_snri": float(np.mean(gain))}
        if a.harness:
            report = os.path.join(d, "report.json")
            command = "point=%s denoise -q --strength inf --model %s " \
                "{in} {out}" % (a.tacet, model)
            subprocess.run(
                [sys.executable, "evaluate.py", "--testset", a.dev,
                 "--no-builtin", "--rtf-seconds", "0", "--no-probe",
                 "--denoiser", command, "--report", report], check=True,
                cwd=a.harness, stdout=subprocess.DEVNULL)
            with open(report) as f:
                files = json.load(f)["denoisers"]["point"]["files"]
            for key in ("sig", "bak", "ovrl", "pesq", "estoi"):
                v = [i[key] for i in files if i.get(key) is not None]
                out[key] = float(np.mean(v)) if v else None
    return out


def measure(a, kind, k, seed):
    folder = run_point(a, kind, k, seed)
    net, ck = train.load_network(os.path.join(folder, "best.pt"))
    prune.choose_anew(net)
    path = os.path.join(folder, "model.tacet")
    export.export(net, path, name_of(kind, k, seed), {})
    return {"kind": kind, "k": k, "seed": seed, "hours": a.hours,
            "bytes": stored_bytes(a, kind, path), **activity(a, path),
            **scores(a, path), "validation": ck.get("val")}


def front(rows, cost, quality="si_snri"):
    """Points that no other point beats on both cost and quality."""
    out = []
    for r in sorted(rows, key=lambda r: (r[cost], -r[quality])):
        if not out or r[quality] > out[-1][quality]:
            out.append(r)
    return out


def ratio_at_equal_quality(rows, cost, quality="si_snri"):
    """(level, dense cost over sparse cost), interpolated (log cost) on both
    fronts at the best quality that both reach; None where they do not meet."""
    rows = [r for r in rows if r.get(quality) is not None]
    dense, sparse = (front([r for r in rows if r["kind"] == kind], cost,
                           quality) for kind in ("dense", "sparse"))
    if len(dense) < 2 or len(sparse) < 2:
        return None
    level = min(dense[-1][quality], sparse[-1][quality])
    if level < max(dense[0][quality], sparse[0][quality]):
        return None
    at = [np.exp(np.interp(level, [r[quality] for r in f],
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


def plot_zeros(rows, path):
    """Share of zeros among the inputs of each matrix, a line a network: what
    the paper calls the compensation of weight by activation sparsity."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    mine = [r for r in rows if r["kind"] == "sparse" and r["seed"] == 1]
    fig, ax = plt.subplots(figsize=(9, 4.5))
    for r in sorted(mine, key=lambda r: r["k"]):
        ax.plot(list(r["zeros"]), [100 * v for v in r["zeros"].values()], "o-",
                label="k=%g" % r["k"])
    ax.set_ylabel("zeros among the inputs / %")
    ax.tick_params(axis="x", labelrotation=60)
    ax.grid(True, alpha=0.3)
    ax.legend()
    fig.tight_layout()
    fig.savefig(path, dpi=120)


def report(rows, out, hours):
    lines = ["# Scaling: dense against sparse", "",
             "Written by `python3 -m training.scaling_study`: %g h of audio "
             "seen a point, from scratch; on the dev set, by the C++ engine "
             "without a limit of attenuation. Effective MACs a frame: of the "
             "weights that are there, and of those alone whose input is not "
             "zero." % hours, "",
             "| point | seed | weights kept | bytes | MACs | MACs "
             "(active) | SI-SNRi dB | ESTOI | PESQ-WB | SIG | BAK | OVRL |",
             "|---|---|" + "---:|" * 10]
    for r in sorted(rows, key=lambda r: (r["kind"], r["k"], r["seed"])):
        lines.append("| %s k=%g | %d | %d | %d | %d | %d | %.2f | %s |" % (
            r["kind"], r["k"], r["seed"], r["kept"], r["bytes"], r["macs"],
            r["macs_active"], r["si_snri"], " | ".join(
                "–" if r.get(key) is None else "%.*f" % (digits, r[key])
                for key, digits in (("estoi", 3), ("pesq", 3), ("sig", 2),
                                    ("bak", 2), ("ovrl", 2)))))
    lines += ["", "![quality against compute](scaling-macs.png)",
              "![quality against memory](scaling-bytes.png)",
              "![zeros layer by layer](scaling-zeros.png)"]
    have = {(r["kind"], r["k"], r["seed"]) for r in rows}
    left = ["%s k=%g (seed %d)" % p for p in points() if p not in have]
    if left:
        lines += ["", "Not trained yet: %s." % ", ".join(left)]
    lines += ["", "How many times the cost of sparse dense has at equal "
              "quality, the best that both reach, between points by the "
              "logarithm of the cost; the paper says 2 times the compute and "
              "1.56 times the memory (36 % less).", "",
              "| quality | level | compute (active MACs) | memory (bytes) |",
              "|---|---:|---:|---:|"]
    for quality, label, digits in (("si_snri", "SI-SNRi dB", 2),
                                   ("estoi", "ESTOI", 3),
                                   ("pesq", "PESQ-WB", 3), ("ovrl", "OVRL", 2)):
        compute, memory = (ratio_at_equal_quality(rows, cost, quality)
                           for cost in ("macs_active", "bytes"))
        lines.append("| %s | %s | %s | %s |" % (
            label, "%.*f" % (digits, compute[0]) if compute else "–",
            *("%.1f" % r[1] if r else "they do not meet"
              for r in (compute, memory))))
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
    ap.add_argument("--tacet", default="build/release/cli/tacet")
    ap.add_argument("--harness", help="folder of the evaluation harness, for "
                    "DNSMOS, PESQ and ESTOI")
    ap.add_argument("--out", default="docs")
    ap.add_argument("--report", action="store_true",
                    help="train nothing: table and figures of what is there")
    a = ap.parse_args()
    path = os.path.join(a.out, "scaling.json")
    rows = []
    if os.path.exists(path):
        with open(path) as f:
            rows = json.load(f)
    have = {(r["kind"], r["k"], r["seed"], r["hours"]) for r in rows}
    for kind, k, seed in points():
        if a.report or (kind, k, seed, a.hours) in have:
            continue
        rows.append(measure(a, kind, k, seed))
        with open(path + ".tmp", "w") as f:
            json.dump(rows, f, indent=1)
        os.replace(path + ".tmp", path)
    report(rows, a.out, a.hours)
    plot(rows, "macs_active", "effective MACs a frame (weights and "
         "activations)", os.path.join(a.out, "scaling-macs.png"))
    plot_zeros(rows, os.path.join(a.out, "scaling-zeros.png"))
    plot(rows, "bytes", "float weights / bytes",
         os.path.join(a.out, "scaling-bytes.png"))


if __name__ == "__main__":
    main()
