"""Mixing in separate processes, batches handed over in shared memory."""
import multiprocessing as mp
import os
import signal
from multiprocessing import shared_memory

import numpy as np
import scipy.fft

from training import corpus, features, losses, mixing, windows


def overlap_add(spec, kind):
    """[T, B, K] complex64 -> [B, n], mean removed; kind of window."""
    from training import fused
    t, b, _ = spec.shape
    frames = scipy.fft.irfft(spec.reshape(t * b, -1), losses.WINDOW, axis=1)
    y = np.empty((b, (t - 1) * losses.HOP + losses.WINDOW), np.float32)
    fused.call("OverlapAdd", np.ascontiguousarray(frames, np.float32),
               windows.scaled_synthesis(kind), t, b, losses.WINDOW, losses.HOP, y)
    return y - y.mean(1, keepdims=True)


def derive(out, x, s, weight, speech, cfg, power):
    """Fills the arrays the network and its loss need from spectra x, s."""
    from training import fused
    t = x.shape[0]
    fused.call("Compress", x, s, x.size, power, out["cx"], out["cs"],
               out["cosd"], out["sind"])
    heard = out["cx"]
    if power != cfg.feature_power:
        heard = np.abs(x) ** np.float32(cfg.feature_power)
    features.compute(heard, x, cfg, out["f"])
    ref = np.where(speech[:, None] > 0,
                   np.mean(np.sum(out["cs"] ** 2, 2), 0)[:, None],
                   np.mean(np.sum(out["cx"] ** 2, 2), 0)[:, None])
    g = (1 / np.sqrt(ref + 1e-9)).astype(np.float32)[None]
    out["cx"] *= g
    out["cs"] *= g
    out["target"][:] = overlap_add(s, cfg.window)
    for name, edges in (("env", losses.BAND_EDGES),
                        ("octaves", losses.OCTAVE_EDGES)):
        fused.call("BandEnergy", None, s, edges, t * x.shape[1], x.shape[2],
                   len(edges) - 1, out[name])
    out["weight"][:] = weight / (t * len(weight))
    out["speech"][:] = speech


def layout(t, b, inputs=mixing.BINS):
    k, n = mixing.BINS, (t - 1) * losses.HOP + losses.WINDOW
    big = ("f", "cx", "cs", "cosd", "sind")
    fields = {name: ((t, b, k), np.float32) for name in big}
    fields["f"] = ((t, b, inputs), np.float32)
    fields["env"] = ((t, b, len(losses.BAND_EDGES) - 1), np.float32)
    fields["octaves"] = ((t, b, len(losses.OCTAVE_EDGES) - 1), np.float32)
    fields.update(x=((t, b, k), np.complex64), target=((b, n), np.float32),
                  weight=((b,), np.float32), speech=((b,), np.float32))
    return fields


def views(buf, t, b, inputs):
    out, at = {}, 0
    for name, (shape, kind) in layout(t, b, inputs).items():
        a = np.ndarray(shape, kind, buf, at)
        out[name] = a
        at += (a.nbytes + 63) // 64 * 64
    return out


def slot_bytes(t, b, inputs):
    return sum((int(np.prod(s)) * np.dtype(k).itemsize + 63) // 64 * 64
               for s, k in layout(t, b, inputs).values())


class Loader:
    """Batches from, from+1, ... in order, made by `procs` processes.

    next() gives (j, arrays); the arrays stay valid until the next call.
    """

    def __init__(self, pack, cfg, steps, batch, seed, start, power, procs=1,
                 depth=2, fresh=8, augment=1.0, eq_db=6.0,
                 full_band=mixing.FULL_BAND, noises="", **noise):
        ctx = mp.get_context("fork")
        self.steps, self.batch, self.procs = steps, batch, procs
        self.shm, self.free, self.full = [], [], []
        self.next_j = start
        self.inputs = cfg.num_inputs
        self.workers = []
        for w in range(procs):
            shm = [shared_memory.SharedMemory(
                create=True, size=slot_bytes(steps, batch, cfg.num_inputs))
                for _ in range(depth)]
            free, full = ctx.Queue(), ctx.Queue()
            for i in range(depth):
                free.put(i)
            self.shm.append(shm)
            self.free.append(free)
            self.full.append(full)
            first = start + ((w - start) % procs)
            p = ctx.Process(target=self.work, daemon=True, args=(
                pack, cfg, seed, first, power, shm, free, full, fresh,
                augment, eq_db, full_band, noises, noise))
            p.start()
            self.workers.append(p)
        self.held = None

    def work(self, pack, cfg, seed, first, power, shm, free, full, fresh,
             augment, eq_db, full_band, noises, noise):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        parent = os.getppid()
        mixer = mixing.Mixer(corpus.Pack(pack, "train", noises=noises),
                             self.steps, self.batch, seed, cfg.window, fresh,
                             augment=augment, eq_db=eq_db,
                             full_band=full_band, **noise)
        shape = (self.steps, self.batch, mixing.BINS)
        s = np.empty(shape, np.complex64)
        j = first
        while os.getppid() == parent:
            i = free.get()
            out = views(shm[i].buf, self.steps, self.batch, cfg.num_inputs)
            weight, speech = mixer(j, out["x"], s)
            derive(out, out["x"], s, weight, speech, cfg, power)
            full.put((j, i))
            j += self.procs

    def next(self):
        w = self.next_j % self.procs
        if self.held:
            self.free[self.held[0]].put(self.held[1])
        while True:
            try:
                j, i = self.full[w].get(timeout=60)
                break
            except Exception:
                if not self.workers[w].is_alive():
                    raise RuntimeError("mixing process died") from None
        assert j == self.next_j
        self.next_j += 1
        self.held = (w, i)
        return j, views(self.shm[w][i].buf, self.steps, self.batch,
                        self.inputs)

    def close(self):
        for p in self.workers:
            p.terminate()
        for p in self.workers:
            p.join()
        for shm in self.shm:
            for m in shm:
                m.close()
                m.unlink()
