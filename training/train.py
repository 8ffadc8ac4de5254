"""Trains one network; resumable to the step.

  python3 -m training.train --pack PACK --out RUN --k 1 --hours 150 \
      [--init CHECKPOINT] [--sparsity 0.9]

`hours` is audio seen. The learning rate warms up, stays, and falls to zero
over the last --decay share of the run (warm-up, stable, decay), so that the
stable part of one run can be gone on from or branched off. RUN holds
last.pt (everything needed to go on), log.jsonl and best.pt (weights averaged
over time, best on the validation split carved from train). Start the same
command again to resume. Runs on the CPU, or on a GPU with --device cuda.
"""
import argparse
import ctypes
import dataclasses
import json
import math
import os
import signal
import sys
import time

# One thread a process: products of this size do not gain from a second.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from training import (corpus, loader, losses, mixing, model, muon, prune, qat,
                      sparse)

SLOW = ("lambda_re", "lambda_im", "log_step", "b_re", "b_im", "c_re", "c_im",
        "d")


# Sparsity from which sparse kernels beat dense products (bench_step.py).
SPARSE_PAYS = 0.55


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


class Validation:
    """Fixed plain mixtures of the held-out speakers and recordings."""

    def __init__(self, pack, cfg, steps, count, power):
        front = mixing.FrontEnd(16000, cfg.window)
        x = np.empty((steps, count, mixing.BINS), np.complex64)
        s = np.empty_like(x)
        for b, (noisy, clean, _) in enumerate(mixing.plain(
                corpus.Pack(pack, "val"), count, front.length(steps), 77)):
            x[:, b], s[:, b] = front(noisy, steps), front(clean, steps)
        weight = speech = np.ones(count, np.float32)
        self.data = {n: np.empty(shape, kind) for n, (shape, kind)
                     in loader.layout(steps, count, cfg.num_inputs).items()}
        loader.derive(self.data, x, s, weight, speech, cfg, power)
        self.data["x"][:] = x
        self.data = {n: torch.from_numpy(v) for n, v in self.data.items()}
        # SI-SNR of the unprocessed input
        _, self.base = losses.reference(
            torch.full(x.shape, 60.0), cfg_sigmoid(cfg), self.data,
            losses.HYPER)

    @torch.no_grad()
    def __call__(self, net, hyper):
        loss, si, _ = forward(net, self.data, hyper, False)
        sp = self.data["speech"] > 0
        return float(loss), float((si - self.base)[sp].mean())


def cfg_sigmoid(cfg):
    return dataclasses.replace(cfg, mask="sigmoid")


def forward(net, data, hyper, train):
    """(loss, si_snr [B], mask or None)."""
    if "quantise" in hyper:
        return qat.forward(net, data, hyper)
    fusible = data["f"].device.type == "cpu"
    trunk = net.trunk_fused(data["f"], train) if fusible else \
        net.trunk(data["f"], train)
    if fusible and net.cfg.mask in ("sigmoid", "complex"):
        return losses.fused_loss(net, trunk, data, hyper)
    o = net.outputs(trunk.view(*data["f"].shape[:2], -1))
    loss, si = losses.reference(o, net.cfg, data, hyper)
    return loss, si.detach(), None


def dense_gradients(net, data, hyper):
    """Of all weights, pruned ones too, as if their masks were 1."""
    net.zero_grad(set_to_none=True)
    net.frozen = False  # straight-through: gradient for every weight
    forward(net, data, hyper, False)[0].backward()
    net.frozen = True
    return {n: p.grad for n, p in prune.named(net).items()}


def dead_units(net):
    """Units of the residual stream that (hardly) ever fire, layer by layer."""
    return [int((l.bn_var < 1e-4).sum()) for l in net.layers]


class Average:
    """Exponential moving average of the weights and running statistics."""

    def __init__(self, net, rate=0.999):
        self.rate = rate
        self.values = {n: v.clone() for n, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net, step):
        r = min(self.rate, (step + 1) / (step + 10))
        for n, v in net.state_dict().items():
            self.values[n].lerp_(v, 1 - r)

    def network(self, net):
        out = model.Network(net.cfg)
        out.load_state_dict(self.values)
        return out


def save(path, value):
    torch.save(value, path + ".tmp")
    os.replace(path + ".tmp", path)


def load_network(path, **override):
    """(network, checkpoint dictionary) of a best.pt or last.pt."""
    ck = torch.load(path, map_location="cpu")
    cfg = model.ModelConfig(**{**ck["config"], **override})
    net = model.Network(cfg)
    net.load_state_dict(ck.get("average") or ck["weights"])
    net.masks = {n: m.clone() for n, m in ck.get("masks", {}).items()}
    return net, ck


def keep_memory():
    """Tells malloc to keep what was freed: clearing fresh pages for the large
    temporaries of every step costs a tenth of the time."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(-1, 2 ** 31 - 1)  # M_TRIM_THRESHOLD
        libc.mallopt(-3, 2 ** 30)  # M_MMAP_THRESHOLD


def parse():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--init", help="start from these weights")
    ap.add_argument("--init-raw", action="store_true",
                    help="take the raw, not the averaged weights of --init")
    ap.add_argument("--k", type=float, default=1.0)
    ap.add_argument("--activation", default="relu", choices=("relu", "gelu"))
    ap.add_argument("--state-activation", default="",
                    choices=("", "relu_parts", "gate_re"),
                    help="default: relu_parts; none with gelu")
    ap.add_argument("--mask", default="sigmoid")
    ap.add_argument("--window", default="sqrt-hann",
                    choices=("sqrt-hann", "low-latency", "boxcar"))
    ap.add_argument("--feature", default="level-normalised-phase",
                    choices=("level-normalised-phase", "level-normalised",
                             "magnitude"))
    ap.add_argument("--step-min", type=float, default=5e-3,
                    help="least time step of a state at the start: it forgets "
                    "in 2 / step hops")
    ap.add_argument("--step-max", type=float, default=1.5)
    ap.add_argument("--hours", type=float, default=100)
    ap.add_argument("--batch", type=int, default=12)
    ap.add_argument("--steps", type=int, default=500, help="frames a clip")
    ap.add_argument("--optimiser", default="muon",
                    choices=("adamw", "muon"))
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--lr-slow", type=float, default=1e-3)
    ap.add_argument("--weight-decay", type=float, default=0.01)
    ap.add_argument("--warmup", type=int, default=200)
    ap.add_argument("--decay", type=float, default=0.3)
    ap.add_argument("--clip", type=float, default=5.0)
    ap.add_argument("--sparsity", type=float, default=0.0)
    ap.add_argument("--prune-start", type=float, default=0.05)
    ap.add_argument("--prune-end", type=float, default=0.6)
    ap.add_argument("--prune-every", type=int, default=0, metavar="STEPS",
                    help="prune in stages this far apart, what is pruned stays "
                    "at 0 but for --regrow; default: masks chosen anew every 8 "
                    "steps with a straight-through gradient until --freeze")
    ap.add_argument("--quantise", action="store_true",
                    help="weights and activations on the grid of fixed point "
                    "(qat.py), to finish a pruned network from --init")
    ap.add_argument("--freeze", type=float, default=1.0, metavar="SHARE",
                    help="from this share of the run on masks stay and pruned "
                    "weights are left at 0")
    ap.add_argument("--sparse-kernels", action="store_true",
                    help="once masks are frozen and %g %% pruned: products "
                    "with the kept weights only, BatchNorm's statistics frozen "
                    "(sparse.py; CPU with AVX512_BF16, --batch a multiple of "
                    "16)" % (100 * SPARSE_PAYS))
    ap.add_argument("--regrow", type=float, default=0.0, metavar="SHARE",
                    help="of the kept weights that move every "
                    "--regrow-every (or --prune-every) steps once masks are "
                    "frozen, falling to 0 when the learning rate begins to, or "
                    "when pruning in stages ends (prune.py)")
    ap.add_argument("--regrow-every", type=int, default=200)
    ap.add_argument("--loss", default="", metavar="NAME=VALUE,...",
                    help="change terms of training/losses.py HYPER")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--bf16", action="store_true",
                    help="bfloat16 matrix products (CPU with AVX512_BF16)")
    ap.add_argument("--procs", type=int, default=1, help="mixing processes")
    ap.add_argument("--fresh", type=int, default=4,
                    help="new items of each kind a batch")
    ap.add_argument("--augment", type=float, default=1.0, metavar="FACTOR",
                    help="on the shares of speech with reverberation, "
                    "filters, clipping: below 1 to finish on plain speech")
    ap.add_argument("--val-every", type=int, default=500)
    ap.add_argument("--val-count", type=int, default=48,
                    help="mixtures of the validation split")
    ap.add_argument("--save-minutes", type=float, default=3)
    ap.add_argument("--stop-minutes", type=float, default=0,
                    help="stop (resumable) after this long")
    ap.add_argument("--stop-step", type=int, default=0,
                    help="stop (resumable) at this step")
    return ap.parse_args()


def main():
    a = parse()
    keep_memory()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    if a.bf16 and a.device == "cpu":
        from training import fused
        fused.BF16 = True
    os.makedirs(a.out, exist_ok=True)
    last, best = os.path.join(a.out, "last.pt"), os.path.join(a.out, "best.pt")
    hyper = dict(losses.HYPER)
    for item in filter(None, a.loss.split(",")):
        name, _, value = item.partition("=")
        if name not in hyper:
            sys.exit("--loss: unknown term '%s', known: %s" % (
                name, " ".join(hyper)))
        hyper[name] = float(value)
    step_hours = a.batch * a.steps * 0.008 / 3600
    total = int(a.hours / step_hours)
    ck = torch.load(last, map_location="cpu") if os.path.exists(last) else None
    source = ck or (torch.load(a.init, map_location="cpu") if a.init else None)
    state_activation = "none" if a.activation == "gelu" else (
        a.state_activation or "relu_parts")
    if source:
        conf = dict(source["config"])
        if not ck:
            conf.update(state_activation=state_activation,
                        activation=a.activation, window=a.window)
        cfg = model.ModelConfig(**conf)
    else:
        cfg = model.ModelConfig(
            k=a.k, state_activation=state_activation,
            activation=a.activation, mask=a.mask, window=a.window,
            feature=a.feature, step_min=a.step_min, step_max=a.step_max)
    net = model.Network(cfg, a.seed)
    step, best_val, spent, seen0 = 0, -1e9, 0.0, 0.0
    if source:
        weights = source["weights"] if ck or a.init_raw else \
            source.get("average") or source["weights"]
        net.load_state_dict(weights)
        seen0 = source.get("seen0", 0) + (0 if ck else
                                          source["step"] * step_hours)
    if ck:
        step, best_val, spent = ck["step"], ck["best_val"], ck["spent"]
        seen0 = ck["seen0"]
        net.masks = ck["masks"]
        net.frozen = bool(a.prune_every and net.masks)
    net.to(a.device)
    opt = Optimisers(net, a)
    average = Average(net)
    if ck:
        opt.load_state_dict(ck["optimiser"])
        average.values = {n: v.to(a.device) for n, v in ck["average"].items()}
    feed = loader.Loader(a.pack, cfg, a.steps, a.batch, a.seed, step,
                         hyper["power"], a.procs, fresh=a.fresh,
                         augment=a.augment)
    val = Validation(a.pack, cfg, 750, a.val_count, hyper["power"])
    if not source:
        net.standardise(val.data["f"].to(a.device))
        average = Average(net)
    if a.quantise:
        if not ck:
            prune.update(net, a.sparsity)
        hyper["quantise"] = ck["quantise"] if ck else qat.calibrate(
            net, val.data["f"].to(a.device))
    stop, kept = [], None
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: stop.append(1))
    log = open(os.path.join(a.out, "log.jsonl"), "a")
    print("%s: %d parameters, step %d of %d (%.4f h a step), %.1f h seen "
          "before" % (a.out, sum(p.numel() for p in net.parameters()), step,
                      total, step_hours, seen0), flush=True)

    def state(**extra):
        return dict(config=dataclasses.asdict(cfg), step=step, seen0=seen0,
                    weights=net.state_dict(), average=average.values,
                    masks=net.masks, args=vars(a), best_val=best_val,
                    spent=spent, quantise=hyper.get("quantise"), **extra)

    begin = mark = saved = time.time()
    losses_sum, si_sum, count, skipped = 0.0, 0.0, 0, 0
    done = step >= total
    while not done:
        target = prune.cubic(step, a.prune_start * total, a.prune_end * total,
                             a.sparsity)
        if a.prune_every:
            stage = step % a.prune_every == 0 and target > 0 and \
                step < a.prune_end * total + a.prune_every
            if stage:
                prune.update(net, target)
            freeze = net.frozen or stage
        else:
            stage = False
            freeze = bool(net.masks) and step >= a.freeze * total
        if stage or freeze and not net.frozen:
            net.frozen = True
            prune.clear(net, average.values)
            opt.forget(net)
            kept = None
        if not a.prune_every and target > 0 and not freeze and (
                step % 8 == 0 or not net.masks):
            prune.update(net, target)
        _, arrays = feed.next()
        data = {n: torch.from_numpy(v) for n, v in arrays.items()}
        if a.device != "cpu":
            data = {n: v.to(a.device) for n, v in data.items()}
        factor = schedule(step, total, a.warmup, a.decay)
        net.zero_grad(set_to_none=True)
        if net.frozen and a.regrow and step % (
                a.prune_every or a.regrow_every) == 0:
            settled = total * (a.prune_end if a.prune_every else 1 - a.decay)
            share = a.regrow * max(0.0, 0.5 + 0.5 * math.cos(
                math.pi * min(1.0, step / settled)))
            if share > 0:
                prune.regrow(net, dense_gradients(net, data, hyper), share)
                prune.clear(net, average.values)
                opt.forget(net)
                kept = None
                net.zero_grad(set_to_none=True)
        if net.frozen and a.sparse_kernels and target >= min(
                SPARSE_PAYS, a.sparsity):
            kept = kept or sparse.Sparse(net)
            loss, si, _ = kept(data, hyper, True)
        else:
            loss, si, _ = forward(net, data, hyper, True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), a.clip)
        if torch.isfinite(norm):
            opt.step(factor)
            if net.frozen:
                prune.clear(net)
        else:
            skipped += 1
        average.update(net, step)
        step += 1
        losses_sum += float(loss.detach())
        si_sum += float(si[data["speech"] > 0].mean())
        count += 1
        done = step >= total or bool(stop) or step == a.stop_step or (
            a.stop_minutes and time.time() - begin > 60 * a.stop_minutes)
        now = time.time()
        if step % a.val_every == 0 or done:
            avg = average.network(net)
            avg.masks = {}
            prune.update(avg, prune.sparsity(net) if net.masks else 0)
            vl, vi = val(avg, hyper)
            spent += now - mark
            mark = now
            row = dict(step=step, seen=round(seen0 + step * step_hours, 2),
                       loss=round(losses_sum / count, 4),
                       si_snr=round(si_sum / count, 3), val_loss=round(vl, 4),
                       val_si_snri=round(vi, 3),
                       sparsity=round(prune.sparsity(net), 4),
                       grad=round(float(norm), 3), skipped=skipped,
                       dead=dead_units(avg),
                       wall_h=round(spent / 3600, 4),
                       lr=round(a.lr * factor, 6))
            log.write(json.dumps(row) + "\n")
            log.flush()
            eta = (total - step) * (now - begin) / max(1, step - (
                ck["step"] if ck else 0))
            print("%s eta %.0f min" % (json.dumps(row), eta / 60), flush=True)
            losses_sum, si_sum, count, skipped = 0.0, 0.0, 0, 0
            full = not a.sparsity or prune.sparsity(net) > a.sparsity - 0.005
            if full and -vl > best_val:
                best_val = -vl
                save(best, state(val=row))
        if now - saved > 60 * a.save_minutes or done:
            spent += now - mark
            mark = now
            save(last, state(optimiser=opt.state_dict()))
            saved = now
    feed.close()


if __name__ == "__main__":
    main()
