"""The windows of dsp/window.h, by their names in the model file.

Source: dsp/window.h, whose equations these are.
"""
import functools

import numpy as np

WINDOW, HOP = 512, 128


def analysis(kind, n=WINDOW):
    """a [n], float64; hop n / 4."""
    i, hop = np.arange(n), n // 4
    if kind == "sqrt-hann":
        return np.sin(np.pi * i / n)
    if kind == "boxcar":
        return np.ones(n)
    if kind == "low-latency":
        peak = n - hop
        return np.where(i < peak, np.sin(np.pi * i / (2 * peak)),
                        np.sin(np.pi * (i - n + 2 * hop) / (2 * hop)))
    raise ValueError("window '%s'" % kind)


def synthesis(kind, n=WINDOW):
    """s [n], float64: sum_m a[i + m hop] s[i + m hop] = 1."""
    a, i, hop = analysis(kind, n), np.arange(n), n // 4
    if kind == "sqrt-hann":
        return a / 2
    if kind == "boxcar":
        return np.full(n, 0.25)
    root = np.sin(np.pi * (i - n + 2 * hop) / (2 * hop))
    return np.where(i < n - 2 * hop, 0, np.where(
        i < n - hop, root * root / np.maximum(a, 1e-9), root))


@functools.lru_cache(None)
def scaled_synthesis(kind, n=WINDOW):
    """s times sum(a), float32: for spectra that were scaled by 1/sum(a)."""
    return (synthesis(kind, n) * analysis(kind, n).sum()).astype(np.float32)
