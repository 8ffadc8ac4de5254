#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes completions for bash, zsh and fish from what `tacet --help` says.

    make_completions.py TACET FOLDER
"""

import pathlib
import re
import subprocess
import sys

NOTE = ("SPDX-License-Identifier: Apache-2.0\n"
        "# Written by scripts/make_completions.py from `tacet --help`.")
# What an option's or argument's value is, where the help's word tells it.
FILES = {"PATH", "FILE", "FILE|NAME", "OUT.png"}
FOLDERS = {"DIR"}
WORDS = {
    "--encoding": "pcm16 pcm24 pcm32 float",
    "--raw-format": "s16le s24le s32le f32le",
    "mode": "clean bypass mute toggle",
    "set": "strength= mode= device=",
}


class Command:

  def __init__(self, tacet, path):
    self.path = path
    self.children = {}   # name -> its one-line help
    self.options = []    # (names, value word or None, one-line help)
    self.value = None    # word of the positional argument
    section = None
    text = subprocess.run([tacet, *path, "--help"], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
      if re.match(r"\S.*:$", line):
        section = line
        continue
      match = re.match(r"  (\S+)( \S+)?( REQUIRED)?( \.\.\.)?(?: Needs: \S+)?"
                       r"(?:\s\s+|$)(.*)", line)
      if not match or not section:
        # The help of an option with a long name is on the next line.
        if self.options and not self.options[-1][2]:
          self.options[-1][2] = line.strip()
        continue
      name, value, help_text = match[1], match[2], match[5]
      value = value.strip().split("=")[0] if value else None
      if name.startswith("-"):
        names = re.sub(r"\[[^]]*\]", "", name).split(",")
        self.options.append([names, value, help_text.rstrip()])
      elif section == "Positionals:":
        self.value = value
      elif section in ("Subcommands:", "The daemon:"):
        self.children[name] = help_text

  def words(self):
    return WORDS.get(self.path[-1], "") if self.path else ""


def walk(tacet, path=()):
  command = Command(tacet, list(path))
  yield command
  for name in command.children:
    yield from walk(tacet, (*path, name))


def values(names, word):
  """Words that an option takes, or "files", "folders", or None."""
  for name in names:
    if name in WORDS:
      return WORDS[name]
  if word and re.fullmatch(r"[a-z]+(\|[a-z]+)+", word):
    return word.replace("|", " ")
  return ("files" if word in FILES else
          "folders" if word in FOLDERS else None)


def bash(commands):
  cases, options = [], {}
  for command in commands:
    names = [n for names, _, _ in command.options for n in names]
    what = " ".join([*command.children, *command.words().split(), *names])
    files = " files=1" if command.value in FILES else ""
    cases.append(f"    '{' '.join(command.path)}') words='{what}'{files} ;;")
    for names, word, _ in command.options:
      if word:
        options["|".join(names)] = values(names, word)
  actions = {"files": "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")",
             "folders": "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
             None: ":"}
  after = [f"    {names}) {actions.get(v) or f'COMPREPLY=($(compgen -W {chr(39)}{v}{chr(39)} -- {chr(34)}$cur{chr(34)}))'}; return ;;"
           for names, v in options.items()]
  groups = "|".join(c.path[0] for c in commands
                    if len(c.path) == 1 and c.children)
  return f"""# {NOTE}
_tacet() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local path=${{COMP_WORDS[1]}} words='' files=''
  COMPREPLY=()
  case $prev in
{chr(10).join(after)}
  esac
  [ "$COMP_CWORD" -gt 1 ] || path=
  case $path in
    {groups}) [ "$COMP_CWORD" -le 2 ] || path="$path ${{COMP_WORDS[2]}}" ;;
  esac
  case $path in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case $cur in
    *=) compopt -o nospace ;;
  esac
  [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace
  if [ -n "$files" ] && [[ $cur != -* ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}}
complete -F _tacet tacet
"""


def quoted(text):
  return text.replace("'", "'\\''")


def fish(commands):
  lines = [f"# {NOTE}", "complete -c tacet -f"]
  for command in commands:
    seen = [f"__fish_seen_subcommand_from {name}" for name in command.path]
    if command.children:
      seen.append("not __fish_seen_subcommand_from " +
                  " ".join(command.children))
    elif not command.path:
      continue
    condition = f" -n '{'; and '.join(seen)}'"
    for name, text in command.children.items():
      lines.append(f"complete -c tacet{condition} -a {name} -d '{quoted(text)}'")
    for word in command.words().split():
      lines.append(f"complete -c tacet{condition} -a '{word}'")
    if command.value in FILES:
      lines.append(f"complete -c tacet{condition} -F")
    for names, word, text in command.options:
      flags = "".join(f" -l {n[2:]}" if n[:2] == "--" else f" -s {n[1:]}"
                      for n in names)
      what = values(names, word)
      if word:
        flags += (" -r -F" if what == "files" else
                  " -x -a '(__fish_complete_directories)'" if what == "folders"
                  else f" -x -a '{what}'" if what else " -x")
      lines.append(f"complete -c tacet{condition}{flags} -d '{quoted(text)}'")
  return "\n".join(lines) + "\n"


def zsh(commands):
  lines = ["#compdef tacet", f"# {NOTE}"]
  by_path = {tuple(c.path): c for c in commands}

  def function(path):
    return "_".join(("_tacet", *path)).replace("-", "_")

  def spec(names, word, text):
    text = quoted(re.sub(r"([\[\]:\\])", r"\\\1", text))
    what = values(names, word)
    action = ("" if not word else
              ":file:_files" if what == "files" else
              ":folder:_files -/" if what == "folders" else
              f":value:({what})" if what else f":{word}:")
    group = names[0] if len(names) == 1 else "{" + ",".join(names) + "}"
    rule = f"({' '.join(names)})" if len(names) > 1 else ""
    return f"'{rule}'{group}'[{text}]{action}'" if rule else (
        f"'{group}[{text}]{action}'")

  for path, command in by_path.items():
    lines += ["", f"{function(path)}() {{"]
    specs = [spec(*option) for option in command.options]
    if command.children:
      listed = " ".join(f"'{name}:{quoted(text)}'"
                        for name, text in command.children.items())
      cases = " ".join(f"{name}) {function((*path, name))} ;;"
                       for name in command.children)
      specs += ["'1:command:->command'", "'*::argument:->argument'"]
      body = [f"  local -a commands=({listed})",
              "  local state line curcontext=$curcontext",
              "  _arguments -C " + " \\\n    ".join(specs),
              "  case $state in",
              "    command) _describe command commands ;;",
              f"    argument) case $line[1] in {cases} esac ;;",
              "  esac"]
    else:
      if command.words():
        specs.append(f"'1:value:({command.words()})'")
      elif command.value:
        specs.append("'*:file:_files'")
      body = ["  _arguments " + " \\\n    ".join(specs)]
    lines += [*body, "}"]
  lines += ["", '_tacet "$@"']
  return "\n".join(lines) + "\n"


def main(tacet, folder):
  commands = list(walk(tacet))
  pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
  for name, text in {"tacet.bash": bash(commands), "tacet.fish": fish(commands),
                     "_tacet": zsh(commands)}.items():
    (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
  main(*sys.argv[1:])
