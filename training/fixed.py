"""The W8A16 network in integer NumPy: the reference for model/fixed/.

Every number is an integer; what it stands for, how it is rounded and where it
saturates is specified in docs/fixed-point.md, and each line here has its twin
in C++. T tokens are taken at once, only the recurrence goes step by step.

  python3 -m training.fixed MODEL.tacet FEATURES.i16    prints stage hashes
"""
import sys

import numpy as np
import scipy.sparse

from training import container, features

MAX = 32767          # of activations
POLE = SIGMOID = 15  # fractional bits of a and of a sigmoid's value
LOGIT = 11           # of a sigmoid's argument
TABLE = np.floor(32768 / (1 + np.exp(-np.arange(513) / 32)) + 0.5).astype(
    np.int64)


def round_shift(x, shift):
    """floor(x / 2^shift + 1/2)."""
    half = np.where(shift > 0, np.int64(1) << np.maximum(shift - 1, 0), 0)
    return (x + half) >> shift


def truncate_shift(x, shift):
    return np.sign(x) * (np.abs(x) >> shift)


def saturate(x, limit=MAX):
    return np.clip(x, -limit, limit)


def sigmoid(x):
    size = np.abs(x)
    i, f = size >> 6, size & 63
    v = TABLE[i] + round_shift((TABLE[i + 1] - TABLE[i]) * f, 6)
    return np.where(x < 0, 32768 - v, np.minimum(v, 32767))


def quantise_features(f, exponent):
    """int16 features of float32 features."""
    return saturate(np.floor(np.asarray(f, np.float32).astype(np.float64)
                             * 2.0 ** exponent + 0.5)).astype(np.int64)


class FixedNetwork:
    """The integer network of a version 2 model file."""

    def __init__(self, path_or_tensors, meta=None):
        t = path_or_tensors
        if meta is None:
            t, meta = container.read(t)
        if meta["version"] != "2":
            raise ValueError("no fixed part in version %s" % meta["version"])
        self.t, self.meta = t, meta
        self.inputs = features.count(meta["feature"])
        self.bins, self.layers = int(meta["num_bins"]), int(meta["layers"])
        self.max_state = 2 ** (int(meta["fixed_state_bits"]) - 1) - 1
        self.feature_exponent = int(t["fixed.feature_exponent"][0])
        self.output_exponent = int(t["fixed.output_exponent"][0])
        self.x_exp = t["fixed.x_exponents"].astype(int)

    def get(self, name):
        return self.t["fixed." + name].astype(np.int64)

    def matrix(self, name, columns):
        rows = self.t[name + ".rows"]
        return scipy.sparse.csr_matrix(
            (self.get(name + ".values"), self.t[name + ".columns"], rows),
            (len(rows) - 1, columns))

    def affine(self, name, x, e_in, e_out):
        acc = self.matrix(name + ".weight", x.shape[1]) @ x.T
        acc += self.get(name + ".bias")[:, None]
        shift = self.get(name + ".weight.exponents") + e_in - e_out
        return saturate(round_shift(acc, shift[:, None]).T)

    def states(self, pre, x, e_x, start=None):
        """[2, T, P] states of tokens x [T, H]."""
        b, bias, a, f = ([self.get(pre + n + part) if n in
                          ("b_bias_", "a_", "scale_") else
                          self.matrix(pre + n + part, x.shape[1])
                          for part in ("re", "im")]
                         for n in ("b_", "b_bias_", "a_", "scale_"))
        acc = [(w @ x.T).T + c for w, c in zip(b, bias)]
        shift = (self.get(pre + "b.exponents") + e_x
                 + self.get(pre + "scale_exponents")
                 - self.get(pre + "state_exponents"))
        v_re = round_shift(f[0] * acc[0] - f[1] * acc[1], shift)
        v_im = round_shift(f[0] * acc[1] + f[1] * acc[0], shift)
        out = np.empty((2,) + v_re.shape, np.int64)
        re, im = start if start is not None else np.zeros(
            (2, v_re.shape[1]), np.int64)
        for n in range(len(x)):
            re, im = (
                saturate(truncate_shift(a[0] * re - a[1] * im, POLE)
                         + v_re[n], self.max_state),
                saturate(truncate_shift(a[0] * im + a[1] * re, POLE)
                         + v_im[n], self.max_state))
            out[0, n], out[1, n] = re, im
        return out

    def layer(self, i, x, trace, start):
        pre = "layers.%d." % i
        e_x, e_r = self.x_exp[i], int(self.get("r_exponents")[i])
        e_y = int(self.get("y_exponents")[i])
        re, im = self.states(pre, x, e_x, start)
        trace[pre + "state_re"], trace[pre + "state_im"] = re, im
        if self.meta["state_activation"] == "relu_parts":
            re, im = np.maximum(re, 0), np.maximum(im, 0)
        else:
            on = (re > 0) | ((re == 0) & (im > 0))
            re, im = re * on, im * on
        shift = self.get(pre + "state_exponents") - e_r
        re, im = saturate(round_shift(re, shift)), saturate(
            round_shift(im, shift))
        trace[pre + "r_re"], trace[pre + "r_im"] = re, im
        e_acc = self.get(pre + "c.exponents") + e_r
        acc = round_shift(self.get(pre + "d") * x,
                          self.get(pre + "d_exponents") + e_x - e_acc)
        acc = acc + self.get(pre + "y_bias")
        acc += (self.matrix(pre + "c_re", re.shape[1]) @ re.T).T
        acc += (self.matrix(pre + "c_im", re.shape[1]) @ im.T).T
        y = np.clip(round_shift(acc, e_acc - e_y), 0, MAX)
        gate = sigmoid(self.affine(pre + "gate", y, e_y, LOGIT))
        e_z = e_y + SIGMOID
        z = y * gate + (x << (e_z - e_x))
        out = np.clip(round_shift(z, e_z - self.x_exp[i + 1]), 0, MAX)
        trace[pre + "y"], trace[pre + "gate"], trace[pre + "x"] = y, gate, out
        return out

    def run(self, q, start=None):
        """Every stage's integers, name -> [T, n], of features q [T, K].
        start: states before, [L, 2, P]."""
        trace = {}
        x = np.maximum(self.affine("encoder", np.asarray(q, np.int64),
                                   self.feature_exponent, self.x_exp[0]), 0)
        trace["encoder"] = x
        for i in range(self.layers):
            x = self.layer(i, x, trace, None if start is None else start[i])
        rows = len(self.t["decoder.bias"])
        logits = 0 if self.meta["mask"] == "one-plus" else self.bins
        e_out = np.where(np.arange(rows) < logits, LOGIT,
                         self.output_exponent)
        trace["outputs"] = self.affine("decoder", x, self.x_exp[-1], e_out)
        return trace

    def mask(self, o):
        """complex64 mask [T, K] of integer outputs."""
        one, k = 1 << self.output_exponent, self.bins
        if self.meta["mask"] == "one-plus":
            return ((one + o) / one).astype(np.complex64)
        g = sigmoid(o[:, :k])
        if self.meta["mask"] == "sigmoid":
            return (g / 32768).astype(np.complex64)
        re, im = one + o[:, k:2 * k], o[:, 2 * k:]
        modulus = np.sqrt((re * re + im * im).astype(np.float64))
        zero = modulus == 0
        modulus[zero] = 1
        re, im = np.where(zero, 1, re), np.where(zero, 0, im)
        out = np.empty(g.shape, np.complex64)
        out.real = (g * re) / modulus * (1 / 32768)
        out.imag = (g * im) / modulus * (1 / 32768)
        return out


def weights_of(first, n):
    """Odd 64-bit weights of positions first .. first + n (SplitMix64)."""
    z = (np.arange(first + 1, first + n + 1, dtype=np.uint64)
         * np.uint64(0x9E3779B97F4A7C15))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


class Digest:
    """sum_i w_i v_i mod 2^64 over all values in order: any one value that
    differs changes it. tests/model/fixed/stage_hash.h is its twin."""

    def __init__(self):
        self.count, self.sum = 0, 0

    def add(self, values):
        v = np.ascontiguousarray(values).reshape(-1).astype(np.int64)
        with np.errstate(over="ignore"):
            part = (weights_of(self.count, v.size) * v.view(np.uint64)).sum(
                dtype=np.uint64)
        self.sum = (self.sum + int(part)) % 2 ** 64
        self.count += v.size

    def text(self):
        return "%016x" % self.sum


def digests(net, q, chunk=4000):
    """stage -> hash. The mask enters by the bits of its floats."""
    out, state = {}, None
    for at in range(0, len(q), chunk):
        trace = net.run(q[at:at + chunk], state)
        state = [[trace["layers.%d.state_%s" % (i, part)][-1]
                  for part in ("re", "im")] for i in range(net.layers)]
        mask = np.ascontiguousarray(net.mask(trace["outputs"]))
        trace["mask"] = mask.view(np.int32)
        for name, values in trace.items():
            out.setdefault(name, Digest()).add(values)
    return {n: d.text() for n, d in out.items()}


def main():
    net = FixedNetwork(sys.argv[1])
    q = np.fromfile(sys.argv[2], "<i2").reshape(-1, net.inputs)
    for name, value in digests(net, q).items():
        print(name, value)


if __name__ == "__main__":
    main()
