"""The engine's front end in NumPy: streaming STFT with 512 zeros before the
first sample, as dsp/stft.cc; used for golden vectors and dev figures."""
import numpy as np
import scipy.fft

from training import windows


def analyse(x, kind, n=512, hop=128):
    """Frame t covers samples [(t+1) hop - n, (t+1) hop); scaled by 1/sum w.
    Enough frames that every sample of x comes out: [T, n/2+1] complex."""
    w = windows.analysis(kind, n)
    steps = -(-(len(x) + n - hop) // hop)
    pad = np.concatenate([np.zeros(n - hop), x, np.zeros(steps * hop - len(x))])
    v = np.lib.stride_tricks.sliding_window_view(pad, n)[::hop][:steps]
    return scipy.fft.rfft(v * w, axis=1) / w.sum()


def synthesise(spec, length, kind, n=512, hop=128):
    """Overlap-add of analyse()'s frames, delay removed: [length]."""
    w = windows.synthesis(kind, n) * windows.analysis(kind, n).sum()
    frames = scipy.fft.irfft(spec, n, axis=1) * w
    y = np.zeros((len(spec) - 1) * hop + n)
    for t, f in enumerate(frames):
        y[t * hop:t * hop + n] += f
    return y[n - hop:n - hop + length]
