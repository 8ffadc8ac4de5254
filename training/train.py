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

from training import (corpus, loader, losses, mixing, model, optimisers,
                      options, prune, qat, sparse)


class Validation:
    """Fixed plain mixtures of the held-out speakers and recordings."""

    def __init__(self, pack, cfg, steps, count, power, noises=""):
        front = mixing.FrontEnd(16000, cfg.window)
        x = np.empty((steps, count, mixing.BINS), np.complex64)
        s = np.empty_like(x)
        for b, (noisy, clean, _) in enumerate(mixing.plain(
                corpus.Pack(pack, "val", noises=noises), count,
                front.length(steps), 77)):
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


def main():
    a = options.parse(__doc__)
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
            k=a.k, layers=a.layers, state_activation=state_activation,
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
    if a.full_band is None:
        # Runs from before it was an option had a quarter.
        a.full_band = ck["args"].get("full_band", 1 / 4) if ck else \
            mixing.FULL_BAND
    net.to(a.device)
    opt = optimisers.Optimisers(net, a)
    average = Average(net)
    if ck:
        opt.load_state_dict(ck["optimiser"])
        average.values = {n: v.to(a.device) for n, v in ck["average"].items()}
    feed = loader.Loader(a.pack, cfg, a.steps, a.batch, a.seed, step,
                         hyper["power"], a.procs, fresh=a.fresh,
                         augment=a.augment, eq_db=a.eq_db,
                         full_band=a.full_band, noises=a.noise,
                         recorded=a.recorded, noise_power=a.noise_power,
                         texture=a.texture,
                         snr=a.snr)
    val = Validation(a.pack, cfg, 750, a.val_count, hyper["power"],
                     a.val_noise)
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
        factor = optimisers.schedule(step, total, a.warmup, a.decay)
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
                options.SPARSE_PAYS, a.sparsity):
            kept = kept or sparse.Sparse(net)
            loss, si, _ = kept(data, hyper, True)
        else:
            loss, si, _ = forward(net, data, hyper, True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), a.clip)
        if torch.isfinite(norm):
            opt.step(factor)
            for layer in net.layers:
                layer.limit_memory()
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
