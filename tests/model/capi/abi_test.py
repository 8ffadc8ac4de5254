#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The library's interface is what symbols.txt says, no more and no less.

    abi_test.py LIBTACET.so PLUGIN.so TACET.h

A symbol that leaves symbols.txt needs another soname; a new one may be added.
"""

import pathlib
import re
import subprocess
import sys
import unittest

SYMBOLS = pathlib.Path(__file__).with_name("symbols.txt")
LIBRARY = PLUGIN = HEADER = None


def output(*command):
  return subprocess.run(command, check=True, capture_output=True,
                        text=True).stdout


def dynamic_symbols(library):
  """Names with version that the library defines for others."""
  lines = output("nm", "-D", "--defined-only", library).splitlines()
  names = [line.split()[-1] for line in lines]
  # The version itself is an absolute symbol.
  return sorted(name for name in names if name != "TACET_0")


class AbiTest(unittest.TestCase):

  def test_library_shows_the_listed_symbols_alone(self):
    listed = SYMBOLS.read_text(encoding="utf-8").split()
    self.assertEqual(dynamic_symbols(LIBRARY),
                     sorted(f"{name}@@TACET_0" for name in listed))

  def test_control_other_libraries_show_others(self):
    libraries = output("ldd", LIBRARY)
    other = re.search(r"(/\S*libnettle\S*)", libraries).group(1)
    self.assertIn("nettle_sha256_init", " ".join(dynamic_symbols(other)))

  def test_host_cannot_replace_what_is_inside(self):
    # Plain C names without a version; ffmpeg's libcodec2 has kiss_fft.
    for library in (LIBRARY, PLUGIN):
      wanted = output("nm", "-D", "--undefined-only", library)
      self.assertIn("malloc", wanted)
      self.assertNotRegex(wanted, r"kiss_|speex_")

  def test_plugin_shows_one_symbol(self):
    self.assertEqual(dynamic_symbols(PLUGIN), ["ladspa_descriptor"])

  def test_header_declares_the_listed_functions(self):
    text = re.sub(r"/\*.*?\*/", "", pathlib.Path(HEADER).read_text(
        encoding="utf-8"), flags=re.S)
    declared = re.findall(r"TACET_API[^;(]*?(tacet_\w+)\(", text)
    self.assertEqual(sorted(declared),
                     sorted(SYMBOLS.read_text(encoding="utf-8").split()))

  def test_soname_is_versioned(self):
    self.assertIn("soname: [libtacet.so.0]", output("readelf", "-d", LIBRARY))

  def test_stack_is_not_executable(self):
    stack = [line for line in output("readelf", "-lW", LIBRARY).splitlines()
             if "GNU_STACK" in line]
    self.assertEqual(len(stack), 1)
    self.assertNotIn("RWE", stack[0])


if __name__ == "__main__":
  HEADER = sys.argv.pop()
  PLUGIN = sys.argv.pop()
  LIBRARY = sys.argv.pop()
  unittest.main()
