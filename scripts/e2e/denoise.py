#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Noisy speech through the virtual microphone is what `tacet denoise` makes of
the same file: on one clock the same sound, on two clocks as clean, by SI-SNR
against the clean speech within 0.3 dB. The file begins with as much silence as
the daemon had heard, but for whole periods of the server; what remains of those
is where in a hop the speech begins, of which there are a few, and one of them is
the daemon's. With --late 1 the daemon is there before the server. --network is
the network's backend, live and offline; with neuromorphic, which runs beside the
audio, every hop is accounted for and no answer is wrong."""

import math
import pathlib

import numpy
import scipy.signal
import soundfile

import test_options
from checks import SETTLING_S
from sandbox import expect, main
from signals import best_si_snr, delay_of, si_snr, without_drift

CLIP = "00.flac"
LEAST_MATCH_DB = 80  # floats of 24 bits, written as such
MOST_DIFFERENCE_DB = 0.3
HOP_S = 0.008
FATES = "answered", "late", "failed", "wrong", "not_sent", "dropped"
MINISET = pathlib.Path(__file__).parents[2] / "tests/testdata/miniset"


def load(name, rate):
    samples, clip_rate = soundfile.read(MINISET / name / CLIP)
    return scipy.signal.resample_poly(samples, rate, clip_rate)


def check_offload(daemon):
    """What became of the hops that went to another thread."""
    offload = daemon.status()["offload"]
    print(", ".join(f"{offload[fate]} {fate}" for fate in FATES),
          f"of {offload['submitted']} hops; backed off "
          f"{offload['backoffs']} times")
    waiting = offload["submitted"] - sum(offload[fate] for fate in FATES)
    # Two: the counts are not one moment's.
    expect(waiting in (0, 1, 2), f"{waiting} hops are unaccounted for")
    expect(offload["answered"] > 0, "the backend answered nothing")
    expect(offload["wrong"] == 0, "the backend's answers are wrong")


def judge(daemon, network, box, server, clean, noisy, heard, delay, quiet):
    """SI-SNR of `tacet denoise` after so many samples of silence, and of what
    was heard; and how far the former is above their difference, in dB."""
    soundfile.write(box.path("noisy.wav"),
                    numpy.concatenate([numpy.zeros(quiet), noisy]),
                    server.rate, subtype="FLOAT")
    daemon.tacet("denoise", "--force", "--backend", network,
                 box.path("noisy.wav"), box.path("clean.wav"))
    offline, _ = soundfile.read(box.path("clean.wav"))
    offline = offline[quiet:]
    if server.one_clock:
        heard = heard[delay:delay + len(clean)]
    else:  # on the listener's clock
        heard = without_drift(offline, heard)
    rest = ((offline - heard)**2).sum()
    match = 10 * numpy.log10((offline**2).sum() / max(rest, 1e-20))
    return si_snr(clean, offline), best_si_snr(clean, heard), match


def test():
    options = test_options.parse(__doc__, late=0, network="float", period=0)
    with test_options.running(options, server_first=not options.late,
                              denoise={"backend": options.network}) as (
            box, server, daemon):
        noisy, clean = load("noisy", server.rate), load("clean", server.rate)
        quiet_s = 1 if server.one_clock else SETTLING_S
        quiet = numpy.zeros(quiet_s * server.rate)
        take = server.take(numpy.concatenate([quiet, noisy]),
                           quiet_s + len(noisy) / server.rate + 1)
        take.wait()
        heard = take.finish()[1]
        status = daemon.status()
        delay = delay_of(clean, heard)
        after = (len(heard) - delay +
                 status["latency"]["total_ms"] * server.rate // 1000)
        silence = int(status["counters"]["frames_in"] - after)
        expect(status["model"]["backend"] == options.network,
               f"the daemon runs {status['model']['backend']}")
        if options.network == "neuromorphic":
            check_offload(daemon)
        hop = round(HOP_S * server.rate)
        step = math.gcd(hop, server.period)
        wanted, got, match = max(
            (judge(daemon, options.network, box, server, clean, noisy, heard,
                   delay, quiet)
             for quiet in range(silence, silence + hop, step)),
            key=lambda found: found[-1])
        before = si_snr(clean, noisy)
        print(f"{silence / server.rate:.1f} s of silence, then SI-SNR: noisy "
              f"{before:.2f} dB, tacet denoise {wanted:.2f} dB, Tacet "
              f"Microphone {got:.2f} dB; their difference is {match:.0f} dB "
              "below them")
        expect(wanted > before + 1, "tacet denoise does not denoise")
        expect(abs(got - wanted) <= MOST_DIFFERENCE_DB,
               f"{got - wanted:+.2f} dB from tacet denoise, limit "
               f"{MOST_DIFFERENCE_DB} dB")
        expect(match > LEAST_MATCH_DB or not server.one_clock,
               "it is not the sound that tacet denoise makes")


main(test)
