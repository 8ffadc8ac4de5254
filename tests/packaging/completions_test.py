#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completions in the shells themselves: completions_test.py FOLDER

bash and zsh run at a terminal, and a key inserts all that they offer; fish
lists it. A shell that is not installed is left out.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
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
    (("tacet", "denoise", "t"), {"two words.wav", "talk.flac"}, {"two"}),
    (("tacet", "denoise", "--model", "t"), {"two words.wav"}, {"two"}),
    (("tacet", "config", "check", "tal"), {"talk.flac"}, {"two words.wav"}),
]


LIMIT_S = 60
ALL = "\x18a"  # Ctrl-X a, bound to the insertion of all completions
ZSH = """
autoload -Uz compinit && compinit -u -D
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' old-matches false
zstyle ':completion:all-matches:*' insert true
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
"""


class Terminal:
  """A shell at a pseudo-terminal, in a folder with a file of two words."""

  def __init__(self, folder, *command, setup):
    self.process, self._terminal = pty.fork()
    if self.process == 0:
      os.chdir(folder)
      environment = dict(os.environ, TERM="dumb", HOME=folder, LC_ALL="C.UTF-8",
                         PS1="", COLUMNS="2000")
      os.execvpe(command[0], command, environment)
    self._heard = ""
    self._ask(setup + "\n")

  def _ask(self, line):
    """Types a line, and waits for what is said after it."""
    os.write(self._terminal, (line + "\necho '<'END'>'\n").encode())
    limit = time.monotonic() + LIMIT_S
    while "<END>" not in self._heard:
      if time.monotonic() > limit:
        raise AssertionError(f"the shell does not answer: {self._heard!r}")
      if select.select([self._terminal], [], [], 1)[0]:
        self._heard += os.read(self._terminal, 65536).decode(errors="replace")
    said, _, self._heard = self._heard.partition("<END>")
    return said

  def offered(self, words):
    """All that is offered for the last of the words, by a program that prints
    its arguments in the place of tacet."""
    # Ctrl-A: to the line's begin. The line itself is seen too, but not as <>.
    said = self._ask(f"{' '.join(words)}{ALL}\x01printf '<%s>' ")
    return re.findall(r"<([^<>']*)>", said)[len(words) - 1:]

  def close(self):
    os.close(self._terminal)
    os.waitpid(self.process, 0)


class CompletionsTest(unittest.TestCase):

  def setUp(self):
    folder = tempfile.TemporaryDirectory(prefix="tacet-complete-")
    self.addCleanup(folder.cleanup)
    self.folder = folder.name
    for name in ("two words.wav", "talk.flac"):
      pathlib.Path(self.folder, name).touch()

  def check(self, offer):
    for words, wanted, unwanted in CASES:
      with self.subTest(" ".join(words)):
        offered = set(offer(words))
        self.assertLessEqual(wanted, offered)
        self.assertFalse(unwanted & offered, offered)

  def test_bash(self):
    shell = Terminal(
        self.folder, "bash", "--norc", "--noprofile", "-i",
        setup="PS1=; bind '\"\\C-xa\": insert-completions'; "
        f"bind 'set enable-bracketed-paste off'; . '{FOLDER}/tacet.bash'")
    self.addCleanup(shell.close)
    self.check(shell.offered)

  @unittest.skipUnless(shutil.which("fish"), "no fish")
  def test_fish(self):
    def offer(words):
      text = subprocess.run(
          ["fish", "-N", "-c", f"source {FOLDER}/tacet.fish; "
           f"complete -C '{' '.join(words)}'"], check=True, text=True,
          capture_output=True, timeout=LIMIT_S, cwd=self.folder).stdout
      # A file's name comes quoted, as it would be inserted.
      return [line.split("\t")[0].replace("\\", "")
              for line in text.splitlines()]
    self.check(offer)

  @unittest.skipUnless(shutil.which("zsh"), "no zsh")
  def test_zsh(self):
    setup = pathlib.Path(self.folder, ".setup.zsh")
    setup.write_text(f"PS1= RPS1= PROMPT_SP=\nfpath=({FOLDER} $fpath){ZSH}",
                     encoding="utf-8")
    shell = Terminal(self.folder, "zsh", "-f", "-i", setup=f". {setup}")
    self.addCleanup(shell.close)
    self.check(shell.offered)


if __name__ == "__main__":
  FOLDER = pathlib.Path(sys.argv.pop()).resolve()
  unittest.main()
