# SPDX-License-Identifier: Apache-2.0
"""Signals that tell of every lost sample, and how they are found again."""

import os

import numpy
import scipy.ndimage
import scipy.signal
import soundfile

from sandbox import expect


def noise(num_samples):
    """White, of 15 bits, never 0: no two stretches of it are alike."""
    samples = numpy.random.default_rng(1).integers(1, 8192, num_samples)
    signs = numpy.random.default_rng(2).choice([-1, 1], num_samples)
    return (samples * signs / 32768).astype("f4")


def write_constant(file, value, rate):
    soundfile.write(file, numpy.full(60 * rate, value, "f4"), rate,
                    subtype="FLOAT")


def band_noise(num_samples, cutoff=4000 / 48000):
    """Noise below the cutoff (in cycles a sample): what a drift resampler
    passes unchanged but for its delay."""
    spectrum = numpy.fft.rfft(numpy.random.default_rng(3).normal(
        size=num_samples))
    spectrum[numpy.fft.rfftfreq(num_samples) > cutoff] = 0
    samples = numpy.fft.irfft(spectrum, num_samples)
    return (samples / numpy.abs(samples).max() / 2).astype("f4")


def is_loud(file):
    """Whether the newest samples of a growing file of floats are sound."""
    if not os.path.exists(file) or os.path.getsize(file) < 8192:
        return False
    with open(file, "rb") as raw:
        raw.seek(os.path.getsize(file) // 4 * 4 - 4096)
        # As numbers: a sample that was muted may be -0.0, which is not all zeros.
        return bool(numpy.frombuffer(raw.read(4096), "<f4").any())


def delay_of(played, recorded):
    """Samples by which `recorded` is behind `played`, to the sample."""
    most = 1 << 20  # some 20 s are enough, and memory is not
    played, recorded = played[:most], recorded[:most]
    size = 1 << (len(played) + len(recorded)).bit_length()
    product = (numpy.fft.rfft(recorded, size) *
               numpy.conj(numpy.fft.rfft(played, size)))
    lag = int(numpy.argmax(numpy.fft.irfft(product, size)))
    return lag if lag < len(recorded) else lag - size


def expect_every_sample(played, recorded, at_least):
    """Each sample of 16 bits that was played is there, at one delay, which is
    returned with their number."""
    delay = delay_of(played, recorded)
    first = int(numpy.flatnonzero(played)[0])
    last = min(int(numpy.flatnonzero(played)[-1]) + 1, len(recorded) - delay)
    expect(delay >= 0 and last - first >= at_least,
           f"only {last - first} samples at a delay of {delay}")
    wanted = numpy.rint(played[first:last] * 32768)
    found = numpy.rint(recorded[first + delay:last + delay] * 32768)
    wrong = numpy.flatnonzero(wanted != found)
    expect(len(wrong) == 0, f"{len(wrong)} of {last - first} samples are not "
           f"those played, the first is sample {wrong[:1]}, at a delay of "
           f"{delay}")
    return last - first, delay


def track_drift(played, recorded, lag):
    """Two clocks' drift, and what is beside it, for each block of 1024 samples:
    (places, lags, drifts, delays, residuals). Where it is in `recorded`, how
    far behind `played` there and how fast that grows, in samples a sample; by
    how much it lies off that curve, in samples; and what is left of the block
    when the delayed original is taken away, in dB. For a signal without gaps through a resampler that is slowly
    steered: the drift is a curve of third degree, which no lost sample is."""
    delays, _ = _track_delay(played, recorded, lag)
    first, count = 4096 + max(0, int(delays[0])), 1024 * (len(delays) - 6)
    centres = 2048 + max(0, -lag) + 1024 * numpy.arange(len(delays)) + delays
    curve = numpy.polynomial.Polynomial.fit(centres, delays, 3)
    places = numpy.arange(first, first + count)
    warped = scipy.ndimage.map_coordinates(
        played, [places - curve(places)], order=5)
    delays, residuals = _track_delay(warped, recorded[first:first + count], 0)
    places = first + 2048 + 1024 * numpy.arange(len(delays))
    return places, curve(places), curve.deriv()(places), delays, residuals


def _track_delay(played, recorded, lag, block=1024):
    """Per block: the delay in samples, with its fraction, and what is left of
    the block when the delayed original is taken away, in dB."""
    delays, residuals = [], []
    frequency = numpy.fft.rfftfreq(4 * block)
    start = max(2 * block, 2 * block - lag)
    expected = float(lag)
    while True:
        whole = int(round(expected))
        if (start + 3 * block > len(played) or
                start + whole + 3 * block > len(recorded)):
            return numpy.array(delays), numpy.array(residuals)
        original = played[start - 2 * block:start + 2 * block]
        shifted = numpy.fft.rfft(original * numpy.hanning(4 * block))
        heard = recorded[start + whole - 2 * block:start + whole + 2 * block]
        expect(heard.any(), f"silence for 4 blocks from block {len(delays)}")
        product = numpy.fft.rfft(heard * numpy.hanning(4 * block)) * \
            numpy.conj(shifted)
        # The coarse delay, then the slope of the phase, by least squares.
        coarse = numpy.fft.irfft(product)
        shift = int(numpy.argmax(coarse))
        shift -= 4 * block if shift > 2 * block else 0
        phase = numpy.angle(product * numpy.exp(
            2j * numpy.pi * frequency * shift))
        weight = numpy.abs(product) * frequency
        fine = -(weight * phase).sum() / (
            2 * numpy.pi * (weight * frequency).sum())
        delays.append(whole + shift + fine)
        spectrum = numpy.fft.rfft(original) * numpy.exp(
            -2j * numpy.pi * frequency * (shift + fine))
        middle = slice(3 * block // 2, 5 * block // 2)
        rest = heard[middle] - numpy.fft.irfft(spectrum)[middle]
        residuals.append(10 * numpy.log10(
            (rest**2).sum() / ((original[middle]**2).sum() + 1e-12) + 1e-12))
        expected = delays[-1] if abs(shift) < 8 else expected
        start += block


def without_drift(reference, recorded):
    """What of `recorded` lies beside `reference`, on the reference's clock. For
    speech, with its pauses: first a coarse curve through the delays of the loud
    blocks (1500 ppm of five seconds either way), then a finer one."""
    lag = delay_of(reference, recorded)
    first = max(lag - 1000, 0)
    recorded = recorded[first:lag + len(reference) + 1000].astype(float)
    places = numpy.arange(len(reference))
    delay = numpy.full(len(reference), float(lag - first))
    for reach, degree, power in ((400, 2, 1), (6, 4, 0.5)):
        aligned = scipy.ndimage.map_coordinates(
            recorded, [places + delay], order=5)
        delay += _smooth_delay(reference, aligned, reach, degree, power)
    return scipy.ndimage.map_coordinates(recorded, [places + delay], order=5)


def _smooth_delay(reference, recorded, reach, degree, power, block=12000):
    """Per sample, up to +-reach: a polynomial through those of blocks, less
    what lies off it."""
    starts = numpy.arange(reach, len(reference) - block - reach, block // 2)
    delays, weights = [], []
    for start in starts:
        match = scipy.signal.correlate(
            recorded[start - reach:start + block + reach],
            reference[start:start + block], "valid")
        peak = int(numpy.argmax(match[1:-1])) + 1
        left, middle, right = match[peak - 1:peak + 2]
        delays.append(peak - reach +
                      (left - right) / (2 * (left - 2 * middle + right)))
        weights.append(max(middle, 0)**power)
    centres, weights = starts + block / 2, numpy.array(weights)
    for _ in range(3):
        curve = numpy.polynomial.Polynomial.fit(centres, delays, degree,
                                                w=weights)
        off = numpy.abs(curve(centres) - delays)
        weights = weights * (off <= 2 * numpy.median(off) + reach / 20)
    return curve(numpy.arange(len(reference)))


def shifted(samples, delay):
    """Delayed by a fraction of a sample, in a circle."""
    spectrum = numpy.fft.rfft(samples)
    spectrum *= numpy.exp(-2j * numpy.pi * delay *
                          numpy.fft.rfftfreq(len(samples)))
    return numpy.fft.irfft(spectrum, len(samples))


def best_si_snr(clean, estimate):
    """si_snr at the fraction of a sample, either way, at which it is best."""
    return max(si_snr(shifted(clean, fraction / 20), estimate)
               for fraction in range(-10, 11))


def si_snr(clean, estimate):
    """Scale-invariant signal-to-noise ratio in dB (Le Roux et al. 2019)."""
    clean = clean - clean.mean()
    estimate = estimate - estimate.mean()
    target = clean * (estimate @ clean) / (clean @ clean)
    return 10 * numpy.log10((target**2).sum() /
                            ((estimate - target)**2).sum())
