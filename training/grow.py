"""Makes a wider network of a trained one, that does the same at the start.

  python3 -m training.grow IN.pt OUT.pt --k 3 --sparsity 0.9 --pack PACK
  python3 -m training.train --init OUT.pt ...

The units and states there were keep their weights. New ones start as in a new
network, hear everybody, and are heard by new ones only: what leads from a new
unit to one that was there starts at TINY times its usual size, so that masks
chosen by magnitude can hold it while the output stays what it was. Every tensor
has as many weights as pruning to the given sparsity leaves it (ERK). Source: Chen
et al. 2016, "Net2Net" (arXiv 1511.05641), which splits units instead.
"""
import argparse
import dataclasses

import numpy as np
import torch

from training import model, prune, train

TINY = 1e-3
INPUT_MAJOR = ("encoder_w", "decoder_w", "gate_w")  # rows are what is heard


def widened(name, was, mask, now, keep, rng):
    """Weight `now` of a new network with `was` in it, and the mask of its
    `keep` weights: those of `mask`, and others by chance."""
    rows, columns = was.shape
    if name.rsplit(".", 1)[-1] in INPUT_MAJOR:
        now[rows:, :columns] *= TINY
    else:
        now[:rows, columns:] *= TINY
    fresh = torch.ones_like(now)
    fresh[:rows, :columns] = 0
    more = max(0, min(keep - int(mask.sum()), int(fresh.sum())))
    places = fresh.flatten().nonzero().flatten()
    chosen = torch.from_numpy(rng.permutation(len(places))[:more])
    out = torch.zeros(now.numel())
    out[places[chosen]] = 1
    # Fewer terms make the same sum if they are larger.
    now *= (max(1, len(places)) / max(1, more)) ** 0.5
    now[:rows, :columns] = was
    out = out.view_as(now)
    out[:rows, :columns] = mask
    return now * out, out


@torch.no_grad()
def grow(old, k, sparsity, features, seed=0):
    """The network of width k that goes on from `old` (model.Network)."""
    cfg = dataclasses.replace(old.cfg, k=k, step_min=5e-3, step_max=1.5)
    if cfg.hidden < old.cfg.hidden:
        raise SystemExit("--k %g: narrower than the %g there is" % (
            k, old.cfg.k))
    net = model.Network(cfg, seed)
    rng = np.random.default_rng(seed)
    mine = dict(net.named_parameters())
    density = prune.erk({n: tuple(p.shape) for n, p in
                         prune.named(net).items()}, sparsity)
    masks = {}
    for name, was in old.named_parameters():
        now = mine[name]
        if name in density:
            keep = int(round(density[name] * now.numel()))
            value, masks[name] = widened(
                name, was, old.masks.get(name, torch.ones_like(was)),
                now.detach().clone(), keep, rng)
            now.copy_(value)
        else:
            now[tuple(slice(0, n) for n in was.shape)] = was
    net.in_mean.copy_(old.in_mean)
    net.in_std.copy_(old.in_std)
    net.masks = masks
    h = old.cfg.hidden
    for i, (l, was) in enumerate(zip(net.layers, old.layers)):
        l.bn_mean[:h], l.bn_var[:h] = was.bn_mean, was.bn_var
        trace = {}
        net.trunk(features, trace=trace)
        x = trace["layers.%d.input" % i].reshape(-1, cfg.hidden)
        var, mean = torch.var_mean(x, 0, unbiased=False)
        l.bn_mean[h:], l.bn_var[h:] = mean[h:], var[h:]
    return net


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("checkpoint")
    ap.add_argument("out")
    ap.add_argument("--k", type=float, required=True)
    ap.add_argument("--sparsity", type=float, default=0.9)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    old, ck = train.load_network(a.checkpoint)
    val = train.Validation(a.pack, old.cfg, 750, 16, 0.3)
    net = grow(old, a.k, a.sparsity, val.data["f"], a.seed)
    train.save(a.out, dict(
        config=dataclasses.asdict(net.cfg), weights=net.state_dict(),
        masks=net.masks, step=0, seen0=ck.get("seen0", 0.0)))
    for name, n in (("before", old), ("after", net)):
        print("%s: k=%g, %d weights, validation loss and SI-SNR improvement: "
              "%.2f, %.2f dB" % (
                  name, n.cfg.k, sum(int(m.sum()) for m in n.masks.values()),
                  *val(n, dict(train.losses.HYPER))))


if __name__ == "__main__":
    main()
