"""Makes training examples: spectra of noisy and clean speech, on the fly.

A pack (training/pack.py) gives speech, noise and room impulse responses. One
*item* is a processed stretch of speech (wet, and the target with early
reflections only) or of noise, as spectra at the network's 257 bins; an
example mixes one speech item with one to three noise items at some SNR and
level. Items live in a ring and are used about `reuse` times each, always in
other company: transforms are the cost of mixing, and mixing is linear.

Item i and batch j are functions of (seed, i) and (seed, j) alone, so training
resumes to the step.

A share of the items (`full_band`) come through the 48 kHz front end (1536-point
window, hop 384, bins 0..256) from full-band clips, because the network will run
behind both; the rest through the 16 kHz one.
"""
import numpy as np
import scipy.fft

from training import sounds, windows
from training.corpus import SPEAKER_POWER, pick_group

BINS = 257
FULL_BAND = 1 / 3  # of the items, where the pack has full-band clips
RECORDED = 0.70  # of the noise items; 0.08 are babble, the rest is made up
LOST = 1e-4  # share of an example's power below which its speech does not count
SNR = (-6.0, 20.0)  # dB, of nine examples in ten; the others' are more spread
NOISE_POWER = 0.4  # recordings are drawn by (samples in their group) to this


class FrontEnd:
    """Spectrogram at bins 0..256, scaled by 1/sum(window)."""

    def __init__(self, rate, kind):
        self.rate = rate
        self.n, self.hop = (512, 128) if rate == 16000 else (1536, 384)
        w = windows.analysis(kind, self.n)
        self.w = (w / w.sum()).astype(np.float32)
        # sum_k |X|^2 of a frame, scaled by 1/sum(w), to mean square
        self.power = 2 * w.sum() ** 2 / (self.n * (w * w).sum())

    def length(self, steps):
        return (steps - 1) * self.hop + self.n

    def __call__(self, x, steps):
        v = np.lib.stride_tricks.sliding_window_view(x, self.n)[::self.hop]
        return scipy.fft.rfft(v[:steps] * self.w, axis=1)[:, :BINS]


class ItemMaker:
    """Speech and noise items of `steps` frames from a pack."""

    def __init__(self, pack, steps, seed, window, full_band=FULL_BAND,
                 augment=1.0, eq_db=6.0, recorded=RECORDED,
                 noise_power=NOISE_POWER, texture=0.0):
        self.pack, self.steps, self.seed = pack, steps, seed
        self.recorded_share, self.noise_power = recorded, noise_power
        self.texture = texture  # share of the noise made into another one
        self.augment = augment  # on the shares of what is done to speech
        self.eq_db = eq_db  # most of a microphone's response, up or down
        self.front = {r: FrontEnd(r, window) for r in (16000, 48000)}
        self.full_band = full_band
        if not (pack.clips["speech", 48000] and pack.clips["noise", 48000]):
            self.full_band = 0

    def rng(self, kind, i):
        return np.random.default_rng([self.seed, kind, i])

    def rate(self, i):
        # by index, not by draw: noise item i and speech item i need not agree
        return 48000 if (i * 0.6180339887) % 1 < self.full_band else 16000

    def speech(self, i):
        """(wet, target) complex64 [T, 257]."""
        rng, rate = self.rng(0, i), self.rate(i)
        front, pack = self.front[rate], self.pack
        n = front.length(self.steps)
        group = pick_group(rng, pack.clips["speech", rate], SPEAKER_POWER)
        x = self.join(rng, group, "speech", rate, n)
        if rng.random() < 0.5:
            f = rng.uniform(0.8, 1.25)
            x = sounds.speed(np.concatenate([x, x[:int(0.3 * n)]]), f)[:n]
            x = np.pad(x, (0, n - len(x)))
        wet = target = None
        reverb = rng.random() < 0.35 * self.augment and pack.rir[rate]
        shape = rng.random() / self.augment
        if reverb or shape < 0.6:
            tail = rate // 2 if reverb else 2048
            size = scipy.fft.next_fast_len(n + tail, True)
            spec = scipy.fft.rfft(x, size)
            freqs = np.arange(len(spec)) * rate / size
            if shape < 0.5:
                spec = spec * sounds.eq_curve(
                    rng, freqs, self.eq_db).astype(np.float32)
            if shape > 0.5 and shape < 0.6 or shape < 0.04:
                spec = spec * sounds.band_limit(rng, freqs).astype(np.float32)
            if reverb:
                h = pack.rir[rate][int(rng.integers(len(pack.rir[rate])))]
                h = h[:tail]
                peak = int(np.argmax(np.abs(h)))
                h = h[max(0, peak - rate // 1000):] / np.abs(h[peak])
                early = h.copy()
                cut = rate // 1000 + rate // 20  # 50 ms after the direct sound
                fade = rate // 100
                early[cut:cut + fade] *= np.linspace(
                    1, 0, fade, dtype=np.float32)[:max(0, len(h) - cut)]
                early[cut + fade:] = 0
                target = scipy.fft.irfft(
                    spec * scipy.fft.rfft(early, size), size)[:n]
                spec = spec * scipy.fft.rfft(h, size)
            x = scipy.fft.irfft(spec, size)[:n]
        if rng.random() < 0.05 * self.augment:  # the microphone clips, the target does not
            target = x if target is None else target
            top = np.max(np.abs(x)) * rng.uniform(0.2, 0.7)
            x = np.clip(x, -top, top)
        if rng.random() < 0.2:  # the room rumbles below speech: left as it is
            r = sounds.rumble(rng, rate, n, np.sqrt(np.mean(x * x)))
            x = x + r
            target = target if target is None else target + r
        wet = front(x, self.steps)
        target = wet if target is None else front(target, self.steps)
        return wet.astype(np.complex64), target.astype(np.complex64)

    def join(self, rng, group, kind, rate, n):
        """Clips of one group joined with pauses until n samples."""
        out = np.zeros(n, np.float32)
        at = -int(rng.uniform(0, 0.5) * n) if rng.random() < 0.5 else int(
            rng.uniform(0, 0.2) * n)
        loud = 0.0
        for _ in range(60):
            c = self.pack.clip(kind, rate, group[int(rng.integers(len(group)))])
            level = np.sqrt(np.mean(c * c)) + 1e-9
            if loud and kind == "speech":
                c = c * min(4.0, loud / level)  # one speaker, one level
            loud = loud or level
            lo, hi = max(at, 0), min(at + len(c), n)
            if hi > lo:
                out[lo:hi] += c[lo - at:hi - at]
            gap = rng.uniform(0.05, 0.5) if rng.random() < 0.85 else \
                rng.uniform(0.5, 2.5)
            at += len(c) + int(gap * rate)
            if at >= n:
                break
        return out

    def noise(self, i):
        """complex64 [T, 257], of unit mean power."""
        rng, rate = self.rng(1, i), self.rate(i)
        front = self.front[rate]
        n = front.length(self.steps)
        kind = rng.random()
        if kind < self.recorded_share:
            x = self.recorded(rng, rate, n)
        elif kind < self.recorded_share + 0.08:
            x = self.babble(rng, rate, n)
        else:
            x = sounds.synthetic(rng, rate, n)
        if rng.random() < 0.75:
            size = scipy.fft.next_fast_len(n, True)
            spec = scipy.fft.rfft(x, size)
            freqs = np.arange(len(spec)) * rate / size
            if self.texture and rng.random() < 0.6 * self.texture:
                spec = sounds.shift(spec, rng.uniform(-400, 1200), rate / size)
            x = scipy.fft.irfft(
                spec * sounds.eq_curve(rng, freqs, 12).astype(np.float32), size)[:n]
        if rng.random() < 0.2:  # level that changes over time
            knots = rng.uniform(-15, 0, 6)
            g = 10 ** (np.interp(np.linspace(0, 5, n), np.arange(6), knots)
                       / 20)
            x = x * g.astype(np.float32)
        x = x / (np.sqrt(np.mean(x * x)) + 1e-9)
        return front(x.astype(np.float32), self.steps).astype(np.complex64)

    def recorded(self, rng, rate, n):
        group = pick_group(rng, self.pack.clips["noise", rate],
                           self.noise_power)
        c = self.pack.clip("noise", rate, group[int(rng.integers(len(group)))])
        factor = rng.uniform(0.6, 1.6) if rng.random() < 0.6 else 1.0
        if len(c) < 3 * rate:  # short event: more of them, with gaps
            return self.join(rng, group, "noise", rate, n)
        at = int(rng.integers(len(c)))
        count = n if factor == 1 else int(n * factor) + 2
        x = np.take(c, np.arange(at, at + count), mode="wrap")
        if rng.random() < 0.4:  # backwards it is another noise
            x = x[::-1]
        return x if factor == 1 else sounds.speed(x, factor)[:n]

    def babble(self, rng, rate, n):
        x = np.zeros(n, np.float32)
        for _ in range(int(rng.integers(3, 8))):
            g = pick_group(rng, self.pack.clips["speech", rate], 0.4)
            v = self.join(rng, g, "speech", rate, n)
            x += v / (np.sqrt(np.mean(v * v)) + 1e-3) * 10 ** rng.uniform(
                -0.5, 0)
        return x


def mean_power(spec):
    """Mean of |X|^2."""
    return float(np.vdot(spec, spec).real) / spec.size


def audible(maker, rng, pack, kind, power, n):
    """Clips of a group joined to n samples, of which some are not 0."""
    while True:
        x = maker.join(rng, pick_group(rng, pack.clips[kind, 16000], power),
                       kind, 16000, n)
        if x.any():
            return x


def plain(pack, count, n, seed, talkers=None):
    """Yields (noisy, clean, snr) [n] at 16 kHz: one speaker and one recorded
    noise as they are, at -5, 0, 5, 10 and 15 dB in turn, as test sets are.
    `talkers`: the pack whose speech it is (default `pack`)."""
    talkers = talkers or pack
    maker = ItemMaker(pack, 1, seed, "sqrt-hann")
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        speech, noise = (audible(maker, rng, source, kind, power, n)
                         for kind, source, power in (
                             ("speech", talkers, SPEAKER_POWER),
                             ("noise", pack, 0.4)))
        snr = 5 * (i % 5) - 5
        gain = np.sqrt(np.mean(speech ** 2) / np.mean(noise ** 2)) * 10 ** (
            -snr / 20)
        noisy = speech + noise * np.float32(gain)
        level = np.float32(0.05 / np.sqrt(np.mean(noisy ** 2)))
        yield noisy * level, speech * level, snr


class Ring:
    """The last `size` items of a kind, made on demand: item(i)."""

    def __init__(self, make, size):
        self.make, self.size, self.items = make, size, {}

    def item(self, i):
        if i not in self.items:
            self.items[i] = self.make(i)
            self.items.pop(i - self.size, None)
        return self.items[i]


class Mixer:
    """Batches of `batch` examples. `fresh` new items of each kind a batch."""

    def __init__(self, pack, steps, batch, seed, window, fresh=8, keep=12,
                 augment=1.0, eq_db=6.0, full_band=FULL_BAND, snr=SNR,
                 **noise):
        self.snr = snr
        self.maker = ItemMaker(pack, steps, seed, window, full_band, augment,
                               eq_db, **noise)
        self.batch, self.seed, self.steps = batch, seed, steps
        self.fresh, self.span = fresh, fresh * keep
        self.speech = Ring(self.maker.speech, self.span + fresh)
        self.noise = Ring(self.maker.noise, self.span + fresh)

    def __call__(self, j, x, s):
        """Fills x, s [T, B, 257] complex64 with batch j; returns (weight,
        speech) [B]: speech is 0 for noise-only examples, also for those of
        which a quiet stretch left (next to) no speech."""
        rng = np.random.default_rng([self.seed, 2, j])
        lo = j * self.fresh
        ids = np.arange(lo, lo + self.span)
        for i in ids:
            self.speech.item(i), self.noise.item(i)
        new = list(ids[-self.fresh:])
        order = new + list(rng.permutation(ids[:-self.fresh]))
        weight, speech = np.ones(self.batch, np.float32), np.ones(
            self.batch, np.float32)
        for b in range(self.batch):
            wet, target = self.speech.item(order[b % len(order)])
            count = 1 if rng.random() < 0.6 else int(rng.integers(2, 4))
            v = 0
            for q in range(count):
                u = self.noise.item(order[b] if q == 0 and b < self.fresh
                                    else int(rng.choice(ids)))
                texture = self.maker.texture  # at 0 it draws as runs before
                if texture and rng.random() < texture:
                    u = sounds.retexture(
                        rng, u, self.noise.item(int(rng.choice(ids))))
                v = v + u * np.float32(1 if q == 0 else rng.uniform(0.1, 1))
            snr = rng.uniform(*self.snr) if rng.random() < 0.9 else \
                rng.uniform(-12, 40)
            ps, pv = mean_power(wet), mean_power(v)
            alone = rng.random()  # noise, or speech
            if alone < 0.05 or ps < 1e-12:
                y, clean = v, np.zeros_like(v)
                speech[b], weight[b] = 0, 0.5
            else:
                gain = 0 if alone > 0.98 else \
                    np.sqrt(ps / max(pv, 1e-12)) * 10 ** (-snr / 20)
                y = wet + v * np.float32(gain)
                clean = target
            level = 10 ** (rng.uniform(-45, -10) / 20)
            g = level / np.sqrt(self.mean_square(y) + 1e-20)
            x[:, b], s[:, b] = y * np.float32(g), clean * np.float32(g)
            if rng.random() < 0.15:  # a stretch, often the start, is quiet
                lo, hi = np.sort(rng.uniform(-0.5, 1, 2) * self.steps)
                quiet = slice(max(0, int(lo)), max(0, int(hi)))
                g = np.float32(10 ** (-rng.uniform(15, 75) / 20))
                if rng.random() < 0.5:
                    x[quiet, b] *= g
                    s[quiet, b] *= g
                else:  # and of other noise
                    v = self.noise.item(int(rng.choice(ids)))
                    x[quiet, b] = v[quiet] * (g * np.float32(level / np.sqrt(
                        self.mean_square(v) + 1e-20)))
                    s[quiet, b] = 0
                if mean_power(s[:, b]) < LOST * mean_power(x[:, b]):
                    s[:, b], speech[b], weight[b] = 0, 0, 0.5
        return weight, speech

    def mean_square(self, spec):
        """Mean square of the signal whose scaled frames spec holds."""
        return BINS * mean_power(spec) * self.maker.front[16000].power
