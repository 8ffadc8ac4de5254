"""Makes a checkpoint of a model file, to train on from weights that ship.

  python3 -m training.restore model/weights/large.tacet OUT.pt --pack PACK
  python3 -m training.train --init OUT.pt ...

The inverse of training/export.py. A file holds each layer's BatchNorm folded
into what follows it: with g, b its scale and shift, B' = B g, d' = d g and the
biases B b and d b. Only r = b / g follows from these, so the units of the
residual stream get back their unit variance on the validation mixtures, which
is what training had them at: g = 1 / sqrt(var + eps), B = B' / g, d = d' / g,
b = r g. Likewise the encoder's standardisation of its inputs. Of the zero-order
hold a = exp(L D), f = (a - 1) / L: L = (a - 1) / f, D = log a / L.
"""
import argparse
import dataclasses
import json

import numpy as np
import torch

from training import container, model, prune, train


def dense(tensors, name, columns):
    """Matrix [rows, columns] float32 of the sparse tensors `name`.*"""
    rows = tensors[name + ".rows"].astype(np.int64)
    out = np.zeros((len(rows) - 1, columns), np.float32)
    at = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    out[at, tensors[name + ".columns"]] = tensors[name + ".values"]
    return out


def continuous(a, f):
    """(L, log D) of the discrete a and f, complex128 [P]."""
    lam = (a - 1) / f
    decay, turn = np.log(np.abs(a)), np.angle(a)
    step = decay / lam.real
    # A state that hardly decays but turns: D is the turn, by as many whole
    # circles as come nearest to that, over Im L.
    turns = np.abs(turn) > 0.1
    whole = turn + 2 * np.pi * np.round((step * lam.imag - turn) / (2 * np.pi))
    step[turns] = whole[turns] / lam.imag[turns]
    return lam, np.log(step)


def config_of(meta):
    fields = {f.name: f.type for f in dataclasses.fields(model.ModelConfig)}
    known = {n: fields[n](meta[n]) for n in meta if n in fields}
    return model.ModelConfig(k=int(meta["hidden"]) / 192, **known)


@torch.no_grad()
def network(path, features):
    """The network of model file `path`; features [T, B, K] float32 of a set
    that stands for what it is trained on."""
    t, meta = container.read(path)
    cfg = config_of(meta)
    net = model.Network(cfg)
    h, p = cfg.hidden, cfg.states

    def put(parameter, value):
        parameter.copy_(torch.as_tensor(np.array(value, np.float32)))
    net.standardise(features)
    mean, std = (v.double().numpy() for v in (net.in_mean, net.in_std))
    w = dense(t, "encoder.weight", cfg.num_inputs).T
    put(net.encoder_w, w * std[:, None])
    put(net.encoder_b, t["encoder.bias"] + mean @ w)
    put(net.decoder_w, dense(t, "decoder.weight", h).T)
    put(net.decoder_b, t["decoder.bias"])
    for i, l in enumerate(net.layers):
        pre = "layers.%d." % i

        def of(name):
            return t[pre + name].astype(np.float64)
        if not of("d").all():
            raise SystemExit("%s: %sd has a 0, which hides BatchNorm's shift"
                             % (path, pre))
        put(l.c_re, dense(t, pre + "c_re", p) / 2)
        put(l.c_im, dense(t, pre + "c_im", p) / -2)
        put(l.gate_w, dense(t, pre + "gate.weight", h).T)
        put(l.gate_b, t[pre + "gate.bias"])
        lam, log_step = continuous(of("a_re") + 1j * of("a_im"),
                                   of("scale_re") + 1j * of("scale_im"))
        put(l.lambda_re, lam.real)
        put(l.lambda_im, lam.imag)
        put(l.log_step, log_step)
        trace = {}
        net.trunk(features, trace=trace)
        x = trace[pre + "input"].reshape(-1, h).double()
        var, mean = (v.numpy() for v in torch.var_mean(x, 0, unbiased=False))
        g = 1 / np.sqrt(var + model.BN_EPS)
        put(l.bn_mean, mean)
        put(l.bn_var, var)
        put(l.bn_bias, (of("y_bias") / of("d") + mean) * g)
        for part in ("re", "im"):
            put(getattr(l, "b_" + part), dense(t, pre + "b_" + part, h) / g)
        put(l.d, of("d") / g)
    net.masks = {n: (w != 0).float() for n, w in prune.named(net).items()}
    return net, json.loads(meta["provenance"])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("model")
    ap.add_argument("out")
    ap.add_argument("--pack", required=True)
    a = ap.parse_args()
    cfg = config_of(container.read(a.model)[1])
    val = train.Validation(a.pack, cfg, 750, 16, 0.3)
    net, provenance = network(a.model, val.data["f"])
    train.save(a.out, dict(
        config=dataclasses.asdict(net.cfg), weights=net.state_dict(),
        masks=net.masks, step=0,
        seen0=(provenance.get("validation") or {}).get("seen", 0.0)))
    print("%s: %.1f %% sparse, validation loss and SI-SNR improvement: "
          "%.2f, %.2f dB" % (a.out, 100 * prune.sparsity(net),
                             *val(net, dict(train.losses.HYPER))))


if __name__ == "__main__":
    main()
