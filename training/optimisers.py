"""AdamW, or Muon for the matrices, and the learning rate over a run."""
import math

import torch

from training import muon, prune

SLOW = ("lambda_re", "lambda_im", "log_step", "b_re", "b_im", "c_re", "c_im",
        "d")


def schedule(step, total, warmup, decay):
    """Factor on the learning rate."""
    if step < warmup:
        return (step + 1) / warmup
    start = total * (1 - decay)
    if step < start:
        return 1.0
    p = (step - start) / max(1, total - start)
    return max(0.0, 0.5 * (1 + math.cos(math.pi * p)))


class Optimisers:
    """AdamW, or Muon for the matrices and AdamW for the rest, as one."""

    def __init__(self, net, a):
        if a.optimiser == "adamw":
            self.all = [torch.optim.AdamW(
                groups(net, a.lr, a.lr_slow, a.weight_decay), lr=a.lr,
                betas=(0.9, 0.98), eps=1e-8)]
            return
        matrices = [p for p in net.parameters() if p.dim() == 2]
        vectors = [p for p in net.parameters() if p.dim() != 2]
        self.all = [
            muon.Muon([{"params": matrices, "base": a.lr}], a.lr,
                      weight_decay=a.weight_decay,
                      dtype=torch.bfloat16 if a.bf16 else torch.float32),
            torch.optim.AdamW([{"params": vectors, "base": a.lr_slow}],
                              lr=a.lr_slow, betas=(0.9, 0.98),
                              weight_decay=0.0)]

    def step(self, factor):
        for o in self.all:
            for g in o.param_groups:
                g["lr"] = g["base"] * factor
            o.step()

    def forget(self, net):
        """No momentum for weights that are pruned now."""
        for n, p in prune.named(net).items():
            for o in self.all:
                for v in o.state.get(p, {}).values():
                    if torch.is_tensor(v) and v.shape == p.shape:
                        v.mul_(net.masks[n])

    def state_dict(self):
        return [o.state_dict() for o in self.all]

    def load_state_dict(self, states):
        for o, s in zip(self.all, states):
            base = [g["base"] for g in o.param_groups]
            o.load_state_dict(s)
            for g, b in zip(o.param_groups, base):
                g["base"] = b


def groups(net, lr, lr_slow, weight_decay):
    fast = [p for n, p in net.named_parameters()
            if n.rsplit(".", 1)[-1] not in SLOW]
    slow = [p for n, p in net.named_parameters()
            if n.rsplit(".", 1)[-1] in SLOW]
    return [{"params": fast, "base": lr, "weight_decay": weight_decay},
            {"params": slow, "base": lr_slow, "weight_decay": 0.0}]
