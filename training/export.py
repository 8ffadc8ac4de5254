"""Writes a trained network as a model file (docs/model-format.md).

  python3 -m training.export CHECKPOINT OUT.tacet --name base
"""
import argparse
import json

import numpy as np
import torch

from training import container, model, post_filter, prune, train

write_safetensors, read_safetensors = container.write, container.read


def csr(prefix, w):
    """Sparse tensors of matrix w [rows, columns]."""
    w = np.asarray(w, np.float32)
    on = w != 0
    rows = np.concatenate([[0], np.cumsum(on.sum(1))]).astype(np.uint32)
    return {prefix + ".values": w[on],
            prefix + ".columns": np.nonzero(on)[1].astype(np.uint16),
            prefix + ".rows": rows}


@torch.no_grad()
def tensors_of(net):
    """name -> array: BatchNorm folded, row factor kept apart."""
    def a(t):
        return t.detach().numpy().astype(np.float32)
    w, bias = net.encoder()
    out = csr("encoder.weight", a(w.t()))
    out["encoder.bias"] = a(bias)
    out.update(csr("decoder.weight", a(net.weight("decoder_w").t())))
    out["decoder.bias"] = a(net.decoder_b)
    for i, l in enumerate(net.layers):
        pre = "layers.%d." % i
        (ar, ai), (fr, fi) = l.discretise()
        g = l.bn_scale * torch.rsqrt(l.bn_var + model.BN_EPS)
        b = l.bn_bias - l.bn_mean * g
        for part in ("re", "im"):
            w = net.weight("b_" + part, l, pre)
            out.update(csr(pre + "b_" + part, a(w * g)))
            out[pre + "b_bias_" + part] = a(w.double() @ b.double())
        out.update(csr(pre + "c_re", a(2 * net.weight("c_re", l, pre))))
        out.update(csr(pre + "c_im", a(-2 * net.weight("c_im", l, pre))))
        out.update(csr(pre + "gate.weight",
                       a(net.weight("gate_w", l, pre).t())))
        out[pre + "gate.bias"] = a(l.gate_b)
        out[pre + "d"], out[pre + "y_bias"] = a(l.d * g), a(l.d * b)
        for name, t in (("a_re", ar), ("a_im", ai), ("scale_re", fr),
                        ("scale_im", fi)):
            out[pre + name] = a(t)
        if not np.all(out[pre + "a_re"].astype(np.float64) ** 2
                      + out[pre + "a_im"].astype(np.float64) ** 2 < 1):
            raise SystemExit("%sa: |a| >= 1" % pre)
    return out


def metadata_of(cfg, name, provenance):
    return {
        "format": "tacet-model", "version": "1", "name": name,
        "sample_rate": "16000", "window_size": "512", "hop_size": "128",
        "window": cfg.window, "num_bins": str(cfg.num_bins),
        "hidden": str(cfg.hidden), "states": str(cfg.states),
        "layers": str(cfg.layers), "feature": cfg.feature,
        "feature_power": repr(cfg.feature_power),
        "feature_time_s": repr(cfg.feature_time_s),
        "feature_floor": repr(cfg.feature_floor),
        "feature_offset": repr(cfg.feature_offset), "mask": cfg.mask,
        "activation": cfg.activation,
        "state_activation": cfg.state_activation,
        **(post_filter.metadata({n: getattr(cfg, "post_" + n)
                                 for n in post_filter.LIMITS})
           if post_filter.is_on(cfg) else {}),
        "provenance": json.dumps(provenance, sort_keys=True)}


def export(net, path, name, provenance):
    write_safetensors(path, tensors_of(net),
                      metadata_of(net.cfg, name, provenance))


def provenance_of(ck):
    """What the model card says too: audio seen, recipe, seed."""
    args = {k: v for k, v in ck.get("args", {}).items()
            if k not in ("pack", "out", "init", "device", "procs",
                         "save_minutes", "stop_minutes", "val_every")}
    return {"step": ck["step"], "recipe": args, "validation": ck.get("val"),
            "source": "training/train.py"}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("checkpoint")
    ap.add_argument("out")
    ap.add_argument("--name", required=True)
    a = ap.parse_args()
    net, ck = train.load_network(a.checkpoint)
    prune.choose_anew(net)
    for layer in net.layers:  # a checkpoint's average, or from before the limit
        layer.limit_memory()
    export(net, a.out, a.name, provenance_of(ck))
    t = tensors_of(net)
    kept = sum(v.size for n, v in t.items() if n.endswith(".values"))
    print("%s: %d of %d matrix weights kept (%.2f %% sparse)" % (
        a.out, kept, sum(p.numel() for p in prune.named(net).values()),
        100 * prune.sparsity(net)))


if __name__ == "__main__":
    main()
