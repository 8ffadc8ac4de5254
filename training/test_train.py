"""Packing, training, resuming and exporting on a tiny made-up data set."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np
import soundfile as sf
import torch

from training import export, model, options, sparse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(*args):
    p = subprocess.run([sys.executable, "-m", *args], cwd=ROOT, text=True,
                       capture_output=True)
    if p.returncode:
        raise AssertionError("%s\n%s%s" % (args, p.stdout, p.stderr))
    return p.stdout


def make_audio(folder):
    """Fifty readers and recordings of tones and noise in the layout of the
    DNS Challenge (Intel's N-DNS takes its audio from there); wav and flac, 16
    and 48 kHz."""
    rng = np.random.default_rng(1)
    speech = os.path.join(folder, "clean_fullband", "read_speech")
    noise = os.path.join(folder, "noise_fullband")
    rooms = os.path.join(folder, "impulse_responses", "SLR26", "smallroom",
                         "Room001")
    for path in (speech, noise, rooms):
        os.makedirs(path)
    for i in range(50):
        rate = 48000 if i % 2 else 16000
        kind = "wav" if i % 3 else "flac"
        t = np.arange(rate) / rate
        sf.write("%s/book_%05d_chp_0001_reader_%05d_0.%s" % (
            speech, 100 + i, i, kind),
            0.1 * np.sin(2 * np.pi * rng.uniform(100, 900) * t), rate)
        sf.write("%s/%08x_%d.%s" % (noise, rng.integers(2 ** 31), i, kind),
                 0.1 * rng.standard_normal(len(t)), rate)
    h = np.exp(-np.arange(1600) / 200.) * rng.standard_normal(1600)
    sf.write(os.path.join(rooms, "Room001-00001.wav"), h / np.abs(h).max(),
             16000)


class OptionsTest(unittest.TestCase):
    def test_share_of_full_band_is_checked(self):
        for text in ("1.5", "-0.1", "nan"):
            err = io.StringIO()
            with mock.patch.object(sys, "argv", [
                    "train", "--pack", "p", "--out", "o", "--full-band=" + text
            ]), contextlib.redirect_stderr(err), self.assertRaises(SystemExit):
                options.parse("What it does.")
            self.assertIn("--full-band: '%s' is not in 0..1" % text,
                          err.getvalue())

    def test_help_can_be_printed(self):
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["train", "--help"]), \
                contextlib.redirect_stdout(out), \
                self.assertRaises(SystemExit) as end:
            options.parse("What it does.")
        self.assertEqual(end.exception.code, 0)
        self.assertIn("55 % pruned", " ".join(out.getvalue().split()))


class TrainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        d = cls.tmp.name
        make_audio(d)
        cls.pack = os.path.join(d, "pack")
        text = run("training.pack", "--speech", d + "/clean_fullband",
                   "--noise", d + "/noise_fullband", "--rir",
                   d + "/impulse_responses", "--out", cls.pack,
                   "--group-regex", r"reader_(\d+)")
        assert "speech: 50 clips, 0.01 h, 0.01 h of it full band, 50" in text, \
            text

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
                self.check_resuming(optimiser, "--optimiser", optimiser,
                                    "--freeze", "0.6")

    @unittest.skipUnless(sparse.available(), "this CPU has no AVX-512")
    def test_resumed_sparse_run_equals_one_run(self):
        self.check_resuming(
            "sparse", "--freeze", "0.3", "--prune-end", "0.2", "--batch", "16",
            "--hours", "0.0128", "--sparse-kernels", "--regrow", "0.3",
            "--regrow-every", "2")

    @unittest.skipUnless(sparse.available(), "this CPU has no AVX-512")
    def test_resumed_run_in_stages_equals_one_run(self):
        # dense, then masked dense products, then sparse kernels
        self.check_resuming(
            "stages", "--prune-every", "2", "--prune-start", "0.2",
            "--prune-end", "0.8", "--batch", "16", "--hours", "0.0128",
            "--sparse-kernels", "--regrow", "0.3")

    def check_resuming(self, name, *more):
        whole = self.train("whole-" + name, *more)
        self.train("parts-" + name, "--stop-step", "6", *more)
        parts = self.train("parts-" + name, *more)
        a, b = (torch.load(os.path.join(p, "last.pt"))
                for p in (whole, parts))
        self.assertEqual(a["step"], b["step"])
        self.assertGreater(a["step"], 6)
        for n in a["weights"]:
            self.assertTrue(torch.equal(a["weights"][n], b["weights"][n]), n)
            self.assertTrue(torch.equal(a["average"][n], b["average"][n]), n)
        for n, mask in a["masks"].items():  # frozen: 0 where pruned
            self.assertEqual(float((a["weights"][n] * (1 - mask)).abs().max()),
                             0, n)
            self.assertGreater(float(mask.sum()), 0)

    def test_resumed_run_keeps_its_share_of_full_band(self):
        def share(*more):
            out = self.train("share", *more)
            return torch.load(os.path.join(out, "last.pt"))["args"]["full_band"]
        self.assertEqual(share("--stop-step", "2", "--full-band", "0.5"), 0.5)
        self.assertEqual(share("--stop-step", "3"), 0.5)
        path = os.path.join(self.tmp.name, "share", "last.pt")
        ck = torch.load(path)
        del ck["args"]["full_band"]  # from before it was an option
        torch.save(ck, path)
        self.assertEqual(share("--stop-step", "4"), 0.25)

    def test_no_state_that_is_trained_or_exported_remembers_for_ever(self):
        path = os.path.join(self.tmp.name, "memory.pt")
        ck = torch.load(os.path.join(self.train("memory"), "best.pt"))
        for weights in (ck["weights"], ck["average"]):
            weights["layers.0.lambda_re"][:] = -1e-9
        torch.save(ck, path)
        out = self.train("went-on", "--init", path, "--stop-step", "2")
        w = torch.load(os.path.join(out, "last.pt"))["weights"]
        decay = w["layers.0.lambda_re"] * w["layers.0.log_step"].exp()
        self.assertLess(float(decay.max()) * model.MEMORY, -0.999)
        file = path.replace(".pt", ".tacet")
        run("training.export", path, file, "--name", "x")
        t, _ = export.read_safetensors(file)
        size = np.hypot(t["layers.0.a_re"].astype(float), t["layers.0.a_im"])
        self.assertLess(size.max(), np.exp(-1 / model.MEMORY) + 1e-6)

    def test_exports_what_was_kept(self):
        whole = self.train("exported", "--window", "low-latency")
        path = os.path.join(self.tmp.name, "x.tacet")
        text = run("training.export", os.path.join(whole, "best.pt"), path,
                   "--name", "x")
        self.assertRegex(text, r"\((89\.9|90\.0)\d % sparse\)")
        t, meta = export.read_safetensors(path)
        self.assertEqual(meta["name"], "x")
        self.assertEqual(meta["window"], "low-latency")
        kept = sum(v.size for n, v in t.items() if n.endswith(".values"))
        self.assertLess(kept, 0.11 * 62304)


if __name__ == "__main__":
    unittest.main()
