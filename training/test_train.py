"""Packing, training, resuming and exporting on a tiny made-up data set."""
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import soundfile as sf
import torch

from training import export

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(*args):
    p = subprocess.run([sys.executable, "-m", *args], cwd=ROOT, text=True,
                       capture_output=True)
    if p.returncode:
        raise AssertionError("%s\n%s%s" % (args, p.stdout, p.stderr))
    return p.stdout


def make_audio(folder):
    """Twenty speakers and recordings of tones and noise; wav and flac, 16
    and 48 kHz."""
    rng = np.random.default_rng(1)
    for kind in ("speech", "noise"):
        for i in range(20):
            rate = 48000 if i % 2 else 16000
            t = np.arange(rate * 2) / rate
            x = 0.1 * np.sin(2 * np.pi * rng.uniform(100, 900) * t) \
                if kind == "speech" else 0.1 * rng.standard_normal(len(t))
            path = os.path.join(folder, kind, "s%02d" % i)
            os.makedirs(path)
            sf.write(os.path.join(path, "x." + ("wav" if i % 3 else "flac")),
                     x, rate)
    os.makedirs(os.path.join(folder, "rir"))
    h = np.exp(-np.arange(1600) / 200.) * rng.standard_normal(1600)
    sf.write(os.path.join(folder, "rir", "h.wav"), h / np.abs(h).max(), 16000)


class TrainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        d = cls.tmp.name
        make_audio(d)
        cls.pack = os.path.join(d, "pack")
        run("training.pack", "--speech", d + "/speech", "--noise",
            d + "/noise", "--rir", d + "/rir", "--out", cls.pack,
            "--group-regex", r"/(s\d+)/")

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def train(self, name, *more):
        out = os.path.join(self.tmp.name, name)
        run("training.train", "--pack", self.pack, "--out", out, "--k", "0.25",
            "--batch", "2", "--steps", "30", "--hours", "0.0016", "--fresh",
            "2", "--warmup", "2", "--val-every", "4", "--val-count", "4",
            "--sparsity", "0.9",
            "--prune-start", "0", "--prune-end", "0.5", *more)
        return out

    def test_resumed_run_equals_one_run(self):
        for optimiser in ("adamw", "muon"):
            with self.subTest(optimiser):
                self.check_resuming(optimiser)

    def check_resuming(self, optimiser):
        more = ("--optimiser", optimiser)
        whole = self.train("whole-" + optimiser, *more)
        self.train("parts-" + optimiser, "--stop-step", "3", *more)
        parts = self.train("parts-" + optimiser, *more)
        a, b = (torch.load(os.path.join(p, "last.pt"))
                for p in (whole, parts))
        self.assertEqual(a["step"], b["step"])
        self.assertGreater(a["step"], 6)
        for n in a["weights"]:
            self.assertTrue(torch.equal(a["weights"][n], b["weights"][n]), n)
            self.assertTrue(torch.equal(a["average"][n], b["average"][n]), n)

    def test_exports_what_was_kept(self):
        whole = self.train("exported", "--window", "low-latency")
        path = os.path.join(self.tmp.name, "x.tacet")
        text = run("training.export", os.path.join(whole, "best.pt"), path,
                   "--name", "x")
        self.assertIn("90.0", text)
        t, meta = export.read_safetensors(path)
        self.assertEqual(meta["name"], "x")
        self.assertEqual(meta["window"], "low-latency")
        kept = sum(v.size for n, v in t.items() if n.endswith(".values"))
        self.assertLess(kept, 0.11 * 51185)


if __name__ == "__main__":
    unittest.main()
