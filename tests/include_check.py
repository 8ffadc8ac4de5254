#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that #includes follow the dependencies of docs/design.md.

    include_check.py [ROOT]       exit 1 and one line per breach, 0 if none
    include_check.py --self-test  a made-up tree must give each breach

Headers are not libraries, so the linker does not see these breaches.
"""

import pathlib
import re
import sys
import tempfile

# Our folders, and whose headers each may include. tests/ and bench/ may
# include everything and are included by nobody.
ALLOWED = {
    "dsp": {"dsp"},
    "model": {"model", "dsp"},
    "config": {"config"},
    "chips": {"chips", "config", "model", "dsp"},
    "daemon": {"daemon", "chips", "config", "model", "dsp"},
    "cli": {"cli", "chips", "config", "model", "dsp"},
}
# Headers that a folder sees of one that is otherwise closed to it: the command
# knows of the daemon what they say to each other, and no more.
EXCEPTIONS = {("cli", "daemon/protocol.h")}
FOLDERS = set(ALLOWED) | {"tests", "bench"}

# Third-party headers, and the file or folder that alone may see them.
CONFINED = [
    # Its own sources, in dsp/kissfft/, include it without a folder.
    ("KissFFT", re.compile(r"(^|/)kiss_?fft\w*\.(h|hh)$"),
     ("dsp/fft.cc", "dsp/kissfft/")),
    ("speexdsp", re.compile(r"^(speex/)?speex_\w+\.h$"), "dsp/resampler.cc"),
    ("libsndfile", re.compile(r"^sndfile\.(h|hh)$"), "cli/"),
    ("toml++", re.compile(r"^toml\+\+/|^toml\.hpp$"), "config/toml.h"),
    ("the TOML parser", re.compile(r"^config/toml\.h$"),
     ("config/parse.cc", "chips/chip_file.cc")),
    ("libmicrohttpd", re.compile(r"^microhttpd\.h$"),
     "cli/monitor_server.cc"),
    ("PortAudio", re.compile(r"^(portaudio|pa_\w+)\.h$"), "daemon/"),
]

SUFFIXES = {".h", ".hh", ".hpp", ".c", ".cc", ".cpp", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def owner(root, source, target):
    """The folder of ours that `target`, included by `source`, lies in."""
    beside = (source.parent / target).resolve()
    if beside.is_file() and beside.is_relative_to(root):
        return beside.relative_to(root).parts[0]
    first = pathlib.PurePosixPath(target).parts[0]
    return first if first in FOLDERS else None


def breaches(root):
    """Yields (path, line number, line, rule) for each breach under root."""
    root = root.resolve()
    for folder, allowed in ALLOWED.items():
        for source in sorted((root / folder).rglob("*")):
            if source.suffix not in SUFFIXES or not source.is_file():
                continue
            path = source.relative_to(root).as_posix()
            text = source.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                target = match.group(1)
                whose = owner(root, source, target)
                if (folder, target) in EXCEPTIONS:
                    continue
                if whose in FOLDERS and whose not in allowed:
                    yield path, number, line.strip(), (
                        f"{folder}/ includes only "
                        + ", ".join(f"{a}/" for a in sorted(allowed)))
                for name, pattern, home in CONFINED:
                    homes = (home,) if isinstance(home, str) else home
                    at_home = any(path == h or (h.endswith("/") and
                                                path.startswith(h))
                                  for h in homes)
                    if pattern.search(target) and not at_home:
                        yield path, number, line.strip(), (
                            f"only {' and '.join(homes)} sees {name}")


def check(root):
    missing = [f for f in ("dsp", "model") if not (root / f).is_dir()]
    if missing:
        print(f"{root}: no folder {missing[0]}/: not the repository's root")
        return 1
    found = list(breaches(root))
    for path, number, line, rule in found:
        print(f"{path}:{number}: {line}\n    rule: {rule}")
    return 1 if found else 0


# File of the made-up tree -> its lines; those with a rule must be found.
SELF_TEST = {
    "dsp/a.h": [("#include <vector>", None),
                ('#include "dsp/b.h"', None),
                ('#include "model/a.h"', "dsp/"),
                ('#include "config/a.h"', "dsp/"),
                ('  #  include "daemon/a.h"', "dsp/"),
                ("#include <cli/a.h>", "dsp/"),
                ('#include "../model/a.h"', "dsp/"),
                ("#include <kiss_fftr.h>", "KissFFT")],
    "dsp/kissfft/a.c": [('#include "kiss_fft.h"', None)],
    "dsp/fft.cc": [("#include <kiss_fftr.h>", None),
                   ("#include <sndfile.h>", "libsndfile")],
    "dsp/resampler.cc": [("#include <speex/speex_resampler.h>", None)],
    "model/a.h": [('#include "dsp/a.h"', None),
                  ('#include "a.h"', None),
                  ('#include "config/a.h"', "model/"),
                  ('#include "chips/a.h"', "model/"),
                  ('#include "daemon/a.h"', "model/"),
                  ('#include "cli/a.h"', "model/"),
                  ("#include <kissfft/kiss_fft.h>", "KissFFT"),
                  ("#include <speex/speex_resampler.h>", "speexdsp")],
    "config/a.h": [('#include "config/b.h"', None),
                   ('#include "dsp/a.h"', "config/"),
                   ('#include "model/a.h"', "config/"),
                   ('#include "chips/a.h"', "config/"),
                   ('#include "config/toml.h"', "TOML")],
    "config/parse.cc": [('#include "config/toml.h"', None),
                        ("#include <toml++/toml.h>", "toml++")],
    "config/toml.h": [("#include <toml++/toml.h>", None)],
    "chips/chip_file.cc": [('#include "config/toml.h"', None),
                           ('#include "model/a.h"', None),
                           ('#include "cli/a.h"', "chips/")],
    "cli/a.cc": [('#include "model/a.h"', None),
                 ('#include "chips/a.h"', None),
                 ('#include "daemon/protocol.h"', None),
                 ('#include "daemon/status.h"', "cli/"),
                 ("#include <toml++/toml.h>", "toml++"),
                 ("#include <microhttpd.h>", "libmicrohttpd"),
                 ("#include <sndfile.h>", None),
                 ('#include "tests/support/signals.h"', "cli/"),
                 ("#include <portaudio.h>", "PortAudio")],
    "daemon/a.cc": [("#include <portaudio.h>", None),
                    ('#include "bench/a.h"', "daemon/"),
                    ("#include <sndfile.hh>", "libsndfile")],
    "tests/a.cc": [('#include "daemon/a.h"', None),
                   ("#include <sndfile.h>", None)],
}


def self_test():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, lines in SELF_TEST.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("\n".join(line for line, _ in lines))
        found = {(path, number): rule
                 for path, number, _, rule in breaches(root)}
    failures = 0
    for path, lines in SELF_TEST.items():
        for number, (line, rule) in enumerate(lines, 1):
            actual = found.get((path, number))
            if (rule is None) != (actual is None) or (rule or "") not in (
                    actual or ""):
                print(f"self-test: {path}:{number}: {line}: "
                      f"expected rule {rule}, found {actual}")
                failures += 1
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    default = pathlib.Path(__file__).resolve().parent.parent
    return check(pathlib.Path(sys.argv[1]) if sys.argv[1:] else default)


if __name__ == "__main__":
    sys.exit(main())
