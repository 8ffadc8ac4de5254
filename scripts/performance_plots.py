# SPDX-License-Identifier: Apache-2.0
"""Plots of docs/performance.md and its break-even, from the figures of its
tables: cost against sparsity, against width and against concurrent streams.

A table is the Markdown that its section keeps.
"""

import re

NEVER = "none up to {:.0f} %"
ALWAYS = "below {:.0f} %"


def rows_of(table):
  """Dictionaries by column; numbers and percentages become floats."""
  lines = [[cell.strip() for cell in line.strip().strip("|").split("|")]
           for line in table.strip().splitlines()]
  names = lines[0]

  def value(cell):
    number = re.fullmatch(r"(-?[\d.]+)(?: %)?", cell)
    return float(number[1]) if number else cell
  return [dict(zip(names, map(value, cells))) for cells in lines[2:]]


def kernels_of(row):
  return [n for n in row if n.startswith(("W8A16", "float"))]


def rivals(name, row):
  """Dense kernels of the same numbers and, where there are any, of the same
  instruction set: W8A16 avx2 has W8A16 dense avx2."""
  kind, instructions = name.split()[0], name.split()[1].split("-")[0]
  dense = [n for n in kernels_of(row) if n.startswith(f"{kind} dense")]
  same = [n for n in dense if n.split()[2].startswith(instructions)]
  return same or dense


def vector_kernels(row):
  """The sparse kernels that use vector instructions."""
  return [n for n in kernels_of(row) if "dense" not in n
          and n.split()[1] not in ("columns", "scalar")]


def break_even(name, rows):
  """The sparsity in percent from which kernel `name` takes no longer than its
  fastest dense rival, between two measured ones by linear interpolation.

  rows  of one width, by rising sparsity"""
  gain = [(r["sparsity"], min(r[d] for d in rivals(name, r)) - r[name])
          for r in rows]
  # The last crossing: from there on sparse wins.
  for (s0, g0), (s1, g1) in reversed(list(zip(gain, gain[1:]))):
    if g1 < 0:
      return NEVER.format(gain[-1][0])
    if g0 < 0:
      return f"{s0 + (s1 - s0) * -g0 / (g1 - g0):.0f} %"
  return ALWAYS.format(gain[0][0])


def break_even_table(table):
  rows = rows_of(table)
  names = vector_kernels(rows[0])
  lines = ["| sparse kernels | dense ones | "
           + " | ".join(f"k = {k:.0f}" for k in widths(rows)) + " |",
           "|---|---" + "|---:" * len(widths(rows)) + "|"]
  for name in names:
    cells = [break_even(name, of_width(rows, k)) for k in widths(rows)]
    dense = " or ".join(rivals(name, rows[0]))
    lines.append(f"| {name} | {dense} | {' | '.join(cells)} |")
  return "\n".join(lines)


def widths(rows):
  """Those measured at several sparsities."""
  return [k for k in sorted({r["width k"] for r in rows})
          if len(of_width(rows, k)) > 1]


def of_width(rows, k):
  return sorted((r for r in rows if r["width k"] == k),
                key=lambda r: r["sparsity"])


def pyplot():
  import matplotlib
  matplotlib.use("Agg")
  from matplotlib import pyplot as plt
  return plt


def draw(axes, x, rows, colours):
  """A line for each vector kernel, dashed for the dense ones."""
  names = vector_kernels(rows[0])
  for name in names + sorted({d for n in names for d in rivals(n, rows[0])}):
    axes.plot([r[x] for r in rows], [r[name] for r in rows],
              ("s--" if "dense" in name else "o-"), label=name, markersize=4,
              color=colours[name])
  axes.set_yscale("log")
  axes.set_ylabel("us a hop")
  axes.grid(True, which="both", alpha=0.3)


def plot_products(table, path):
  """Against sparsity, at each width, and against width at 90 %."""
  plt = pyplot()
  rows = rows_of(table)
  names = vector_kernels(rows[0])
  colours = {name: f"C{i}" for i, name in enumerate(names)}
  for name in names:  # a dense kernel has the colour of its sparse rival
    for dense in rivals(name, rows[0]):
      colours.setdefault(dense, colours[name])
  at_90 = sorted((r for r in rows if r["sparsity"] == 90.0),
                 key=lambda r: r["width k"])
  panels = widths(rows)
  figure, axes = plt.subplots(1, len(panels) + 1,
                              figsize=(5 * len(panels) + 5, 5.5))
  for k, axis in zip(panels, axes):
    draw(axis, "sparsity", of_width(rows, k), colours)
    axis.set_title(f"width k = {k:.0f}")
    axis.set_xlabel("weights that are 0 / %")
  draw(axes[-1], "width k", at_90, colours)
  axes[-1].set_xscale("log", base=2)
  axes[-1].set_xticks([r["width k"] for r in at_90],
                      [f"{r['width k']:.0f}" for r in at_90])
  axes[-1].set_title("90 % of the weights are 0")
  axes[-1].set_xlabel("width k")
  handles, names = axes[0].get_legend_handles_labels()
  figure.legend(handles, names, loc="lower center", ncol=4, frameon=False)
  figure.tight_layout(rect=(0, 0.14, 1, 1))
  figure.savefig(path, dpi=100)
  plt.close(figure)


def plot_streams(table, path):
  plt = pyplot()
  rows = rows_of(table)
  figure, axis = plt.subplots(figsize=(7, 4.5))
  for model in dict.fromkeys(r["model"] for r in rows):
    mine = [r for r in rows if r["model"] == model]
    axis.plot([r["streams"] for r in mine],
              [r["us a hop and stream"] for r in mine], "o-", label=model)
  axis.set_xscale("log", base=2)
  counts = sorted({r["streams"] for r in rows})
  axis.set_xticks(counts, [f"{n:.0f}" for n in counts])
  axis.set_ylim(bottom=0)
  axis.set_xlabel("streams in one process")
  axis.set_ylabel("us a hop and stream")
  axis.grid(True, alpha=0.3)
  axis.legend()
  figure.tight_layout()
  figure.savefig(path, dpi=100)
  plt.close(figure)
