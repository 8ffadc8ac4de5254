"""Makes and checks the fixtures that pin the fixed-point network's integers.

  python3 -m training.fixed_golden make tests/testdata/fixed [MODEL.tacet ...]
  python3 -m training.fixed_golden image MODEL.tacet IMAGE FEATURES.i16
  python3 -m training.fixed_golden features MODEL.tacet OUT.i16 FILE...

`make` writes three small random models (a real mask with ReLU parts, a complex
mask gated by the sign of Re, features with phase; 24- and 16-bit states),
golden.safetensors: int16 features (speech, silence, full scale, steps, noise), of
which each network takes as many of the first columns as it has inputs, and, in its
metadata under MODEL/STAGE, the hash of every stage of every model, and of each
further MODEL given, under its file name; and speech.safetensors, likewise of the
60 s of tests/testdata/miniset/noisy. `image` writes a model as plain integers, and
the golden features, for tests/model/fixed/portable_main.cc. `features` writes
the quantised features of 16 kHz files one after the other.

  python3 -m training.fixed_golden compare MODEL.tacet REFERENCE PROGRAM FILE...

counts the features that PROGRAM (tests/model/fixed/features_main.cc, from any
compiler; words before it, such as an emulator, are allowed) quantises otherwise
than another, or than NumPy does in double where REFERENCE is "numpy".
"""
import argparse
import os
import shlex
import subprocess
import sys

import numpy as np

from training import container, fixed, quantize

SPEECH = "tests/testdata/miniset/noisy/%02d.flac"
SMALL = {
    "real": dict(conf=dict(mask="sigmoid", state_activation="relu_parts"),
                 bits=24),
    "complex": dict(conf=dict(mask="complex", state_activation="gate_re"),
                    bits=16),
    "phase": dict(conf=dict(feature="level-normalised-phase"), bits=24),
}


def features_of(meta, exponent, paths):
    return np.concatenate([fixed.quantise_features(f, exponent) for f in
                           quantize.features_of_audio(paths, meta)])


def golden_features(meta, exponent):
    """int16 [T, number of features]."""
    rng = np.random.default_rng(11)
    speech = features_of(meta, exponent, [SPEECH % 4])[60:260]
    bins = speech.shape[1]
    full = np.full((12, bins), 32767)
    steps = np.zeros((40, bins), int)
    for n in range(40):
        steps[n, (n * 7) % bins::16] = (-1) ** n * 2 ** (n % 16 - n % 16 // 15)
    noise = rng.integers(-32767, 32768, (20, bins))
    parts = [speech, np.zeros((40, bins), int), full, -full, steps, noise,
             np.zeros((20, bins), int), speech[:40]]
    return np.concatenate(parts).astype(np.int16)


def small_model(path, conf, bits):
    from training import export, golden, model, prune
    net = model.Network(model.ModelConfig(k=0.25, **conf), 6)
    golden.randomise(net, 10)
    prune.update(net, 0.85)
    export.export(net, path, os.path.splitext(os.path.basename(path))[0],
                  {"source": "training/fixed_golden.py, random"})
    t, meta = container.read(path)
    clips = quantize.features_of_audio([SPEECH % i for i in (0, 1)], meta)
    container.write(path, *quantize.quantise(
        t, meta, clips, bits, '{"source": "tests/testdata/miniset"}'))


def speech_features(meta, exponent):
    """int16 [T, number of features]."""
    return features_of(meta, exponent, [SPEECH % i for i in range(12)]).astype(
        np.int16)


def stored(tensors, inputs):
    """Features [T, inputs] of a file that make() wrote."""
    return np.ascontiguousarray(tensors["features"][:, :inputs])


def write_hashed(path, features, models):
    """The features of the model that has most and, in the metadata, the hashes
    of every stage of all models."""
    nets = {model: fixed.FixedNetwork(model) for model in models}
    widest = max(nets.values(), key=lambda net: net.inputs)
    tensors = {"features": features(widest.meta, 10)}
    notes = {os.path.basename(model) + "/" + stage: value
             for model, net in nets.items()
             for stage, value in fixed.digests(
                 net, stored(tensors, net.inputs)).items()}
    container.write(path, tensors, notes)
    print("%s: %d tokens of %d features, %d models, %d hashes" % (
        path, *tensors["features"].shape, len(models), len(notes)))


def make(folder, models):
    os.makedirs(folder, exist_ok=True)
    for name, kind in SMALL.items():
        path = os.path.join(folder, name + ".tacet")
        small_model(path, **kind)
        models = models + [path]
    for name, features in (("golden", golden_features),
                           ("speech", speech_features)):
        write_hashed(os.path.join(folder, name + ".safetensors"), features,
                     models)


class Image:
    """Mirrors class Image of portable_main.cc."""

    def __init__(self, net):
        self.net, self.words = net, []

    def put(self, *values):
        self.words += [np.array([v], np.int64) for v in values]

    def array(self, values):
        self.put(len(values))
        self.words.append(np.asarray(values, np.int64))

    def matrix(self, name, columns):
        t = self.net.t
        self.put(len(t[name + ".rows"]) - 1, columns)
        self.array(t["fixed." + name + ".values"])
        self.array(t[name + ".columns"])
        self.array(t[name + ".rows"])

    def affine(self, name, columns, e_in, e_out):
        self.matrix(name + ".weight", columns)
        self.array(self.net.get(name + ".bias"))
        self.array(self.net.get(name + ".weight.exponents") + e_in - e_out)

    def layer(self, i):
        n, pre = self.net, "layers.%d." % i
        g = lambda name: n.get(pre + name)
        h, p = int(n.meta["hidden"]), int(n.meta["states"])
        e_x, e_r = n.x_exp[i], n.get("r_exponents")[i]
        e_y = n.get("y_exponents")[i]
        self.put(n.max_state)
        self.array(g("a_re")), self.array(g("a_im"))
        self.matrix(pre + "b_re", h), self.matrix(pre + "b_im", h)
        for name in ("b_bias_re", "b_bias_im", "scale_re", "scale_im"):
            self.array(g(name))
        self.array(g("b.exponents") + e_x + g("scale_exponents")
                   - g("state_exponents"))
        self.array(g("state_exponents") - e_r)
        self.matrix(pre + "c_re", p), self.matrix(pre + "c_im", p)
        e_acc = g("c.exponents") + e_r
        self.array(g("d"))
        self.array(g("d_exponents") + e_x - e_acc)
        self.array(g("y_bias"))
        self.array(e_acc - e_y)
        self.affine(pre + "gate", h, e_y, fixed.LOGIT)
        self.put(e_y + fixed.SIGMOID - e_x,
                 e_y + fixed.SIGMOID - n.x_exp[i + 1])

    def write(self, path):
        n = self.net
        rows = len(n.t["decoder.bias"])
        rule = ("one-plus", "sigmoid", "complex").index(n.meta["mask"])
        gate = ("gate_re", "relu_parts").index(n.meta["state_activation"])
        self.put(rule, gate, n.bins, n.inputs, int(n.meta["hidden"]),
                 int(n.meta["states"]), n.output_exponent)
        self.affine("encoder", n.inputs, n.feature_exponent, n.x_exp[0])
        self.put(n.layers)
        for i in range(n.layers):
            self.layer(i)
        logits = 0 if rule == 0 else n.bins
        self.affine("decoder", int(n.meta["hidden"]), n.x_exp[-1], np.where(
            np.arange(rows) < logits, fixed.LOGIT, n.output_exponent))
        np.concatenate(self.words).astype("<i4").tofile(path)


def engine_features(program, model, path):
    """[T, K] that a program made of features_main.cc gives of a file."""
    import soundfile as sf
    x = sf.read(path, dtype="float32")[0]
    x = np.concatenate([x, np.zeros(512, np.float32)])  # whole hops
    out = subprocess.run(shlex.split(program) + [model], input=x.tobytes(),
                         check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(out, "<i2").reshape(
        -1, fixed.FixedNetwork(model).inputs).astype(int)


def compare(model, reference, program, paths):
    net = fixed.FixedNetwork(model)
    by, count = np.zeros(2, int), 0
    for path in paths:
        want = features_of(net.meta, net.feature_exponent, [path]) if (
            reference == "numpy") else engine_features(reference, model, path)
        d = np.abs(engine_features(program, model, path)[:len(want)] - want)
        by += [np.sum(d == 1), np.sum(d > 1)]
        count += d.size
    print("of %d features %d differ by one unit, %d by more" % (count, *by))


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("command", choices=("make", "image", "features",
                                        "compare"))
    ap.add_argument("args", nargs="+")
    a = ap.parse_args()
    if a.command == "make":
        make(a.args[0], a.args[1:])
    elif a.command == "image" and len(a.args) == 3:
        Image(fixed.FixedNetwork(a.args[0])).write(a.args[1])
        golden, _ = container.read("tests/testdata/fixed/golden.safetensors")
        stored(golden, fixed.FixedNetwork(a.args[0]).inputs).astype(
            "<i2").tofile(a.args[2])
    elif a.command == "features" and len(a.args) > 2:
        net = fixed.FixedNetwork(a.args[0])
        features_of(net.meta, net.feature_exponent, a.args[2:]).astype(
            "<i2").tofile(a.args[1])
    elif a.command == "compare" and len(a.args) > 3:
        compare(*a.args[:3], a.args[3:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
