#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tacet-model(5) in scdoc from the specification:

    model_page.py docs/model-format.md > tacet-model.5.scd

Knows the Markdown that the specification uses: headings, paragraphs, bullets,
tables, indented code, `code` and [links](...).
"""

import re
import sys

HEAD = """tacet-model(5)

# NAME

tacet-model - model file of Tacet, \\*.tacet

# DESCRIPTION
"""
TAIL = """
# SEE ALSO

*tacet*(1), *tacet.toml*(5), *libtacet*(3)
"""


def escape(text):
  return re.sub(r"([\\*_`~])", r"\\\1", text)


def inline(text):
  """Escaped text; code in bold, links as their text."""
  text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
  parts = re.split(r"(\*\*[^*]+\*\*|`[^`]+`)", text)
  return "".join(
      f"*{escape(part.strip('`*'))}*" if part[:1] == "`" or part[:2] == "**"
      else escape(part) for part in parts if part)


def cells(row, count):
  """A row's cells. Code may hold a bar, and so may the last cell."""
  hidden = re.sub(r"`[^`]*`", lambda m: m.group().replace("|", "\0"),
                  row.strip()[1:-1])
  found = hidden.split("|", count - 1) if count else hidden.split("|")
  return [inline(cell.strip().replace("\0", "|")) for cell in found]


def table(rows):
  count = len(cells(rows[0], 0))
  lines = []
  for i, row in enumerate(rows):
    if i == 1:  # |---|---|
      continue
    for j, cell in enumerate(cells(row, count)):
      # The last column wraps.
      align = " " if i > 0 else "<" if j == count - 1 else "["
      lines.append(f"{'|' if j == 0 else ':'}{align} {cell}")
  return lines


def paragraph(lines):
  # A line of prose must not begin like markup.
  return [re.sub(r"^([#|\[.:-])", r"\\\1", inline(line)) for line in lines]


def convert(text):
  yield HEAD
  for block in re.split(r"\n\s*\n", text.split("\n", 1)[1].strip("\n")):
    lines = block.split("\n")
    if lines[0].startswith("##"):
      yield f"# {escape(lines[0].lstrip('# ')).upper()}"
      lines = lines[1:]
    while lines:
      if lines[0].startswith("|"):
        size = next((i for i, l in enumerate(lines) if l[:1] != "|"),
                    len(lines))
        yield "\n".join(table(lines[:size]))
      elif lines[0].startswith("    "):
        size = len(lines)
        yield "\n".join(["```", *(l[4:] for l in lines), "```"])
      elif lines[0].startswith("* "):
        size = len(lines)
        yield "\n".join(("- " if l[:2] == "* " else "  ") + inline(l[2:])
                        for l in lines)
      else:
        size = next((i for i, l in enumerate(lines) if l[:1] == "|"),
                    len(lines))
        yield "\n".join(paragraph(lines[:size]))
      lines = lines[size:]
  yield TAIL


if __name__ == "__main__":
  with open(sys.argv[1], encoding="utf-8") as spec:
    print("\n\n".join(convert(spec.read())))
