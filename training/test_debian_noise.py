"""Of a package is taken what is wanted, once, with what is needed to name it."""
import csv
import io
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import zipfile

import numpy as np
import soundfile as sf

from training import debian_audio, pack


def wav(seconds, seed):
    out = io.BytesIO()
    x = np.random.default_rng(seed).uniform(-.5, .5, (int(22050 * seconds), 2))
    sf.write(out, x, 22050, subtype="PCM_16", format="WAV")
    return out.getvalue()


def build(folder, package, version, licence, files):
    """Makes the .deb of a package in folder, of files {path: bytes}."""
    files = {
        "DEBIAN/control": b"Package: %s\nVersion: %s\nArchitecture: all\n"
                          b"Maintainer: A <a@b.c>\nDescription: test\n" % (
                              package.encode(), version.encode()),
        "usr/share/doc/%s/copyright" % package: licence, **files}
    with tempfile.TemporaryDirectory() as root:
        for name, data in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
        os.chmod(root, 0o755)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", root, os.path.join(
                folder, "%s_%s_all.deb" % (package, version))],
            check=True, stdout=subprocess.DEVNULL)


class DebianNoiseTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        sounds = "usr/share/games/ufoai/base/sound/"
        files = {
            sounds + "ambience/wind_turbine01.wav": wav(2, 1),
            sounds + "ambience/wind_turbine02.wav": wav(3, 2),
            sounds + "ambience/again.wav": wav(2, 1),
            sounds + "ambience/thunder1.wav": wav(3, 3),
            sounds + "ambience/short.wav": wav(1, 4),
            sounds + "ambience/broken.ogg": b"OggS but no more",
            sounds + "voices/ambience/hello.wav": wav(2, 5),
            sounds + "weapons/laser.wav": wav(2, 6),
        }
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("sound/ambience/hum2.wav", wav(2, 7))
            z.writestr("sound/ambience/readme.txt", "no sound")
        files["usr/share/games/ufoai/base/0snd.pk3"] = archive.getvalue()
        self.debs = os.path.join(self.folder.name, "debs")
        os.makedirs(self.debs)
        build(self.debs, "ufoai-sound", "2.5-1", b"GPL-2+\n", files)
        self.out = os.path.join(self.folder.name, "out")
        self.said = subprocess.run(
            [sys.executable, "-m", "training.debian_noise", "--out", self.out,
             "--packages", self.debs, "--only", "^ufoai"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        with open(os.path.join(self.out, "manifest.csv"), newline="") as f:
            self.rows = list(csv.DictReader(f))

    def test_takes_ambience_of_folders_and_archives_once(self):
        self.assertEqual(
            sorted((r["speaker"], r["seconds"]) for r in self.rows),
            [("deb-ufoai-again", "2.00"), ("deb-ufoai-hum", "2.00"),
             ("deb-ufoai-wind-turbine", "3.00")])
        for r in self.rows:
            self.assertEqual((r["package"], r["version"]),
                             ("ufoai-sound", "2.5-1"))
            x, rate = sf.read(os.path.join(self.out, r["path"]))
            self.assertEqual((x.ndim, rate), (1, 22050))
            self.assertAlmostEqual(len(x) / rate, float(r["seconds"]), 2)

    def test_names_what_it_could_not_read(self):
        self.assertRegex(self.said.stderr, r"broken\.ogg: skipped")

    def test_what_says_it_is_too_large_is_not_read(self):
        deb = os.path.join(self.debs, "ufoai-sound_2.5-1_all.deb")
        limit = len(wav(2, 1))  # of 2 s in a folder and in the archive
        for largest, has_any in ((limit, True), (limit - 1, False)):
            with unittest.mock.patch.object(debian_audio, "LARGEST_BYTES",
                                            largest):
                names = [n for n, _ in debian_audio.members(deb)]
            for sound in ("wind_turbine01.wav", "hum2.wav"):
                self.assertEqual(any(n.endswith(sound) for n in names), has_any)
            self.assertFalse(any("wind_turbine02" in n for n in names))

    def test_keeps_the_licence(self):
        with open(os.path.join(self.out, "ufoai-sound.copyright")) as f:
            self.assertEqual(f.read(), "GPL-2+\n")

    def test_pack_reads_it_by_its_groups(self):
        packed = os.path.join(self.folder.name, "pack")
        os.makedirs(packed)
        clips = pack.pack_clips("noise", [self.out], packed, None, True)
        self.assertEqual(sorted({c["group"] for c in clips}),
                         sorted(r["speaker"] for r in self.rows))


if __name__ == "__main__":
    unittest.main()
