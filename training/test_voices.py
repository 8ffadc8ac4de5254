"""Made voices are of the training split, and shifted by what is written down."""
import csv
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import soundfile as sf

from training import corpus, pack, voices

RATE = 16000
TALKERS = ["talker%d" % i for i in range(40)]


def tone(path, hertz):
    """A second of a note with overtones falling as a voice's do."""
    t = np.arange(RATE) / RATE
    x = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in range(1, 20))
    sf.write(path, 0.2 * x, RATE, subtype="PCM_16")


def vowel(hertz):
    """A second of a note whose overtones are strongest about 1500 Hz."""
    t = np.arange(RATE) / RATE
    return 0.1 * sum(np.exp(-((k * hertz - 1500) / 300) ** 2)
                     * np.sin(2 * np.pi * k * hertz * t + k * k)
                     for k in range(1, 40))


def formant(x, rate):
    """The mean frequency in hertz, by power."""
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    return np.sum(np.fft.rfftfreq(len(x), 1 / rate) * power) / power.sum()


def note(x, rate):
    """The pitch in hertz, by the autocorrelation of the middle half."""
    x = x[len(x) // 4:3 * len(x) // 4]
    r = np.correlate(x, x, "full")[len(x) - 1:]
    low, high = rate // 400, rate // 60
    return rate / (low + np.argmax(r[low:high]))


class VoicesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.speech = os.path.join(folder.name, "speech")
        cls.out = os.path.join(folder.name, "out")
        os.makedirs(os.path.join(cls.speech, "a"))
        for i, talker in enumerate(TALKERS):
            tone(os.path.join(cls.speech, "a", talker + ".wav"), 100 + 2 * i)
        tone(os.path.join(cls.speech, "other-9.wav"), 100)
        with open(os.path.join(folder.name, "manifest.csv"), "w") as f:
            f.write("path,speaker\n" + "".join(
                "speech/a/%s.wav,%s\n" % (t, t) for t in TALKERS))
        cls.run_it()
        with open(os.path.join(cls.out, "manifest.csv"), newline="") as f:
            cls.rows = list(csv.DictReader(f))

    @classmethod
    def run_it(cls, *more, **kw):
        return subprocess.run(
            [sys.executable, "-m", "training.voices", "--speech", cls.speech,
             "--out", cls.out, "--only", "^a/", "--voices", "2", *more],
            check=not kw, stdout=subprocess.PIPE, text=True, **kw)

    def test_only_training_speakers_and_each_new_one_is_of_training(self):
        train = [t for t in TALKERS if corpus.split_of(t) == "train"]
        self.assertTrue(0 < len(train) < len(TALKERS))
        self.assertEqual(
            sorted(r["source"] for r in self.rows),
            sorted(2 * ["a/%s.wav" % t for t in train]))
        names = {r["speaker"] for r in self.rows}
        self.assertEqual(len(names), len(self.rows))
        self.assertEqual({corpus.split_of(n) for n in names}, {"train"})

    def test_pitch_and_length_are_those_of_the_manifest(self):
        for r in self.rows[:8]:
            was, _ = sf.read(os.path.join(self.speech, r["source"]))
            x, rate = sf.read(os.path.join(self.out, r["path"]))
            self.assertEqual(rate, RATE)
            self.assertAlmostEqual(len(x) / len(was), float(r["length"]), 2)
            self.assertAlmostEqual(12 * np.log2(note(x, rate) / note(was, RATE)),
                                   float(r["half_tones"]), delta=0.4)
        shifts = [float(r["half_tones"]) for r in self.rows]
        self.assertTrue(all(1.5 <= abs(p) <= 4.5 for p in shifts))
        self.assertEqual(sum(p < 0 for p in shifts), len(shifts) // 2)

    def test_formants_move_by_what_is_asked_for_and_else_stay(self):
        with tempfile.TemporaryDirectory() as folder:
            sf.write(os.path.join(folder, "a.wav"), vowel(110), RATE)
            for half_tones, formants in ((3, 1), (3, 1.15), (-3, 0.88)):
                row = ["b.flac", "b", "a.wav", half_tones, 1.1, formants]
                voices.make(row, folder, folder)
                x, rate = sf.read(os.path.join(folder, "b.flac"))
                self.assertAlmostEqual(len(x) / RATE, 1.1, 2)
                self.assertAlmostEqual(12 * np.log2(note(x, rate) / 110),
                                       half_tones, delta=0.4)
                self.assertAlmostEqual(formant(x, rate) / 1500, formants,
                                       delta=0.04)

    def test_other_numbers_are_other_voices(self):
        with tempfile.TemporaryDirectory() as folder:
            tone(os.path.join(folder, "one-1.wav"), 100)
            rows = [r for first in (0, 2) for r in voices.plan(
                folder, "", range(first, first + 2), False, 1, (1, 4), (1, 1.2),
                (0.8, 1.2))]
        for column in (0, 1, 3):
            self.assertEqual(len({r[column] for r in rows}), 4)
        for _, _, _, half_tones, _, formants in rows:
            self.assertEqual(half_tones < 0, formants < 1)

    def test_pack_reads_them_as_speakers_of_their_own(self):
        with tempfile.TemporaryDirectory() as packed:
            clips = pack.pack_clips("speech", [self.out], packed, None, False)
        self.assertEqual({c["group"] for c in clips},
                         {r["speaker"] for r in self.rows})

    def test_clips_that_differ_in_folder_or_format_stay_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a/b-c.wav", "a-b/c.wav", "a-b/c.flac"):
                os.makedirs(os.path.join(folder, os.path.dirname(name)),
                            exist_ok=True)
                tone(os.path.join(folder, name), 100)
            rows = voices.plan(folder, "", range(2), False, 1, (1, 2), (1, 1),
                               (1, 1))
        self.assertEqual(len({r[0] for r in rows}), 6)

    def test_what_is_no_audio_is_named_and_left_out(self):
        with tempfile.TemporaryDirectory() as folder, \
                tempfile.TemporaryDirectory() as out:
            tone(os.path.join(folder, "one-1.wav"), 100)
            with open(os.path.join(folder, "one-2.wav"), "wb") as f:
                f.write(b"RIFF but no more")
            run = subprocess.run(
                [sys.executable, "-m", "training.voices", "--speech", folder,
                 "--out", out, "--voices", "1"], check=True, text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            with open(os.path.join(out, "manifest.csv"), newline="") as f:
                made = [r["source"] for r in csv.DictReader(f)]
        self.assertRegex(run.stderr, r"one-2\.wav: skipped")
        self.assertEqual(made, ["one-1.wav"])

    def test_the_same_again(self):
        path = os.path.join(self.out, self.rows[0]["path"])
        before, _ = sf.read(path)
        os.remove(path)
        self.run_it("--jobs", "1")
        self.assertTrue(np.array_equal(before, sf.read(path)[0]))

    def test_spread_deals_the_clips_of_a_speaker_out(self):
        with tempfile.TemporaryDirectory() as folder:
            for i in range(7):
                tone(os.path.join(folder, "one-%d.wav" % i), 100)
            rows = voices.plan(folder, "", range(3), True, 1, (1, 2), (1, 1),
                               (1, 1))
        self.assertEqual(corpus.split_of("one"), "train")
        self.assertEqual([r[2] for r in rows],
                         ["one-%d.wav" % i for i in range(7)])
        new = [r[1] for r in rows]
        self.assertEqual(new, 2 * new[:3] + new[:1])
        self.assertEqual(len(set(new)), 3)

    def test_bad_arguments_are_named(self):
        for more, said in ((["--only", "nothing"], "'nothing'"),
                           (["--voices", "0"], "'0' is not a whole"),
                           (["--lengths", "0.2,1"], "not in 0.5..2"),
                           (["--formants", "0.6,1"], "0.7..1 and 1..1.4"),
                           (["--formants", "1.1,1.2"], "0.7..1 and 1..1.4"),
                           (["--first", "-1"], "'-1' is not a whole"),
                           (["--out", self.speech + "/a"], "is below"),
                           (["--only", "("], "no regular expression")):
            run = self.run_it(*more, stderr=subprocess.PIPE)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(said, run.stderr)


if __name__ == "__main__":
    unittest.main()
