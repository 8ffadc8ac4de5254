"""Averages checkpoints of one run.

  python3 -m training.average OUT.pt FIRST.pt ... LAST.pt

OUT has the mean of their (averaged) weights and statistics, with the masks of LAST:
what LAST has pruned is 0. States of a run at a full learning rate and at its end
lie in one basin, and their mean can be better than each (training/experiments.md;
Izmailov et al. 2018, arXiv 1803.05407). OUT is a start for training.train --init and
training.export takes it.
"""
import argparse

import torch

from training import train


def average(checkpoints):
    """A checkpoint dictionary; errors: SystemExit where shapes differ."""
    last = checkpoints[-1]
    states = [c.get("average") or c["weights"] for c in checkpoints]
    mean = {}
    for name, value in states[-1].items():
        for s in states:
            if name not in s or s[name].shape != value.shape:
                raise SystemExit("%s is not of one shape: %s" % (name, [
                    list(s[name].shape) if name in s else None
                    for s in states]))
        mean[name] = sum(s[name].double() for s in states).div(
            len(states)).to(value.dtype)
        if name in last.get("masks", {}):
            mean[name] *= last["masks"][name]
    return dict({n: v for n, v in last.items() if n != "optimiser"},
                weights=mean, average=mean, step=0)


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out")
    ap.add_argument("sources", nargs="+")
    a = ap.parse_args()
    train.save(a.out, average([
        torch.load(p, map_location="cpu") for p in a.sources]))


if __name__ == "__main__":
    main()
