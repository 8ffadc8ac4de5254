"""Made-up noise, and what is done to recorded sound."""
import numpy as np
import scipy.fft
import scipy.ndimage


def speed(x, factor):
    """Plays x `factor` times faster (pitch follows), linear interpolation."""
    n = int(len(x) / factor)
    return np.interp(np.arange(n) * factor, np.arange(len(x)), x).astype(
        np.float32)


def eq_curve(rng, freqs, span_db):
    """Smooth random gain over frequency: 6 points on an octave-like axis."""
    knots = np.array([0, 150, 500, 1200, 3000, 6000, 12000, 24000.])
    gain = rng.uniform(-span_db, span_db, len(knots))
    return 10 ** (np.interp(freqs, knots, gain) / 20)


def band_limit(rng, freqs):
    """Gain of a telephone- or codec-like low pass (and a high pass)."""
    hi = rng.choice([3400., 4000., 5500., 7000., 7500.])
    lo = rng.choice([20., 60., 150., 300.])
    g = 1 / (1 + (freqs / hi) ** 24) ** 0.5
    return g * (freqs / lo) ** 4 / (1 + (freqs / lo) ** 8) ** 0.5


def coloured(rng, rate, n, slope):
    """Noise with power ~ f ** -slope."""
    size = scipy.fft.next_fast_len(n, True)
    f = np.maximum(np.arange(size // 2 + 1) * rate / size, 30.0)
    spec = (rng.standard_normal(len(f), np.float32)
            + 1j * rng.standard_normal(len(f), np.float32))
    return scipy.fft.irfft(
        (spec * f ** (-slope / 2)).astype(np.complex64), size)[:n]


def rumble(rng, rate, n, level):
    """Noise below 15..45 Hz, -30..3 dB of an RMS level."""
    size = scipy.fft.next_fast_len(n, True)
    top = rng.uniform(15, 45)
    count = min(int(8 * top * size / rate), size // 2 + 1)
    spec = np.zeros(size // 2 + 1, np.complex64)
    spec[:count] = (rng.standard_normal(count) + 1j * rng.standard_normal(
        count)) / (1 + (np.arange(count) * rate / size / top) ** 4)
    x = scipy.fft.irfft(spec, size)[:n]
    return (unit(x) * level * 10 ** (rng.uniform(-30, 3) / 20)).astype(
        np.float32)


def shift(spec, hz, step):
    """Spectrum (rfft, `step` Hz a bin) moved up by hz: tones stay tones, but
    no longer harmonic."""
    k = int(round(hz / step))
    out = np.zeros_like(spec)
    if k >= 0:
        out[k:] = spec[:len(spec) - k]
    else:
        out[:k] = spec[-k:]
    return out


def smooth(power):
    """Mean of |X|^2 [T, K] over 7 frames and 15 bins."""
    return scipy.ndimage.uniform_filter(power, (7, 15), mode="nearest") + 1e-9


def with_envelopes(u, w, share):
    """u [T, K] whose power, smoothed, is that of w (to the power of share)."""
    e, f = (smooth(np.square(v.real) + np.square(v.imag)) for v in (u, w))
    return u * np.sqrt(np.minimum(f / e, 1e5)) ** np.float32(share)


def retexture(rng, u, w):
    """Noise out of two, spectra [T, K], as loud as u: u below a frequency and w
    above it; u with the envelopes of w over time and frequency; or u whose bands
    rise and fall by up to 12 dB."""
    t, k = u.shape
    kind = rng.random()
    if kind < 0.3:
        edge, width = k * rng.uniform(0, 1) ** 1.5, rng.uniform(4, 40)
        up = 1 / (1 + np.exp(-(np.arange(k) - edge) / width))
        if rng.random() < 0.5:
            up = 1 - up
        v = u * np.sqrt(1 - up, dtype=np.float32) + w * (
            np.sqrt(up) * 10 ** rng.uniform(-0.5, 0.5)).astype(np.float32)
    elif kind < 0.65:
        v = with_envelopes(u, w, rng.uniform(0.5, 1))
    else:
        rows, cols = int(rng.integers(3, max(4, t // 12))), int(
            rng.integers(3, 12))
        g = scipy.ndimage.zoom(rng.uniform(-12, 12, (rows, cols)),
                               (t / rows, k / cols), order=1)
        v = u * (10 ** (g[:t, :k] / 20)).astype(np.float32)
    size = np.sqrt(np.vdot(u, u).real / (np.vdot(v, v).real + 1e-12))
    return (v * np.float32(size)).astype(np.complex64)


def unit(x):
    return x / (np.sqrt(np.mean(x * x)) + 1e-9)


def synthetic(rng, rate, n):
    """Hum, fans, wind, clicks and keyboard-like bursts, plain noise."""
    t = np.arange(n) / rate
    kind = int(rng.integers(6))
    if kind == 0:
        x = coloured(rng, rate, n, rng.uniform(-0.5, 2.2))
    elif kind == 1:  # hum
        f0 = rng.choice([50., 60., 100., 120., rng.uniform(40, 400)])
        x = sum(rng.uniform(0, 1) / h * np.sin(
            2 * np.pi * f0 * h * t + rng.uniform(0, 6.3))
            for h in range(1, int(rng.integers(3, 20))))
        x = unit(x) + 0.1 * unit(coloured(rng, rate, n, 1))
    elif kind == 2:  # fan: filtered noise, tones, slow modulation
        f0 = rng.uniform(60, 700)
        x = unit(coloured(rng, rate, n, rng.uniform(0.5, 1.8)))
        x = x * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.5, 12) * t))
        x = x + rng.uniform(0.1, 0.8) * np.sin(2 * np.pi * f0 * t)
    elif kind == 3:  # wind: brown noise in gusts
        x = unit(coloured(rng, rate, n, rng.uniform(1.8, 2.8)))
        k = int(rng.integers(4, 14))
        x = x * np.interp(np.linspace(0, k - 1, n), np.arange(k),
                          rng.uniform(0.05, 1, k) ** 2)
    elif kind == 4:  # clicks: decaying bursts
        x = 0.01 * unit(coloured(rng, rate, n, 1))
        at = 0
        while at < n:
            m = int(rate * rng.uniform(0.004, 0.05))
            b = rng.standard_normal(m) * np.exp(
                -np.arange(m) / m * rng.uniform(3, 9))
            m = min(m, n - at)
            x[at:at + m] += (b[:m] * rng.uniform(0.2, 1)).astype(np.float32)
            at += int(rate * rng.uniform(0.04, 0.5))
    else:  # sweeps and beeps
        f = np.interp(t, np.linspace(0, t[-1], 8), rng.uniform(100, 5000, 8))
        x = np.sin(2 * np.pi * np.cumsum(f) / rate) * (
            np.sin(2 * np.pi * rng.uniform(0.3, 6) * t) > rng.uniform(-1, .5))
        x = x + 0.05 * unit(coloured(rng, rate, n, 1))
    return np.asarray(x, np.float32)
