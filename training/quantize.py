"""Adds the W8A16 fixed-point network to a model file.

  python3 -m training.quantize IN.tacet OUT.tacet --pack PACK
  python3 -m training.quantize IN.tacet OUT.tacet --audio FILE...

The float tensors of IN, in which BatchNorm is folded already, are kept as they
are; beside them go 8-bit weights with power-of-two exponents a row, and the
exponents of the activations, frozen to what the calibration signals need. These
come from the validation split of a training pack, or from audio files; a file
given for calibration must not be one that the model is judged on.
docs/fixed-point.md says what every tensor means.
"""
import argparse
import json

import numpy as np
import scipy.sparse

from training import container, fixed

HEADROOM = 1.25       # over the calibration's largest value
MAX_ACC = 2 ** 31 - 1
MAX_POLE = 2 ** 30 - 2 ** 17
MAX_SHIFT = 30
MOST_CLIPPED = 1.25


def exponent_of(largest, limit, least=-16, most=30):
    """Largest e with largest * 2^e <= limit."""
    if not largest > 0:
        return min(15, most)
    return int(np.clip(np.floor(np.log2(limit / largest)), least, most))


def activation_exponent(largest):
    return exponent_of(HEADROOM * float(largest), fixed.MAX)


class FloatNetwork:
    """The float network of a model file, in NumPy, for calibration."""

    def __init__(self, t, meta):
        self.t, self.meta = t, meta

    def matrix(self, name, columns):
        rows = self.t[name + ".rows"]
        return scipy.sparse.csr_matrix(
            (self.t[name + ".values"], self.t[name + ".columns"], rows),
            (len(rows) - 1, columns))

    def run(self, f):
        """Every stage of features f [T, K], name -> [T, n]."""
        t, h, p = self.t, int(self.meta["hidden"]), int(self.meta["states"])
        trace = {"features": f}
        x = np.maximum((self.matrix("encoder.weight", f.shape[1]) @ f.T).T
                       + t["encoder.bias"], 0)
        trace["encoder"] = x
        for i in range(int(self.meta["layers"])):
            q = "layers.%d." % i
            b = self.matrix(q + "b_re", h) + 1j * self.matrix(q + "b_im", h)
            v = (b @ x.T).T + t[q + "b_bias_re"] + 1j * t[q + "b_bias_im"]
            v = v * (t[q + "scale_re"] + 1j * t[q + "scale_im"])
            a, s = t[q + "a_re"] + 1j * t[q + "a_im"], np.empty_like(v)
            state = np.zeros(p, v.dtype)
            for n in range(len(v)):
                s[n] = state = a * state + v[n]
            if self.meta["state_activation"] == "relu_parts":
                re, im = np.maximum(s.real, 0), np.maximum(s.imag, 0)
            else:
                on = (s.real > 0) | ((s.real == 0) & (s.imag > 0))
                re, im = s.real * on, s.imag * on
            y = (self.matrix(q + "c_re", p) @ re.T
                 + self.matrix(q + "c_im", p) @ im.T).T
            y = np.maximum(y + t[q + "d"] * x + t[q + "y_bias"], 0)
            g = (self.matrix(q + "gate.weight", h) @ y.T).T + t[q + "gate.bias"]
            x = np.maximum(y / (1 + np.exp(np.minimum(-g, 80))) + x, 0)
            trace.update({q + "s": s, q + "y": y, q + "x": x,
                          q + "r": np.concatenate([re, im], 1)})
        trace["outputs"] = ((self.matrix("decoder.weight", h) @ x.T).T
                            + t["decoder.bias"])
        return trace


class Quantiser:
    """t: float tensors; largest: stage -> largest modulus (states: [P])."""

    def __init__(self, t, meta, largest, state_bits=24):
        self.t, self.meta, self.largest = t, meta, largest
        self.max_state = 2 ** (state_bits - 1) - 1
        self.state_bits = state_bits
        self.out = {}

    def put(self, name, values, kind):
        values = np.asarray(values)
        assert np.all(values == values.astype(kind)), name
        self.out["fixed." + name] = values.astype(kind)

    def rows(self, names, most, bias, e_in, extra=0.0, least=-60):
        """Exponent of each row of matrices that share it, at most `most`
        [rows], at least `least` [rows] where that clips no weight by more than
        a fifth, and such that sums stay in 32 bits with biases `bias`
        (list of [rows]) and `extra` [rows] more, both in real units.
        Of the two finest that hold the row, the one with less error: the finer
        may clip the largest weight."""
        ptr = [self.t[n + ".rows"] for n in names]
        values = [self.t[n + ".values"].astype(np.float64) for n in names]
        count = len(ptr[0]) - 1
        extra = np.broadcast_to(extra, count)
        least = np.broadcast_to(least, count)
        out = np.empty(count, int)
        for r in range(count):
            w = [v[p[r]:p[r + 1]] for v, p in zip(values, ptr)]
            both = np.concatenate(w)
            peak = np.abs(both).max() if both.size else 0
            e = exponent_of(peak, 127, -60, 60)

            def error(e):
                q = np.clip(np.floor(both * 2.0 ** e + .5), -127, 127)
                return np.sum((q - both * 2.0 ** e) ** 2) / 4.0 ** e
            if both.size and error(e + 1) < error(e):
                e += 1
            if e < least[r] and peak * 2.0 ** least[r] <= 127 * MOST_CLIPPED:
                e = int(least[r])
            e = min(e, int(most[r]))

            def reach(e):
                sums = [np.abs(np.clip(np.floor(v * 2.0 ** e + .5), -127,
                                       127)).sum() for v in w]
                joined = [sum(sums)] if len(bias) == 1 else sums
                return max(fixed.MAX * s + (abs(b[r]) + extra[r])
                           * 2.0 ** (e + e_in) + 2
                           for s, b in zip(joined, bias))
            while reach(e) > MAX_ACC and e > -60:
                e -= 1
            out[r] = e
        return out

    def weights(self, name, exponents):
        count = np.diff(self.t[name + ".rows"].astype(int))
        scale = 2.0 ** np.repeat(exponents, count)
        self.put(name + ".values", np.clip(np.floor(
            self.t[name + ".values"] * scale + .5), -127, 127), np.int8)

    def integers(self, name, values, exponents, kind, limit):
        self.put(name, np.clip(np.floor(np.asarray(values, np.float64)
                                        * 2.0 ** exponents + .5),
                               -limit, limit), kind)

    def affine(self, name, e_in, e_out):
        rows = len(self.t[name + ".bias"])
        e_out = np.broadcast_to(e_out, rows)
        e = self.rows([name + ".weight"], MAX_SHIFT - e_in + e_out,
                      [self.t[name + ".bias"]], e_in,
                      0.5 * 2.0 ** -e_out.astype(float), e_out - e_in)
        # A right shift only: an output cannot be finer than the sum.
        if np.any(e + e_in < e_out):
            raise SystemExit("%s: row %d needs exponent %d, at least %d" % (
                name, np.argmin(e + e_in - e_out), e.min(),
                (e_out - e_in).max()))
        self.weights(name + ".weight", e)
        self.put(name + ".weight.exponents", e, np.int8)
        self.integers(name + ".bias", self.t[name + ".bias"], e + e_in,
                      np.int32, MAX_ACC)

    def poles(self, pre):
        a = np.stack([self.t[pre + "a_re"], self.t[pre + "a_im"]]).astype(
            np.float64) * 2.0 ** fixed.POLE
        q = np.floor(a + .5)
        over = (q ** 2).sum(0) > MAX_POLE
        shrink = np.sqrt(MAX_POLE / (a ** 2).sum(0)[over])
        q[:, over] = np.trunc(a[:, over] * np.minimum(shrink, 1))
        assert np.all((q ** 2).sum(0) <= MAX_POLE), pre
        self.put(pre + "a_re", q[0], np.int16)
        self.put(pre + "a_im", q[1], np.int16)

    def layer(self, i, e_x, e_y):
        pre, t = "layers.%d." % i, self.t
        states = self.largest[pre + "s"]
        self.poles(pre)
        e_f = np.array([exponent_of(v, fixed.MAX, -16, 60) for v in np.maximum(
            np.abs(t[pre + "scale_re"]), np.abs(t[pre + "scale_im"]))])
        bias = [t[pre + "b_bias_re"], t[pre + "b_bias_im"]]
        e_b = self.rows([pre + "b_re", pre + "b_im"], np.full(len(e_f), 60),
                        bias, e_x)
        e_s = np.array([exponent_of(HEADROOM * v, self.max_state, -16, 60)
                        for v in states])
        e_s = np.clip(e_s, e_b + e_x + e_f - 46, e_b + e_x + e_f)
        e_r = min(activation_exponent(self.largest[pre + "r"]), e_s.min())
        e_s = np.minimum(e_s, e_r + MAX_SHIFT)
        for part, b in zip(("re", "im"), bias):
            self.weights(pre + "b_" + part, e_b)
            self.integers(pre + "b_bias_" + part, b, e_b + e_x, np.int32,
                          MAX_ACC)
            self.integers(pre + "scale_" + part, t[pre + "scale_" + part],
                          e_f, np.int16, fixed.MAX)
        self.put(pre + "b.exponents", e_b, np.int8)
        self.put(pre + "scale_exponents", e_f, np.int8)
        self.put(pre + "state_exponents", e_s, np.int8)

        d = t[pre + "d"].astype(np.float64)
        e_c = self.rows(
            [pre + "c_re", pre + "c_im"],
            np.full(len(d), MAX_SHIFT - e_r + e_y), [t[pre + "y_bias"]], e_r,
            np.abs(d) * fixed.MAX * 2.0 ** -e_x + 0.5 * 2.0 ** -e_y)
        assert np.all(e_c + e_r >= e_y), pre
        e_d = np.array([exponent_of(v, fixed.MAX, -16, 60) for v in np.abs(d)])
        e_d = np.clip(e_d, e_c + e_r - e_x, e_c + e_r - e_x + MAX_SHIFT)
        for part in ("re", "im"):
            self.weights(pre + "c_" + part, e_c)
        self.put(pre + "c.exponents", e_c, np.int8)
        self.integers(pre + "d", d, e_d, np.int16, fixed.MAX)
        self.put(pre + "d_exponents", e_d, np.int8)
        self.integers(pre + "y_bias", t[pre + "y_bias"], e_c + e_r, np.int32,
                      MAX_ACC)
        self.affine(pre + "gate", e_y, fixed.LOGIT)
        return e_r

    def run(self):
        if self.meta["activation"] != "relu":
            raise SystemExit("activation %s: fixed point needs relu" %
                             self.meta["activation"])
        n, big = int(self.meta["layers"]), self.largest
        e_f = activation_exponent(big["features"])
        e_x = [activation_exponent(big["encoder"])] + [
            activation_exponent(big["layers.%d.x" % i]) for i in range(n)]
        e_y = [activation_exponent(big["layers.%d.y" % i]) for i in range(n)]
        # y * gate has 15 bits more than y; x must not be finer than that.
        for i in range(n):
            e_y[i] = max(e_y[i], e_x[i] - 15, e_x[i + 1] - 15)
        self.affine("encoder", e_f, e_x[0])
        e_r = [self.layer(i, e_x[i], e_y[i]) for i in range(n)]
        rows, bins = len(self.t["decoder.bias"]), int(self.meta["num_bins"])
        logits = 0 if self.meta["mask"] == "one-plus" else bins
        e_u = max(0, min(15, activation_exponent(big["free_outputs"])))
        self.affine("decoder", e_x[n], np.where(np.arange(rows) < logits,
                                                fixed.LOGIT, e_u))
        for name, values in (("feature_exponent", [e_f]),
                             ("output_exponent", [e_u]), ("x_exponents", e_x),
                             ("r_exponents", e_r), ("y_exponents", e_y)):
            self.put(name, values, np.int8)
        return self.out


def largest_of(net, clips):
    """stage -> largest modulus over feature clips; states one by one."""
    out = {}
    logits = 0 if net.meta["mask"] == "one-plus" else int(net.meta["num_bins"])
    for f in clips:
        trace = net.run(f)
        trace["free_outputs"] = trace.pop("outputs")[:, logits:]
        for name, v in trace.items():
            if name.endswith(".s"):
                v = np.maximum(np.abs(v.real), np.abs(v.imag)).max(0)
            else:
                v = np.abs(v).max() if v.size else 0.0
            out[name] = np.maximum(out.get(name, 0), v)
    return out


def features_of_audio(paths, meta):
    """float32 features [T, K] of 16 kHz files."""
    import soundfile as sf

    from training import stft
    for path in paths:
        x, rate = sf.read(path, always_2d=True)
        if rate != 16000:
            raise SystemExit("%s: %d Hz, expected 16000" % (path, rate))
        yield features(stft.analyse(x[:, 0], meta["window"]), meta)


def features(spec, meta):
    from training import model
    from training import features as front
    cfg = model.ModelConfig(feature=meta["feature"], **{
        n: float(meta[n]) for n in ("feature_offset", "feature_power",
                                    "feature_time_s", "feature_floor")
        if n in meta})
    return front.of(np.abs(spec), front.turn(spec), cfg)


def features_of_pack(pack, meta, clips=48, steps=750):
    """The same of mixtures from the pack's validation split."""
    from training import corpus, mixing
    mixer = mixing.Mixer(corpus.Pack(pack, "val"), steps, clips, 78,
                         meta["window"], fresh=clips, keep=1)
    x = np.empty((steps, clips, mixing.BINS), np.complex64)
    mixer(0, x, np.empty_like(x))
    for i in range(clips):
        yield features(x[:, i].astype(np.complex128), meta)


def quantise(tensors, meta, clips, state_bits=24, calibration=""):
    """(tensors, metadata) of the version 2 file."""
    t = {n: v for n, v in tensors.items() if not n.startswith("fixed.")}
    largest = largest_of(FloatNetwork(t, meta), clips)
    t.update(Quantiser(t, meta, largest, state_bits).run())
    return t, dict(meta, version="2", fixed_state_bits=str(state_bits),
                   fixed_calibration=calibration)


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model")
    ap.add_argument("out")
    source = ap.add_mutually_exclusive_group(required=True)
    source.add_argument("--pack", help="calibrate on its validation split")
    source.add_argument("--audio", nargs="+", metavar="FILE",
                        help="calibrate on these 16 kHz files")
    ap.add_argument("--state-bits", type=int, default=24, choices=(16, 24))
    a = ap.parse_args()
    tensors, meta = container.read(a.model)
    clips = features_of_pack(a.pack, meta) if a.pack else features_of_audio(
        a.audio, meta)
    note = {"source": "validation split" if a.pack else "audio files",
            "headroom": HEADROOM, "command": "training/quantize.py"}
    t, m = quantise(tensors, meta, clips, a.state_bits,
                    json.dumps(note, sort_keys=True))
    container.write(a.out, t, m)
    size = sum(v.nbytes for n, v in t.items() if n.startswith("fixed."))
    print("%s: %d bytes of integers added; feature exponent %d, residual "
          "stream %s, y %s" % (a.out, size, t["fixed.feature_exponent"][0],
                               t["fixed.x_exponents"].tolist(),
                               t["fixed.y_exponents"].tolist()))


if __name__ == "__main__":
    main()
