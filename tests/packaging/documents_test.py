#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each command that a document shows is one that there is: its program or script,
its subcommand, its options.

    documents_test.py SOURCE_FOLDER TACET TACETD
"""

import pathlib
import re
import sys
import unittest

import manual_test
from manual_test import commands, listed_options

SOURCE = TACET = TACETD = None


def documents():
  """All but transcripts, whose commands scripts have run."""
  found = [*SOURCE.glob("*.md"), *SOURCE.glob("docs/*.md"),
           *SOURCE.glob("docs/man/*.scd"), SOURCE / "training/README.md",
           SOURCE / "model/weights/README.md"]
  return [path for path in found if not path.name.endswith("-test.md")]


def shown_commands(text):
  """Lines of code blocks, and what stands between backquotes or, in a manual
  page, in an indented line."""
  text = text.replace("\\\n", " ")
  fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
  text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
  lines = [line for block in fenced for line in block.splitlines()]
  lines += re.findall(r"^(?:    |\t)(\S.*)$", text, re.M)
  # A name between backquotes may go on in the next line.
  lines += [re.sub(r"\s+", " ", code) for code in
            re.findall(r"`([^`]+)`", re.sub(r"^(    |\t).*$", "", text,
                                            flags=re.M))]
  for line in lines:
    line = re.split(r"\s#\s", line)[0]
    for part in re.split(r"&&|\||;|\$\(|(?:^|\s)\$ ", line):
      words = part.strip().rstrip("&)").split()
      while words and (words[0] in ("sudo", "ada$", "as_root", "exec") or
                       re.match(r"[A-Z_]+=", words[0])):
        words.pop(0)
      if words:
        yield words


def options_of(words):
  return {re.split(r"[=\]]", word.strip("[]"))[0] for word in words
          if re.match(r"\[?--?[a-z]", word)}


class DocumentsTest(unittest.TestCase):

  def each(self, wanted):
    """(document, words) of the commands whose first word is wanted."""
    found = 0
    for document in documents():
      for words in shown_commands(document.read_text(encoding="utf-8")):
        if re.fullmatch(wanted, words[0]):
          found += 1
          yield document.relative_to(SOURCE), words
    self.assertGreater(found, 5)

  def check(self, helps, document, words):
    path = ()
    for word in words[1:]:
      if (*path, word) not in helps:
        break
      path = (*path, word)
    known = listed_options(helps[path])
    self.assertLessEqual(options_of(words), known,
                         f"{document}: {' '.join(words)}")
    first = words[len(path) + 1:len(path) + 2]
    if not path and first and not first[0].startswith(("-", "…", "...")):
      self.fail(f"{document}: no command {' '.join(words)}")

  def test_tacet(self):
    helps = commands(TACET)
    for document, words in self.each(r"(build/release/cli/)?tacet"):
      self.check(helps, document, words)

  def test_tacetd(self):
    helps = commands(TACETD)
    for document, words in self.each(r"(build/release/daemon/)?tacetd"):
      self.check(helps, document, words)

  def test_scripts(self):
    helps = commands(TACET)
    for document, words in self.each(r"scripts/\S+\.(sh|py)"):
      script = SOURCE / words[0]
      place = f"{document}: {' '.join(words)}"
      self.assertTrue(script.is_file(), place)
      text = script.read_text(encoding="utf-8")
      # The tests of sound servers share their options.
      if script.parent.name == "e2e":
        text += (script.parent / "test_options.py").read_text(encoding="utf-8")
      if "--" in words:  # what follows is for tacet denoise
        at = words.index("--")
        self.check(helps, document, ["tacet", "denoise", *words[at + 1:]])
        words = words[:at]
      for option in options_of(words):
        name = option.strip("-")
        self.assertTrue(option in text or re.search(rf"\b{name}=", text), place)

  def test_control_strange_commands_are_found(self):
    helps = commands(TACET)
    for line in ("tacet denoise --nothing a b", "tacet frobnicate"):
      with self.assertRaises(AssertionError):
        self.check(helps, "here", line.split())


if __name__ == "__main__":
  TACETD = sys.argv.pop()
  TACET = sys.argv.pop()
  SOURCE = manual_test.SOURCE = pathlib.Path(sys.argv.pop()).resolve()
  unittest.main()
