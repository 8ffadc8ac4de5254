#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Installs libtacet into a folder and uses it from there, as others would.

    consumer_test.py BUILD_DIR TACET
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import soundfile as sf

BUILD = TACET = None
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
CMAKE_PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package(tacet 0.1 REQUIRED)
add_executable(denoise denoise.c)
target_link_libraries(denoise PRIVATE tacet::tacet)
"""


def run(*command, **how):
  result = subprocess.run(command, capture_output=True, timeout=300, **how)
  if result.returncode != 0:
    raise AssertionError(f"{command}: {result.stdout} {result.stderr}")
  return result.stdout


class ConsumerTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tacet-consumer-"))
    cls.prefix = cls.dir / "prefix"
    for component in ("library", "development"):
      run("cmake", "--install", BUILD, "--prefix", str(cls.prefix),
          "--component", component)
    cls.libdir = next(cls.prefix.rglob("libtacet.so.0")).parent
    cls.example = (cls.prefix /
                   "share/doc/libtacet-dev/examples/denoise.c")
    rng = np.random.default_rng(1)
    cls.noisy = np.clip(rng.normal(0, 0.1, 30000), -0.9, 0.9)

  @classmethod
  def tearDownClass(cls):
    shutil.rmtree(cls.dir)

  def command_output(self, subtype, *more):
    """What `tacet denoise` makes of the same signal."""
    noisy, clean = self.dir / "noisy.wav", self.dir / "clean.wav"
    sf.write(noisy, self.noisy, 48000, subtype=subtype)
    run(TACET, "denoise", "-q", "-f", *more, str(noisy), str(clean))
    return noisy, clean

  def check_example(self, program):
    noisy, clean = self.command_output("FLOAT")
    samples = sf.read(noisy, dtype="float32")[0]
    self.assertEqual(run(str(program), input=samples.tobytes()),
                     sf.read(clean, dtype="float32")[0].tobytes())

  def test_c_example_by_pkg_config_equals_the_command(self):
    # A prefix that is not the configured one: pkg-config is told.
    env = dict(os.environ, PKG_CONFIG_PATH=f"{self.libdir}/pkgconfig")
    flags = run("pkg-config", "--define-variable", f"libdir={self.libdir}",
                "--define-variable", f"includedir={self.prefix}/include",
                "--cflags", "--libs", "tacet", env=env, text=True).split()
    program = self.dir / "by-pkg-config"
    run("cc", *STRICT, str(self.example), "-o", str(program), *flags,
        f"-Wl,-rpath,{self.libdir}")
    self.check_example(program)

  def test_c_example_by_cmake_equals_the_command(self):
    project = self.dir / "project"
    project.mkdir()
    shutil.copy(self.example, project)
    (project / "CMakeLists.txt").write_text(CMAKE_PROJECT, encoding="utf-8")
    run("cmake", "-S", str(project), "-B", str(project / "build"),
        f"-DCMAKE_PREFIX_PATH={self.prefix}")
    run("cmake", "--build", str(project / "build"))
    self.check_example(project / "build/denoise")

  def test_header_compiles_as_cplusplus(self):
    run("c++", "-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Werror",
        "-fsyntax-only", "-x", "c++", str(self.prefix / "include/tacet.h"))

  def test_python_example_equals_the_command(self):
    noisy, clean = self.command_output("PCM_16", "--encoding", "float")
    mine = self.dir / "python.wav"
    run("/usr/bin/python3", str(self.example.with_suffix(".py")), str(noisy),
        str(mine), env=dict(os.environ,
                            LIBTACET=str(self.libdir / "libtacet.so.0")))
    expected = np.rint(sf.read(clean)[0] * 32768)
    actual = sf.read(mine, dtype="int16")[0]
    self.assertEqual(len(actual), len(self.noisy))
    self.assertTrue(np.array_equal(actual, expected))

  def test_python_example_says_what_is_wrong(self):
    sf.write(self.dir / "24.wav", self.noisy, 48000, subtype="PCM_24")
    result = subprocess.run(
        ["/usr/bin/python3", str(self.example.with_suffix(".py")),
         str(self.dir / "24.wav"), str(self.dir / "out.wav")],
        env=dict(os.environ, LIBTACET=str(self.libdir / "libtacet.so.0")),
        capture_output=True, text=True, check=False)
    self.assertEqual(result.returncode, 1)
    self.assertIn("24 bits, expected 16", result.stderr)


if __name__ == "__main__":
  TACET = sys.argv.pop()
  BUILD = sys.argv.pop()
  unittest.main()
