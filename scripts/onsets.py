# SPDX-License-Identifier: Apache-2.0
"""How much of a word's first 40 ms is lost.

An onset is a frame of 10 ms of the clean file within 25 dB of the file's loud
frames (95th percentile), after 150 ms in which none was within 30 dB and with
60 ms of the 100 after it being speech. The loss is 10 log10(energy of the clean
file / energy of the output) over the 40 ms that begin there, in dB; what noise
is left in the output counts for it, so this is meant for 5 dB SNR and more.
"""
import numpy as np

FRAME_S, ONSET_S, PAUSE_S = 0.01, 0.04, 0.15
SPEECH_DB, PAUSE_DB = -25, -30
MIN_SNR_DB = 5


def onsets(clean, rate):
    """First samples of words."""
    n = int(FRAME_S * rate)
    energy = np.square(clean[:len(clean) // n * n].reshape(-1, n)).mean(1)
    level = 10 * np.log10(energy / (np.percentile(energy, 95) + 1e-12) + 1e-9)
    pause = int(PAUSE_S / FRAME_S)
    found = []
    for t in range(pause, len(level) - 10):
        if level[t] > SPEECH_DB and (level[t - pause:t] < PAUSE_DB).all() and (
                level[t:t + 10] > SPEECH_DB).sum() >= 6:
            found.append(t * n)
    return found


def losses(clean, output, rate):
    """dB, one an onset."""
    n = int(ONSET_S * rate)
    return [10 * np.log10((np.square(clean[i:i + n]).sum() + 1e-12) /
                          (np.square(output[i:i + n]).sum() + 1e-12))
            for i in onsets(clean, rate)]
