"""Gives a trained network the floor features, and leaves what it computes.

  python3 -m training.add_floor IN.pt OUT.pt --pack PACK [--density 0.08]
  python3 -m training.train --init OUT.pt --init-raw ...

The new inputs' weights are 0; of their places a share is free, by chance, and the
others are masked like any pruned weight. Their means and deviations are those of
the validation mixtures.
"""
import argparse
import dataclasses

import torch

from training import model, train

FEATURE = "level-normalised-phase-floor"


def add_floor(old, features, density, seed=1):
    """The network of `old` with 257 inputs more; features [T, B, 770]."""
    cfg = dataclasses.replace(old.cfg, feature=FEATURE)
    net, was = model.Network(cfg), old.cfg.num_inputs
    source = old.state_dict()
    new = features.reshape(-1, cfg.num_inputs)[:, was:]
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name not in ("encoder_w", "in_mean", "in_std"):
                value.copy_(source[name])
        net.encoder_w.zero_()
        net.encoder_w[:was] = source["encoder_w"]
        net.in_mean.copy_(torch.cat([source["in_mean"], new.mean(0)]))
        net.in_std.copy_(torch.cat([source["in_std"],
                                    new.std(0).clamp_min(1e-2)]))
    net.masks = {n: m.clone() for n, m in old.masks.items()}
    if net.masks:
        free = torch.rand(cfg.num_inputs - was, cfg.hidden,
                          generator=torch.Generator().manual_seed(seed))
        net.masks["encoder_w"] = torch.cat(
            [old.masks["encoder_w"], (free < density).float()])
    return net


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("source")
    ap.add_argument("out")
    ap.add_argument("--pack", required=True)
    ap.add_argument("--density", type=float, default=0.08)
    a = ap.parse_args()
    old, checkpoint = train.load_network(a.source)
    if old.cfg.feature != "level-normalised-phase":
        raise SystemExit("%s: feature %s, not level-normalised-phase" % (
            a.source, old.cfg.feature))
    val = train.Validation(a.pack, dataclasses.replace(
        old.cfg, feature=FEATURE), 750, 60, 0.3)
    net = add_floor(old, val.data["f"], a.density)
    train.save(a.out, dict(
        config=dataclasses.asdict(net.cfg), weights=net.state_dict(),
        masks=net.masks, step=0, seen0=checkpoint.get("seen0", 0)))


if __name__ == "__main__":
    main()
