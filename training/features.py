"""The network's features in NumPy (docs/model-format.md, model/feature.h)."""
import numpy as np
import scipy.signal

# Bins whose turn from hop to hop is a feature too.
NUM_PHASE_BINS = 128


# A slow floor of every bin: seconds to follow up and down, the least floor and
# the most that a feature above it can be.
FLOOR_UP_S, FLOOR_DOWN_S, FLOOR_LEAST, FLOOR_MOST = 2.0, 0.15, 0.003, 8.0


def has_phase(feature):
    return feature.startswith("level-normalised-phase")


def has_floor(feature):
    return feature == "level-normalised-phase-floor"


def count(feature, num_bins=257):
    """Features a hop."""
    return num_bins * (2 if has_floor(feature) else 1) + (
        2 * NUM_PHASE_BINS if has_phase(feature) else 0)


def level_normalised(c, cfg):
    """f [T, ..., K] of compressed magnitudes c, streaming from a reset state.
    """
    e = c.mean(-1)
    lam = np.exp(-0.008 / cfg.feature_time_s)
    u = scipy.signal.lfilter([1 - lam], [1, -lam], e, axis=0)
    t = np.arange(1, len(c) + 1)
    level = u / (1 - lam ** t).reshape((-1,) + (1,) * (e.ndim - 1))
    return (c / np.maximum(level, cfg.feature_floor)[..., None]).astype(
        np.float32)


def floor_features(c, out):
    """Fills out [T, ..., K] with min(c / max(n, FLOOR_LEAST), FLOOR_MOST), n the
    floor: n_t = n_{t-1} + r (c_t - n_{t-1}), r = 0.008 s / FLOOR_UP_S where c is
    above it and 0.008 s / FLOOR_DOWN_S else; at first n = c."""
    n = c[0].astype(np.float32)
    up, down = np.float32(0.008 / FLOOR_UP_S), np.float32(0.008 / FLOOR_DOWN_S)
    for t in range(len(c)):
        d = c[t].astype(np.float32) - n
        n = n + np.where(d > 0, up, down) * d
        out[t] = np.minimum(c[t] / np.maximum(n, np.float32(FLOOR_LEAST)),
                            np.float32(FLOOR_MOST))


def turn(x):
    """z [T, ..., NUM_PHASE_BINS] = x_t conj(x_{t-1}) of spectra x; z_0 = 0."""
    z = np.zeros_like(x[..., :NUM_PHASE_BINS])
    z[1:] = x[1:, ..., :z.shape[-1]] * x[:-1, ..., :z.shape[-1]].conj()
    return z


def phase_features(f, z, out):
    """Fills out [T, ..., 2 NUM_PHASE_BINS], real parts first, from the
    level-normalised features f and the turns z (model/feature.h)."""
    k = z.shape[-1]
    size = np.abs(z)
    w = np.divide(np.minimum(f[..., :k], 3), size, out=np.zeros_like(size),
                  where=size > 0)
    g = z * ((-1j) ** np.arange(k)).astype(np.complex64) * w
    out[..., :k], out[..., k:] = g.real, g.imag


def compute(c, x, cfg, out):
    """Fills out [T, ..., count] from compressed magnitudes c and spectra x
    [T, ..., K]; for the level-normalised kinds."""
    k = c.shape[-1]
    out[..., :k] = f = level_normalised(c, cfg)
    if has_phase(cfg.feature):
        phase_features(f, turn(x), out[..., k:k + 2 * NUM_PHASE_BINS])
    if has_floor(cfg.feature):
        floor_features(c, out[..., k + 2 * NUM_PHASE_BINS:])


def of(mag, z, cfg):
    """float32 [T, count] of magnitudes [T, K] and turns z (double)."""
    if cfg.feature == "magnitude":
        return (mag - cfg.feature_offset).astype(np.float32)
    c = mag ** cfg.feature_power
    f = level_normalised(c, cfg)
    out = np.empty((len(f), count(cfg.feature, f.shape[1])), np.float32)
    out[:, :f.shape[1]] = f
    if has_phase(cfg.feature):
        phase_features(f, z, out[:, f.shape[1]:][:, :2 * NUM_PHASE_BINS])
    if has_floor(cfg.feature):
        floor_features(c, out[:, f.shape[1] + 2 * NUM_PHASE_BINS:])
    return out
