# SPDX-License-Identifier: Apache-2.0
"""Whether the daemon passes on all that it hears, as another program sees it."""

import numpy

from sandbox import expect
from signals import (band_noise, delay_of, expect_every_sample, noise,
                     track_drift)

# A drift resampler lies between two clocks, so that samples come out between
# those that went in, and the delay, counted in samples, moves as the clocks
# drift: two null sinks of one PulseAudio by hundreds of ppm, since each rounds
# the time of each chunk down to microseconds, and the chunks are as the load
# has it. So what was heard is judged by the clocks as the server tells them:
#   the delay in seconds is constant: the daemon follows the clocks, and adds no
#   drift of its own. The ratio moves by 50 ppm a second at most, so that a
#   sudden change by 300 ppm costs 300^2 / (2 * 50) us, 0.9 ms, of the 2 ms that
#   the ring holds either way;
#   by the daemon's own count, which goes by callbacks that a busy machine
#   delays, it is within the 2 ms of the nominal one after which the daemon
#   would begin anew (the tests of ClockBridge, in a time of their own, show
#   that it is to the millisecond);
#   the drift is one that the resampler reaches;
#   from one block of 1024 samples to the next the delay moves by a tenth of a
#   sample at most beside the drift (a lost or doubled one moves it by half);
#   the sequence delayed by both is what was heard.
# tests/scripts/two_clocks_test.py shows that each of them finds its fault.
MOST_DRIFT = 1500e-6
MOST_MOVE_MS = 1.0
MOST_ERROR_MS = 2.0  # ClockBridge::kRecentreMs
MOST_STEP = 0.1
MOST_RESIDUAL_DB = -40  # one sample that is 0 leaves -31 dB of its block
SETTLING_S = 8  # of the drift resampler


def expect_two_clocks(direct, heard, clocks, rate, seconds):
    """All that was played was heard, at one delay in time."""
    lag = delay_of(direct, heard)
    loud = numpy.flatnonzero(numpy.abs(direct) > 0.01)
    first = loud[0] + SETTLING_S * rate
    places, lags, drifts, delays, residuals = track_drift(
        direct[first:loud[-1]], heard[first:], lag)
    delay_ms = 1000 * (clocks.time_of(1, first + places) -
                       clocks.time_of(0, first + places - lags))
    delay_ms -= delay_ms.mean()
    steps = numpy.abs(numpy.diff(delays))
    print(f"{len(delays)} blocks of 1024 samples, the sound drifts by "
          f"{1e6 * drifts.min():.0f} to {1e6 * drifts.max():.0f} ppm, by the "
          f"clocks its delay moves by {delay_ms.min():+.3f} to "
          f"{delay_ms.max():+.3f} ms, beside the drift by at most "
          f"{steps.max():.3f} samples, residual at most "
          f"{residuals.max():.1f} dB")
    expect(len(delays) > 0.7 * seconds * rate / 1024,
           f"only {len(delays)} blocks were recorded")
    expect(numpy.abs(delay_ms).max() < MOST_MOVE_MS,
           f"the delay by the clocks is not constant: {delay_ms} ms")
    expect(numpy.abs(drifts).max() < MOST_DRIFT, "this is no drift of clocks")
    expect(steps.max() < MOST_STEP,
           f"the delay jumps at block {steps.argmax()}: {delays}")
    expect(residuals.max() < MOST_RESIDUAL_DB,
           f"block {residuals.argmax()} is not what was played")


def check_two_clocks(server, daemon, seconds):
    take = server.take(band_noise(int((seconds + SETTLING_S) * server.rate)),
                       seconds + SETTLING_S + 1)
    clocks = server.clocks(take)
    daemon.wait_state("running")
    take.wait()
    error_ms = daemon.status()["ring"]["error_ms"]
    direct, heard = take.finish()
    clocks.finish()
    expect_two_clocks(direct, heard, clocks, server.rate, seconds)
    print(f"{error_ms:+.3f} ms from the nominal latency")
    expect(abs(error_ms) < MOST_ERROR_MS, "the latency is not the nominal one")


def expect_take(server, daemon, take, at_least_s):
    """Ends it: all that was played was heard, bit for bit, at one delay."""
    direct, heard = take.finish()
    found, delay = expect_every_sample(direct, heard,
                                       int(at_least_s * server.rate))
    told = daemon.status()["latency"]["window_ms"] * server.rate / 1000
    wanted = round(told) + server.loop_periods * server.period
    print(f"{found} samples in their place, 0 lost, {delay} frames "
          f"({1000 * delay / server.rate:.1f} ms) behind")
    expect(delay == wanted, f"delay is {delay} frames, expected {wanted}")


def check_one_clock(server, daemon, seconds):
    quiet = numpy.zeros(server.rate // 2, "f4")
    samples = numpy.concatenate([quiet, noise(int(seconds * server.rate))])
    take = server.take(samples, seconds + 1)
    take.wait()
    expect_take(server, daemon, take, 0.7 * seconds)


def check_audio(server, daemon, seconds=3.0):
    """In bypass: not a sample is lost, and the latency is what it ought."""
    check = check_one_clock if server.one_clock else check_two_clocks
    check(server, daemon, seconds)
