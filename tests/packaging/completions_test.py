#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completions in the shells themselves: completions_test.py FOLDER

A shell that is not installed is left out.
"""

import pathlib
import shutil
import subprocess
import sys
import unittest

FOLDER = None
# Words typed so far, and what must and must not be offered.
CASES = [
    (("tacet", "den"), {"denoise"}, {"status"}),
    (("tacet", ""), {"denoise", "config", "doctor"}, {"check", "--json"}),
    (("tacet", "config", ""), {"check", "show", "init"}, {"status"}),
    (("tacet", "mode", "t"), {"toggle"}, {"clean"}),
    (("tacet", "denoise", "--encoding", "p"), {"pcm16", "pcm24"}, {"float"}),
    (("tacet", "status", "--j"), {"--json"}, {"--force"}),
    (("tacet", "set", "st"), {"strength="}, {"mode="}),
]


def run(*command):
  return subprocess.run(command, check=True, capture_output=True, text=True,
                        timeout=60).stdout


class CompletionsTest(unittest.TestCase):

  def check(self, offer):
    for words, wanted, unwanted in CASES:
      with self.subTest(" ".join(words)):
        offered = set(offer(words))
        self.assertLessEqual(wanted, offered)
        self.assertFalse(unwanted & offered, offered)

  def test_bash(self):
    def offer(words):
      quoted = " ".join(f"'{word}'" for word in words)
      return run("bash", "-c", f"""
          . {FOLDER}/tacet.bash
          compopt() {{ :; }}
          COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}
          _tacet
          printf '%s\\n' "${{COMPREPLY[@]}}" """).split()
    self.check(offer)

  @unittest.skipUnless(shutil.which("fish"), "no fish")
  def test_fish(self):
    def offer(words):
      line = " ".join(words)
      text = run("fish", "-N", "-c",
                 f"source {FOLDER}/tacet.fish; complete -C '{line}'")
      return [line.split("\t")[0] for line in text.splitlines()]
    self.check(offer)

  @unittest.skipUnless(shutil.which("zsh"), "no zsh")
  def test_zsh_reads_it(self):
    run("zsh", "-n", str(FOLDER / "_tacet"))
    self.assertTrue((FOLDER / "_tacet").read_text(
        encoding="utf-8").startswith("#compdef tacet\n"))


if __name__ == "__main__":
  FOLDER = pathlib.Path(sys.argv.pop()).resolve()
  unittest.main()
