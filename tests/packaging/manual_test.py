#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages say what the programs do, without a warning from man.

    manual_test.py PAGES_FOLDER SOURCE_FOLDER TACET TACETD
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

PAGES = SOURCE = TACET = TACETD = None
ALL = ("tacet.1", "tacetd.8", "tacet.toml.5", "tacet-model.5", "libtacet.3")


def run(*command, **how):
  return subprocess.run([str(c) for c in command], check=True, text=True,
                        capture_output=True, timeout=60, **how)


def rendered(page):
  """The page as plain text, words not broken."""
  return run("man", "--nh", "--nj", "-l", PAGES / page,
             env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8",
                      MAN_KEEP_FORMATTING="")).stdout


def options_in(text):
  return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def commands(program):
  """Help texts of a program and its commands, by the words that lead there."""
  found, waiting = {}, [()]
  while waiting:
    path = waiting.pop()
    text = run(program, *path, "--help").stdout
    found[path] = text
    for part in re.findall(r"^(?:Subcommands|The daemon):\n((?:  .*\n)+)", text,
                           re.M):
      waiting += [(*path, word) for word in re.findall(r"^  (\S+)", part, re.M)]
  return found


def listed_options(help_text):
  """Options that a help text lists, long and short."""
  names = re.findall(r"^  (-\S+)", help_text, re.M)
  return {name for group in names for name in
          re.sub(r"\[[^]]*\]", "", group).split(",")}


class ManualTest(unittest.TestCase):

  def test_man_has_no_warnings(self):
    for page in ALL:
      warnings = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                     PAGES / page,
                     env=dict(os.environ, LC_ALL="C.UTF-8")).stderr
      self.assertEqual(warnings, "", page)

  def test_control_man_warns_of_a_bad_page(self):
    bad = PAGES / "bad.1"
    bad.write_text(".TH BAD 1\n.SH NAME\nbad \\- page\n.nosuchmacro\n",
                   encoding="utf-8")
    self.addCleanup(bad.unlink)
    self.assertNotEqual(run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8",
                            "-Z", bad).stderr, "")

  def check_options(self, page, program):
    text = rendered(page)
    helps = commands(program)
    listed = set().union(*map(listed_options, helps.values()))
    self.assertIn("--help", listed)
    self.assertEqual(listed - options_in(text), set(), "not in the page")
    # The page also speaks of systemctl.
    strange = options_in(text) - listed - {"--user", "--now"}
    self.assertEqual({o for o in strange if o.startswith("--")}, set(),
                     "not in the program")
    for path in helps:
      for word in path:
        self.assertIn(word, text)

  def test_command_page_has_each_option_and_command(self):
    self.check_options("tacet.1", TACET)

  def test_daemon_page_has_each_option(self):
    self.check_options("tacetd.8", TACETD)

  def test_programs_tell_one_version(self):
    command, daemon = (run(program, "--version").stdout.split(" ", 1)
                       for program in (TACET, TACETD))
    self.assertEqual((command[0], daemon[0]), ("tacet", "tacetd"))
    self.assertEqual(command[1], daemon[1])
    self.assertRegex(command[1], r"^\d+\.\d+\.\d+ \(commit \S+, "
                     r"kernels: float \S+, fixed \S+\)\n$")

  def test_configuration_page_has_each_key_with_its_default(self):
    text = rendered("tacet.toml.5")
    file = (SOURCE / "packaging/tacet.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^#(\w+ = .*)$", file, re.M)
    self.assertGreater(len(keys), 10)
    for key in keys:
      self.assertIn(key, text)
    self.assertEqual(len(keys),
                     len(re.findall(r"^       \w+ = ", text, re.M)))

  def test_model_page_has_each_key_and_tensor_of_the_specification(self):
    text = re.sub(r"\s+", " ", rendered("tacet-model.5"))
    spec = (SOURCE / "docs/model-format.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `([^`]+)`", spec, re.M)
    self.assertGreater(len(names), 25)
    for name in names:
      self.assertIn(name, text)

  def test_library_page_has_each_function(self):
    text = rendered("libtacet.3")
    names = (SOURCE / "tests/model/capi/symbols.txt").read_text(
        encoding="utf-8").split()
    for name in names:
      self.assertRegex(text, rf"\b{name}\(")
    self.assertEqual(set(re.findall(r"\b(tacet_\w+)\(", text)) - set(names),
                     set())


if __name__ == "__main__":
  TACETD = sys.argv.pop()
  TACET = sys.argv.pop()
  SOURCE = pathlib.Path(sys.argv.pop())
  PAGES = pathlib.Path(sys.argv.pop())
  unittest.main()
