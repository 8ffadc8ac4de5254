#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a release promises of its sources: source_test.py SOURCE_FOLDER VERSION"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SOURCE = VERSION = None
# Files that are made by people and read by a compiler, interpreter or tool.
CODE = {".cc", ".h", ".c", ".py", ".sh", ".cmake", ".map", ".conf", ".service",
        ".in", ".proto"}
# Data, what is not ours, and training/, of which nothing is shipped.
EXEMPT = re.compile(r"^training/|^dsp/kissfft/(?!.*\.(c|h)$)|^tests/fuzz/corpus/|"
                    r"\.(pc|cc)\.in$|testdata/")

# What an #include names first, and what THIRD_PARTY.md calls it.
COMPILED_IN = {"kiss_fft.h": "KissFFT", "speex/": "speexdsp", "absl/": "Abseil",
               "hwy/": "Highway", "nlohmann/": "nlohmann-json", "CLI/": "CLI11",
               "toml++/": "toml++", "spa/": "PipeWire"}
# Shared objects, and the C header of the plugin interface.
SHARED = {"alsa/", "cairo.h", "jack/", "ladspa.h", "microhttpd.h", "nettle/",
          "pa_jack.h", "pipewire/", "portaudio.h", "pulse/", "sndfile.h",
          "systemd/"}
OURS = {"chips/", "cli/", "config/", "daemon/", "dsp/", "model/", "tacet.h",
        "kiss_fftr.h", "kiss_fft_log.h", "_kiss_fft_guts.h"}
SYSTEM = {"sys/", "linux/", "arpa/", "netinet/", "alloca.h", "arm_neon.h",
          "dirent.h", "dlfcn.h", "fcntl.h", "immintrin.h", "limits.h",
          "malloc.h", "math.h", "poll.h", "pthread.h", "sched.h", "signal.h",
          "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
          "termios.h", "time.h", "unistd.h", "xmmintrin.h"}


def files():
  """Paths of the repository's files, or of an unpacked archive's."""
  listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"],
                          capture_output=True, check=False)
  if listed.returncode == 0:
    return [SOURCE / name for name in listed.stdout.decode().split("\0")
            if name and (SOURCE / name).is_file()]
  made = {SOURCE / "build", SOURCE / "runs"}
  return [path for path in SOURCE.rglob("*")
          if path.is_file() and made.isdisjoint(path.parents)]


def read(name):
  return (SOURCE / name).read_text(encoding="utf-8")


class SourceTest(unittest.TestCase):

  def test_each_source_names_its_licence(self):
    sources = [path for path in files() if
               (path.suffix in CODE or path.name == "CMakeLists.txt") and
               not EXEMPT.search(path.relative_to(SOURCE).as_posix())]
    self.assertGreater(len(sources), 300)
    missing = [str(path.relative_to(SOURCE)) for path in sources
               if "SPDX-License-Identifier: " not in
               path.read_text(encoding="utf-8")[:400]]
    self.assertEqual("\n".join(missing), "")

  def test_one_version(self):
    project = re.search(r"project\(tacet VERSION ([\d.]+)",
                        read("CMakeLists.txt"))[1]
    self.assertEqual(project, VERSION)
    self.assertRegex(VERSION, r"^\d+\.\d+\.\d+$")
    newest = re.search(r"^## ([\d.]+)", read("CHANGELOG.md"), re.M)[1]
    self.assertEqual(newest, VERSION)
    self.assertTrue(read("packaging/deb/changelog").startswith(
        f"tacet ({VERSION}-1) "))

  def test_documents_name_files_that_are_there(self):
    """Paths in backquotes, and links: a file that moved leaves a wrong word."""
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    found = 0
    missing = []
    for document in [*SOURCE.glob("*.md"), *SOURCE.glob("docs/*.md"),
                     SOURCE / "training/README.md"]:
      text = document.read_text(encoding="utf-8")
      named = [SOURCE / name.split(":")[0].split(" ")[0] for name in
               re.findall(r"`([a-z_]+/[\w./-]+)`", text)
               if name.split("/")[0] in folders - {"build", "runs"} and
               "NAME" not in name]
      named += [document.parent / link for link in
                re.findall(r"\]\(([\w./-]+)\)", text)]
      found += len(named)
      missing += [f"{document.relative_to(SOURCE)}: {path}" for path in named
                  if not path.exists() and  # `dsp/stft` is both its files
                  not path.with_name(path.name + ".h").exists()]
    self.assertGreater(found, 100)
    self.assertEqual("\n".join(missing), "")

  def test_notices_name_all_that_is_compiled_in(self):
    notices, debian = read("THIRD_PARTY.md"), read("packaging/deb/copyright")
    for name in COMPILED_IN.values():
      self.assertEqual(notices.count(f"\n| {name}"), 1, name)
      self.assertEqual(debian.count(f"\nComment: {name}, in "), 1, name)
    self.assertIn("Apache License", read("LICENSE"))

  def test_each_included_library_is_compiled_in_or_shared(self):
    """A library that is new here needs a notice, or is a shared object."""
    included = set()
    for path in files():
      name = path.relative_to(SOURCE).as_posix()
      if re.match(r"(chips|cli|config|daemon|dsp|model)/.*\.(cc|h)$", name):
        included |= set(re.findall(r'^#include [<"]([\w.+]+/|\w+\.h(?:pp)?)',
                                   path.read_text(encoding="utf-8"), re.M))
    included -= OURS | SYSTEM
    self.assertLessEqual(set(COMPILED_IN), included, "no longer included")
    self.assertEqual(included - set(COMPILED_IN) - SHARED, set())

  def test_each_line_that_hardens_the_unit_has_its_reason(self):
    lines = read("packaging/tacetd.service").splitlines()
    hardens = re.compile(r"^(NoNewPrivileges|Lock|Memory|Restrict(?!art)|"
                         r"SystemCall|Protect|Private|Limit|UMask)\w*=")
    found = 0
    reason = False
    for line in lines:
      if line.startswith("#"):
        reason = True
      elif not line or line.startswith("["):
        reason = False
      elif hardens.match(line):
        found += 1
        self.assertTrue(reason, line)
    self.assertGreaterEqual(found, 10)
    # These would end real-time audio.
    for word in ("RestrictRealtime=yes", "PrivateDevices=yes"):
      self.assertNotIn(f"\n{word}", read("packaging/tacetd.service"))

  @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
  @unittest.skipUnless(os.path.isdir("/run/systemd") or os.getuid() == 0,
                       "systemd has not made /run/systemd here")
  def test_unit_is_not_more_exposed_than_documented(self):
    text = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         str(SOURCE / "packaging/tacetd.service")],
        capture_output=True, text=True, check=True).stdout
    exposure = float(re.search(r"exposure level[^:]*: ([\d.]+)", text)[1])
    documented = float(re.search(r"exposure ([\d.]+)",
                                 read("docs/install.md"))[1])
    self.assertEqual(exposure, documented)


if __name__ == "__main__":
  VERSION = sys.argv.pop()
  SOURCE = pathlib.Path(sys.argv.pop()).resolve()
  unittest.main()
