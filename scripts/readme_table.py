#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's table of denoisers, from docs/quality.md: the same figures, the
same rows but the bounds, fewer columns. scripts/quality.py runs it.

    readme_table.py            writes it between the README's two marks
    readme_table.py --check    fails where README.md says anything else
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BEGIN = "<!-- scripts/readme_table.py -->\n"
END = "<!-- end -->\n"
QUALITY = ("SI-SNRi dB", "PESQ-WB", "ESTOI", "OVRL")
COST = ("latency ms", "million MAC/s")
NAMES = {"noisy": "the noisy speech itself", "rnnoise-2018": "RNNoise 0.1 (2018)",
         "rnnoise-2024": "RNNoise 0.2 (2024)", "speexdsp": "speexdsp",
         "webrtc-ns": "WebRTC NS", "dtln": "DTLN", "gtcrn": "GTCRN",
         "ulunas": "UL-UNAS"}


def section(text, title):
  """A section's table: {row's name: {column: cell}}, in its order."""
  body = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
  lines = [[cell.strip() for cell in line.strip("|\n").split("|")]
           for line in body.splitlines() if line.startswith("|")]
  head, rows = lines[0], lines[2:]
  return {row[0].strip("*"): dict(zip(head[1:], row[1:])) for row in rows}


def table(quality):
  means, costs = section(quality, "Means"), section(quality, "Cost")
  # The shipped default is the row in bold.
  shipped = re.search(r"^\| \*\*(\S+)\*\*", quality, re.M)[1]
  lines = ["| | " + " | ".join(QUALITY + COST) + " |",
           "|---|" + "---:|" * len(QUALITY + COST)]
  for name, row in means.items():
    if name not in NAMES and name != shipped:
      continue
    # A figure without its interval.
    cells = [row[column].split(" (")[0] for column in QUALITY]
    cells += [costs.get(name, {}).get(column, "–") for column in COST]
    label = NAMES.get(name, "**Tacet**")
    lines.append(f"| {label} | " + " | ".join(cells) + " |")
  return "\n".join(lines) + f"\n\n{standing(means, shipped)}\n"


def standing(means, shipped):
  """Who is ahead in all measures, who behind: the table in a sentence."""
  def figures(name):
    return [float(means[name][column].split(" (")[0]) for column in QUALITY]
  ours, ahead, behind = figures(shipped), [], []
  for name in means:
    if name in NAMES and name != "noisy":
      pairs = list(zip(figures(name), ours))
      if all(theirs > own for theirs, own in pairs):
        ahead.append(NAMES[name])
      elif all(theirs < own for theirs, own in pairs):
        behind.append(NAMES[name])
  return (f"Ahead of Tacet in all four measures: {', '.join(ahead) or 'none'}.\n"
          f"Behind it in all four: {', '.join(behind) or 'none'}.")


def rewritten(readme, quality):
  before, rest = readme.split(BEGIN)
  return before + BEGIN + table(quality) + END + rest.split(END, 1)[1]


def main():
  readme = ROOT / "README.md"
  text = readme.read_text(encoding="utf-8")
  quality = (ROOT / "docs/quality.md").read_text(encoding="utf-8")
  wanted = rewritten(text, quality)
  if "--check" not in sys.argv:
    readme.write_text(wanted, encoding="utf-8")
  elif text != wanted:
    sys.exit("README.md has other figures than docs/quality.md: run "
             "scripts/readme_table.py")


if __name__ == "__main__":
  main()
