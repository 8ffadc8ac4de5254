#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Noisy speech through the virtual microphone is as clean as `tacet denoise`
makes the same file: SI-SNR against the clean speech within 0.3 dB. The network
remembers for seconds what came before, so the file begins with as much silence
as the daemon had heard, give or take half a second. With
--late 1 the daemon is there before the server."""

import pathlib

import numpy
import scipy.signal
import soundfile

import test_options
from checks import SETTLING_S
from sandbox import expect, main
from signals import best_si_snr, delay_of, si_snr, without_drift

CLIP = "00.flac"
MOST_DIFFERENCE_DB = 0.3
MINISET = pathlib.Path(__file__).parents[2] / "tests/testdata/miniset"


def load(name, rate):
    samples, clip_rate = soundfile.read(MINISET / name / CLIP)
    return scipy.signal.resample_poly(samples, rate, clip_rate)


def test():
    options = test_options.parse(__doc__, late=0)
    with test_options.running(options, server_first=not options.late) as (
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
        silence = numpy.zeros(int(status["counters"]["frames_in"] - after))
        soundfile.write(box.path("noisy.wav"),
                        numpy.concatenate([silence, noisy]), server.rate,
                        subtype="FLOAT")
        daemon.tacet("denoise", box.path("noisy.wav"), box.path("clean.wav"))
        offline, _ = soundfile.read(box.path("clean.wav"))
        offline = offline[len(silence):]
        before = si_snr(clean, noisy)
        wanted = si_snr(clean, offline)
        if server.one_clock:
            heard = heard[delay:delay + len(clean)]
        else:  # on the listener's clock
            heard = without_drift(offline, heard)
        got = best_si_snr(clean, heard)
        print(f"{len(silence) / server.rate:.1f} s of silence, then SI-SNR: "
              f"noisy {before:.2f} dB, tacet denoise {wanted:.2f} dB, Tacet "
              f"Microphone {got:.2f} dB")
        expect(wanted > before + 1, "tacet denoise does not denoise")
        expect(abs(got - wanted) <= MOST_DIFFERENCE_DB,
               f"{got - wanted:+.2f} dB from tacet denoise, limit "
               f"{MOST_DIFFERENCE_DB} dB")


main(test)
