"""Of a package only what one of its speakers says is taken, for training only."""
import csv
import os
import subprocess
import sys
import tempfile
import unittest

import soundfile as sf

from training import corpus, debian_speech
from training.test_debian_noise import build, wav


class DebianSpeechTest(unittest.TestCase):
    def test_takes_what_speakers_say_and_names_them(self):
        voices = "usr/share/games/hedgewars/Data/Sounds/voices/"
        files = {
            voices + "British/Hello.wav": wav(1, 1),
            voices + "British/Ow.wav": wav(0.3, 2),
            voices + "Russian_pl/Hello.wav": wav(2, 3),
            voices + "Robot/Hello.wav": wav(2, 4),
            "usr/share/games/hedgewars/Data/Sounds/explosion.wav": wav(2, 5),
        }
        with tempfile.TemporaryDirectory() as folder:
            build(folder, "hedgewars-data", "1-1", b"GPL-2\n", files)
            out = os.path.join(folder, "out")
            subprocess.run(
                [sys.executable, "-m", "training.debian_speech", "--out", out,
                 "--packages", folder, "--only", "^hedgewars"], check=True,
                stdout=subprocess.DEVNULL)
            with open(os.path.join(out, "manifest.csv"), newline="") as f:
                rows = list(csv.DictReader(f))
            for r in rows:
                x, rate = sf.read(os.path.join(out, r["path"]))
                self.assertAlmostEqual(len(x) / rate, float(r["seconds"]), 2)
            with open(os.path.join(out, "hedgewars-data.copyright")) as f:
                self.assertEqual(f.read(), "GPL-2\n")
        self.assertEqual(
            [(r["speaker"].rstrip("x"), r["seconds"]) for r in rows],
            [("deb-hedgewars-british", "1.00"),
             ("deb-hedgewars-russian-pl", "2.00")])

    def test_speakers_are_told_apart_and_of_training(self):
        said = {
            ("fillets-ng-data-nl", "sound/keys/nl/ke-m-dag.ogg"),
            ("fillets-ng-data-nl", "sound/keys/nl/ke-v-dag.ogg"),
            ("fillets-ng-data-cs", "sound/keys/cs/ke-m-den.ogg"),
            ("festvox-ru", "russian/msu_ru_nsh_clunits/wav/a.wav")}
        names = {debian_speech.speaker_of(*s) for s in said}
        self.assertEqual(len(names), len(said))
        self.assertEqual({corpus.split_of(n) for n in names}, {"train"})
        for lesser in ("sound/keys/nl/rand-0-1.ogg", "sound/keys/nl/ke-pap-a.ogg"):
            self.assertIsNone(debian_speech.speaker_of("fillets-ng-data-nl",
                                                       lesser))


if __name__ == "__main__":
    unittest.main()
