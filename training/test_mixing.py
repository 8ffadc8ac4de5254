"""Mixed examples: whole, finite, at the level they are meant to have."""
import argparse
import json
import os
import tempfile
import unittest

import numpy as np

from training import corpus, mixing, model, options, sounds, train
from training.test_train import make_audio, run

STEPS = 50


class Noting:
    """A front end that notes its rate when it is called."""

    def __init__(self, front, used):
        self.front, self.used, self.length = front, used, front.length

    def __call__(self, x, steps):
        self.used.append(self.front.rate)
        return self.front(x, steps)


class MixingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        d = cls.tmp.name
        make_audio(d)
        cls.folder = os.path.join(d, "pack")
        run("training.pack", "--speech", d + "/clean_fullband", "--noise",
            d + "/noise_fullband", "--rir", d + "/impulse_responses", "--out",
            cls.folder, "--group-regex", r"reader_(\d+)")
        cls.pack = corpus.Pack(cls.folder, "train")

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def test_noise_is_whole_whatever_is_done_to_it(self):
        maker = mixing.ItemMaker(self.pack, STEPS, 1, "sqrt-hann")
        for i in range(60):  # recorded, stretched, babble, synthetic
            x = maker.noise(i)
            self.assertEqual(x.shape, (STEPS, mixing.BINS))
            self.assertTrue(np.isfinite(x).all(), i)
            self.assertGreater(mixing.mean_power(x), 0, i)

    def test_noise_made_of_two_is_another_of_the_same_power(self):
        maker = mixing.ItemMaker(self.pack, STEPS, 1, "sqrt-hann")
        u, w = maker.noise(3), maker.noise(4)
        rng = np.random.default_rng(2)
        for _ in range(30):  # bands of two, envelopes of another, up and down
            v = sounds.retexture(rng, u, w)
            self.assertEqual((v.shape, v.dtype), (u.shape, u.dtype))
            self.assertTrue(np.isfinite(v).all())
            self.assertAlmostEqual(mixing.mean_power(v) / mixing.mean_power(u),
                                   1, 3)
            self.assertGreater(np.abs(v - u).max(), 0.01 * np.abs(u).max())

    def test_envelopes_follow_the_other_noise(self):
        rng = np.random.default_rng(3)
        u, w = (rng.standard_normal((200, mixing.BINS, 2)) @ [1, 1j]
                for _ in range(2))
        w[:, 100:] *= 0.03  # 30 dB
        w[100:] *= 0.1
        v = sounds.with_envelopes(u, w, 1.0)
        for part in (slice(20, 80), slice(120, 180)):
            high, low = (np.mean(np.abs(v[part, k]) ** 2) for k in
                         (slice(120, 250), slice(10, 80)))
            self.assertAlmostEqual(10 * np.log10(low / high), 30.5, delta=1)

    def test_a_shifted_tone_is_a_tone_elsewhere(self):
        x = np.fft.rfft(np.sin(2 * np.pi * 50 * np.arange(1000) / 1000))
        for hz, peak in ((30, 80), (-20, 30), (0, 50)):
            self.assertEqual(np.argmax(np.abs(sounds.shift(x, hz, 1))), peak)

    def test_a_crowd_is_many_speakers(self):
        with open(os.path.join(self.folder, "index.json")) as f:
            index = json.load(f)
        one = len(corpus.Pack(self.folder, "train").clips["speech", 16000])
        for c in index["speech"]:
            c["group"] = "crowd"
        with tempfile.TemporaryDirectory() as d:
            for name in os.listdir(self.folder):
                os.symlink(os.path.join(self.folder, name),
                           os.path.join(d, name))
            os.remove(os.path.join(d, "index.json"))
            with open(os.path.join(d, "index.json"), "w") as f:
                json.dump(index, f)
            groups = corpus.Pack(d, "train").clips["speech", 16000]
        self.assertGreater(len(groups), max(1, one // 2))
        self.assertEqual(sum(map(len, groups)), len(index["speech"]))

    def test_a_third_comes_through_the_48_khz_front_end(self):
        for given, share in (({}, 1 / 3), ({"full_band": 0.25}, 0.25),
                             ({"full_band": 0}, 0)):
            maker = mixing.ItemMaker(self.pack, STEPS, 1, "sqrt-hann", **given)
            count = sum(maker.rate(i) == 48000 for i in range(3000))
            self.assertAlmostEqual(count / 3000, share, delta=0.002)
            used = []
            for rate, front in maker.front.items():
                maker.front[rate] = Noting(front, used)
            for i in range(12):
                maker.speech(i), maker.noise(i)
            self.assertEqual(set(used), {maker.rate(i) for i in range(12)})

    def test_stretched_noise_is_as_long_as_it_must_be(self):
        maker = mixing.ItemMaker(self.pack, STEPS, 1, "sqrt-hann")
        for n in (1000, 48000, 200000):  # shorter and longer than recordings
            for i in range(20):
                x = maker.recorded(np.random.default_rng(i), 16000, n)
                self.assertEqual(len(x), n)

    def test_rumble_is_below_speech(self):
        for rate in (16000, 48000):
            for i in range(5):
                x = sounds.rumble(np.random.default_rng(i), rate, 4 * rate, 1)
                power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
                f = np.arange(len(power)) * rate / len(x)
                self.assertGreater(power[f < 60].sum(),
                                   0.99 * power.sum())
                self.assertLess(20 * np.log10(x.std()), 3.1)
                self.assertGreater(20 * np.log10(x.std()), -30.1)

    def test_a_batch_is_a_function_of_seed_and_number(self):
        def batch(numbers):
            mixer = mixing.Mixer(self.pack, STEPS, 4, 7, "sqrt-hann", fresh=2)
            for j in numbers:
                x, s = np.empty((2, STEPS, 4, mixing.BINS), np.complex64)
                out = mixer(j, x, s)
            return x, s, *out
        for a, b in zip(batch([0, 1, 2]), batch([2])):
            np.testing.assert_array_equal(a, b)

    def test_targets_are_silent_where_nobody_speaks(self):
        mixer = mixing.Mixer(self.pack, STEPS, 8, 3, "sqrt-hann", fresh=2)
        only_noise = 0
        for j in range(12):
            x, s = np.empty((2, STEPS, 8, mixing.BINS), np.complex64)
            _, speech = mixer(j, x, s)
            self.assertTrue(np.isfinite(x).all() and np.isfinite(s).all())
            only_noise += int((speech == 0).sum())
            self.assertEqual(float(np.abs(s[:, speech == 0]).max(initial=0)),
                             0)
        self.assertGreater(only_noise, 0)

    def test_what_counts_as_speech_has_some_left(self):
        """A quiet stretch can take all there is of a short word."""
        mixer = mixing.Mixer(self.pack, STEPS, 32, 3, "sqrt-hann", fresh=2)
        make = mixer.speech.make

        def first_hops(i):
            return tuple(v * (np.arange(STEPS) < STEPS // 8)[:, None]
                         for v in make(i))

        mixer.speech.make = first_hops
        for j in range(20):
            x, s = np.empty((2, STEPS, 32, mixing.BINS), np.complex64)
            weight, speech = mixer(j, x, s)
            np.testing.assert_array_equal(weight, np.where(speech, 1, 0.5))
            for b in np.flatnonzero(speech):
                self.assertGreater(mixing.mean_power(s[:, b]),
                                   1e-4 * mixing.mean_power(x[:, b]))

    def test_mixtures_have_the_snr_that_is_asked_for(self):
        for low, high in ((-10, -10), (5, 15)):
            mixer = mixing.Mixer(self.pack, STEPS, 64, 1, "sqrt-hann",
                                 augment=0.01, snr=(low, high))
            x, s = (np.empty((STEPS, 64, mixing.BINS), np.complex64)
                    for _ in "xs")
            _, speech = mixer(0, x, s)
            snr = np.array([10 * np.log10(
                mixing.mean_power(s[:, b]) / max(1e-20, mixing.mean_power(
                    x[:, b] - s[:, b]))) for b in range(64) if speech[b]])
            inside = np.mean((snr > low - 0.1) & (snr < high + 0.1))
            # a tenth is spread wider, and stretches of some are quiet
            self.assertGreater(inside, 0.6)
        self.assertEqual(options.span("-10,16"), (-10, 16))
        for text in ("3", "a,b", "5,-5", "-300,0", "nan,0"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, text):
                options.span(text)

    def test_some_speech_is_without_noise(self):
        mixer = mixing.Mixer(self.pack, STEPS, 8, 3, "sqrt-hann", fresh=2,
                             augment=1e-9)  # target and wet speech are one
        clean = 0
        for j in range(40):
            x, s = np.empty((2, STEPS, 8, mixing.BINS), np.complex64)
            mixer(j, x, s)
            clean += sum(bool(np.array_equal(x[:, b], s[:, b]))
                         for b in range(8))
        self.assertGreater(clean, 0)
        self.assertLess(clean, 32)

    def test_splits_share_no_speaker_and_no_recording(self):
        split = {n: corpus.Pack(self.folder, n, 0.4) for n in ("train", "val")}
        for key in split["val"].clips:
            at = {n: {tuple(c) for g in p.clips[key] for c in g}
                  for n, p in split.items()}
            self.assertFalse(at["train"] & at["val"], key)
            self.assertTrue(at["train"] and at["val"], key)
        speakers = {n: {tuple(map(tuple, g)) for g in
                        p.clips["speech", 16000]} for n, p in split.items()}
        with open(os.path.join(self.folder, "index.json")) as f:
            groups = {}
            for c in json.load(f)["speech"]:
                groups.setdefault(c["group"], set()).add(tuple(c["16000"]))
        for clips in groups.values():  # a speaker is whole in one of them
            homes = [n for n, g in speakers.items()
                     if any(clips & set(one) for one in g)]
            self.assertEqual(len(homes), 1)

    def test_only_noise_that_is_named_is_heard(self):
        with open(os.path.join(self.folder, "index.json")) as f:
            groups = sorted({c["group"] for c in json.load(f)["noise"]})
        all_of_it = self.pack.clips["noise", 16000]
        one = corpus.Pack(self.folder, "train", noises="^%s$" % groups[0])
        self.assertEqual(len(one.clips["noise", 16000]), 1)
        self.assertIn(one.clips["noise", 16000][0], all_of_it)
        self.assertGreater(len(all_of_it), 1)
        self.assertEqual(one.clips["speech", 16000],
                         self.pack.clips["speech", 16000])
        with self.assertRaisesRegex(SystemExit, "'nosuch'"):
            corpus.Pack(self.folder, "train", noises="nosuch")
        with self.assertRaisesRegex(argparse.ArgumentTypeError, "'a\\('"):
            options.pattern("a(")
        with self.assertRaisesRegex(SystemExit, "'nosuch'"):
            train.Validation(self.folder, model.ModelConfig(), STEPS, 2, 0.3,
                             "nosuch")


if __name__ == "__main__":
    unittest.main()
