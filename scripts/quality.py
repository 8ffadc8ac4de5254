#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/quality.md from a report of the evaluation harness.

  quality.py REPORT.json [--curve CURVE.json] [--main tacet-large]
             [--model FILE] [--tacet build/release/cli/tacet]
             [--backend float] [--out docs/quality.md]

The report is made by the harness's evaluate.py on the dev set, with the peers'
stored rows merged in; this script adds paired bootstrap intervals against each
peer and the worst files. CURVE.json is a report whose rows are limit-6,
limit-12, ... limit-none: the same model at other attenuation limits. An
interval is the 2.5..97.5 percentile of 10000 resamplings of the files; "above"
means that it excludes 0.
"""
import argparse
import json
import os
import re
import subprocess

import numpy as np

import readme_table

COLUMNS = [("si_snr_i", "SI-SNRi dB", 2), ("pesq", "PESQ-WB", 3),
           ("estoi", "ESTOI", 3), ("sig", "SIG", 2), ("bak", "BAK", 2),
           ("ovrl", "OVRL", 2)]
DRAWS = 10000
# Peer: hop ms, million MAC/s, bytes of the model file that the harness runs.
# MAC/s as published: GTCRN's README for it and RNNoise 0.1, UL-UNAS's for it;
# RNNoise 0.2 is our arithmetic on its published layers.
PEERS = {"rnnoise-2018": (10, "40", None), "rnnoise-2024": (10, "55", None),
         "speexdsp": (10, None, None), "webrtc-ns": (10, None, None),
         "dtln": (8, None, 3968247), "gtcrn": (16, "33", 535190),
         "ulunas": (16, "35", 788967)}


def values(row, key):
    return np.array([np.nan if f.get(key) is None else f[key]
                     for f in row["files"]], float)


def interval(v):
    v = v[np.isfinite(v)]
    rng = np.random.default_rng(1)
    m = v[rng.integers(len(v), size=(DRAWS, len(v)))].mean(1)
    return np.percentile(m, [2.5, 97.5])


def worst(v):
    v = np.sort(v[np.isfinite(v)])
    return v[:max(1, round(len(v) / 20))].mean()


def line(cells):
    return "| " + " | ".join(cells) + " |"


def absolute(rows, main):
    out = [line(["denoiser"] + [h for _, h, _ in COLUMNS]),
           line(["---"] + ["---:"] * len(COLUMNS))]
    for name, row in rows.items():
        cells = [("**%s**" % name) if name == main else name]
        for key, _, digits in COLUMNS:
            v = values(row, key)
            if not np.isfinite(v).any():
                cells.append("–")
                continue
            text = "%.*f" % (digits, np.nanmean(v))
            if name.startswith("tacet"):
                lo, hi = interval(v)
                text += " (%.*f..%.*f)" % (digits, lo, digits, hi)
            cells.append(text)
        out.append(line(cells))
    return out


def paired(rows, main):
    out = [line([main + " minus"] + [h for _, h, _ in COLUMNS]),
           line(["---"] + ["---:"] * len(COLUMNS))]
    for name, row in rows.items():
        if name == main or name.startswith("tacet") or name == "clean":
            continue
        cells = [name]
        for key, _, digits in COLUMNS:
            d = values(rows[main], key) - values(row, key)
            if not np.isfinite(d).any():
                cells.append("–")
                continue
            lo, hi = interval(d)
            mark = "above" if lo > 0 else "below" if hi < 0 else "level"
            cells.append("%+.*f (%+.*f..%+.*f) %s" % (
                digits, np.nanmean(d), digits, lo, digits, hi, mark))
        out.append(line(cells))
    return out


def by_snr(rows, items, main):
    snr = np.array([i["snr"] for i in items])
    out = [line(["input SNR dB"] + [h for _, h, _ in COLUMNS]),
           line(["---"] + ["---:"] * len(COLUMNS))]
    for s in sorted(set(snr)):
        out.append(line(["%g" % s] + [
            "%.*f" % (d, np.nanmean(values(rows[main], k)[snr == s]))
            for k, _, d in COLUMNS]))
    return out


def worst_files(rows, main):
    out = [line(["worst 5 % of files"] + [h for _, h, _ in COLUMNS]),
           line(["---"] + ["---:"] * len(COLUMNS))]
    for name, row in rows.items():
        if name != "clean":
            out.append(line([name] + [
                "%.*f" % (d, worst(values(row, k)))
                if np.isfinite(values(row, k)).any() else "–"
                for k, _, d in COLUMNS]))
    return out


def curve(path, shipped):
    with open(path) as f:
        rows = json.load(f)["denoisers"]
    out = [line(["limit dB"] + [h for _, h, _ in COLUMNS] +
                ["worst 5 % SI-SNRi", "worst 5 % ESTOI"]),
           line(["---"] + ["---:"] * (len(COLUMNS) + 2))]

    def limit(name):
        text = name.partition("-")[2]
        return float("inf") if text == "none" else float(text)
    for name in sorted((n for n in rows if n.startswith("limit-")), key=limit):
        cells = ["none" if np.isinf(limit(name)) else "%g" % limit(name)]
        if limit(name) == shipped:
            cells[0] = "**%s** (shipped)" % cells[0]
        cells += ["%.*f" % (d, np.nanmean(values(rows[name], k)))
                  for k, _, d in COLUMNS]
        cells += ["%.2f" % worst(values(rows[name], "si_snr_i")),
                  "%.3f" % worst(values(rows[name], "estoi"))]
        out.append(line(cells))
    return out


def own_cost(tacet, model):
    """[latency ms, million MAC/s, bytes] by `tacet model info`."""
    text = subprocess.run([tacet, "model", "info", model], check=True,
                          text=True, capture_output=True).stdout
    window = re.search(r"^window +(\S+)", text, re.M).group(1)
    return ["16" if window == "low-latency" else "32",
            re.search(r"([0-9.]+) M a second", text).group(1),
            re.search(r"W8A16 sparse (\d+)", text).group(1) + " (W8A16)"]


def cost(rows, main, tacet, model):
    """Peers' from PEERS; a row tacet-NAME is of the built-in model NAME, the
    main one of `model`."""
    out = ["Latency is from a sample in to the same sample out: a peer's delay "
           "in the harness plus its hop. Ours is exact at 16 and 48 kHz. MAC/s: "
           "weights that are kept, no activation skipped.", "",
           line(["denoiser", "latency ms", "million MAC/s", "model bytes"]),
           line(["---"] + ["---:"] * 3)]
    for name, (hop, mega, size_of) in PEERS.items():
        if name in rows:
            out.append(line([name, "%g" % (rows[name]["delay_ms"] + hop),
                             mega or "–", "%d" % size_of if size_of else "–"]))
    for name in rows:
        if name.startswith("tacet-") and not name.endswith("-nolimit"):
            own = name == main
            out.append(line(["**%s**" % name if own else name] + own_cost(
                tacet, model if own else name.partition("-")[2])))
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("report")
    ap.add_argument("--curve")
    ap.add_argument("--shipped-limit", type=float, default=float("inf"))
    ap.add_argument("--main", default="tacet-large")
    ap.add_argument("--model", default="model/weights/large.tacet")
    ap.add_argument("--tacet", default="build/release/cli/tacet")
    ap.add_argument("--backend", default="fixed", choices=("fixed", "float"),
                    help="what the report's rows of Tacet ran on")
    ap.add_argument("--out", default="docs/quality.md")
    a = ap.parse_args()
    with open(a.report) as f:
        rep = json.load(f)
    rows = {n: d for n, d in rep["denoisers"].items() if "error" not in d}
    mine = {n: d for n, d in rows.items() if n.startswith("tacet")}
    rows = {**{n: d for n, d in rows.items() if n not in mine}, **mine}
    text = ["# Quality", "",
            "Written by `scripts/quality.py` from a report of the "
            "evaluation harness: %d mixtures of %g s at 16 kHz, SNR %s dB, "
            "speakers and noises that no training clip shares. The peers' rows "
            "are stored figures on the same files. DNSMOS is P.835; 95 %% "
            "bootstrap intervals in brackets." % (
                len(rep["items"]), rep["seconds"],
                "/".join("%g" % s for s in rep["snr"])), "",
            "`%s` is the shipped default; a row `…-nolimit` has no attenuation "
            "limit. `oracle-irm` is the ideal ratio mask." % a.main, ""]
    if a.backend == "float":
        text += ["Tacet's rows are of the network in floats (`--backend float`). The "
                 "integers, which run unless those are asked for, are beside them "
                 "in [fixed-point.md](fixed-point.md#quality-and-size): means over "
                 "the same files within 0.01 dB, 0.003 PESQ and 0.001 ESTOI.", ""]
    else:
        text += ["Tacet's rows are of the network in integers, which runs by "
                 "default. In floats (`--backend float`): [fixed-point.md]"
                 "(fixed-point.md#quality-and-size).", ""]
    for title, part in (
            ("Means", absolute(rows, a.main)),
            ("Paired differences", paired(rows, a.main)),
            ("By input SNR, %s" % a.main, by_snr(rows, rep["items"], a.main)),
            ("Worst files", worst_files(rows, a.main)),
            ("Cost", cost(rows, a.main, a.tacet, a.model))):
        text += ["## " + title, ""] + part + [""]
    if a.curve:
        text += ["## Attenuation limit", "",
                 "`tacet denoise --attenuation-limit`, on the same files; the "
                 "default is chosen from this curve.", ""]
        text += curve(a.curve, a.shipped_limit) + [""]
    with open(a.out, "w") as f:
        f.write("\n".join(text))
    print("\n".join(text))
    if os.path.samefile(a.out, os.path.join(readme_table.ROOT,
                                            "docs/quality.md")):
        readme_table.main()


if __name__ == "__main__":
    main()
