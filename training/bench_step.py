"""Times a training step with frozen masks: sparse kernels and dense products.

  python3 -m training.bench_step [--k 2] [--sparsity 0.9] [--repeat 5]

Random weights and spectra, 16 clips of 500 hops; processor time of one thread,
the fastest of --repeat, forward, loss and backward, without mixing and without
the optimiser. Keep the machine quiet.
"""
import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

from training import fused, losses, model, prune, sparse, train

STEPS, CLIPS = 500, 16


def batch(inputs):
    rng = np.random.default_rng(1)
    x, noise = (rng.standard_normal((2, STEPS, CLIPS, 257), np.float32)
                for _ in range(2))
    x, noise = x[0] + 1j * x[1], noise[0] + 1j * noise[1]
    ones = np.ones(CLIPS, np.float32)
    data = losses.prepare((x + noise).astype(np.complex64),
                          x.astype(np.complex64), ones / CLIPS, ones, 0.3)
    data["f"] = torch.from_numpy(np.abs(rng.standard_normal(
        (STEPS, CLIPS, inputs))).astype(np.float32))
    return data


def fastest(step, repeat):
    step()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return min(times)


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--k", type=float, default=2.0)
    ap.add_argument("--sparsity", type=float, default=0.9)
    ap.add_argument("--repeat", type=int, default=5)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    train.keep_memory()
    with open("/proc/cpuinfo") as f:
        fused.BF16 = "avx512_bf16" in f.read()
    net = model.Network(model.ModelConfig(
        k=a.k, feature="level-normalised-phase", step_max=1.5), 1)
    prune.update(net, a.sparsity)
    net.frozen = True
    data = batch(net.cfg.num_inputs)
    passes = {"dense products": lambda: train.forward(
        net, data, losses.HYPER, True)}
    if sparse.available():
        kept = sparse.Sparse(net)
        passes["sparse kernels"] = lambda: kept(data, losses.HYPER, True)

    def step(forward):
        net.zero_grad(set_to_none=True)
        forward()[0].backward()
    for name, forward in passes.items():
        s = fastest(lambda f=forward: step(f), a.repeat)
        print("%-14s %.3f s a step, %.0f h of audio an hour" % (
            name, s, CLIPS * STEPS * 0.008 / s))


if __name__ == "__main__":
    main()
