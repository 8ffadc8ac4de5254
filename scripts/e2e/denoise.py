#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Noisy speech through the virtual microphone is what `tacet denoise` makes of
what the microphone gave: on one clock the same sound, on two clocks as clean, by
SI-SNR against the clean speech within 0.3 dB. With --late 1 the daemon is there
before the server. --network is the network's backend, live and offline; with
neuromorphic, which runs beside the audio, every hop is accounted for and no
answer is wrong.

On a busy machine the recorder may lose samples, and the server may skip a cycle
of the daemon, which then tells of an xrun. Such a take says nothing of the daemon
unless it matches all the same, and is taken again with a new server and daemon,
up to --takes times. What the daemon loses without a word fails at once."""

import collections
import pathlib

import numpy
import scipy.signal
import soundfile

import test_options
from checks import SETTLING_S
from live_match import any_phase, nearest, num_lost, phases
from sandbox import expect, main
from signals import best_si_snr, delay_of, si_snr, without_drift

CLIP = "00.flac"
LEAST_MATCH_DB = 80  # floats of 24 bits, written as such
MOST_DIFFERENCE_DB = 0.3
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


def offline(daemon, network, box, rate):
    """What `tacet denoise` makes of samples."""
    def denoise(samples):
        soundfile.write(box.path("noisy.wav"), samples, rate, subtype="FLOAT")
        daemon.tacet("denoise", "--force", "--backend", network,
                     box.path("noisy.wav"), box.path("clean.wav"))
        return soundfile.read(box.path("clean.wav"))[0]
    return denoise


def heard_beside(server, latency_ms, clip, heard):
    """What was heard beside what is wanted of the clip."""
    if not server.one_clock:  # on the listener's clock
        return lambda wanted: without_drift(wanted, heard)
    delay = (round(latency_ms * server.rate / 1000) +
             server.loop_periods * server.period)
    return lambda wanted: heard[clip.start + delay:clip.stop + delay]


Found = collections.namedtuple("Found", "before wanted got match lost xruns")


def listen(options):
    """A take and whether it was on one clock: SI-SNR of the noisy speech, of what
    `tacet denoise` makes of it and of what was heard, in dB; how near the last
    two are; samples lost on the way to the recorder, and xruns of the daemon."""
    with test_options.running(options, server_first=not options.late,
                              denoise={"backend": options.network}) as (
            box, server, daemon):
        noisy, clean = load("noisy", server.rate), load("clean", server.rate)
        quiet_s = 1 if server.one_clock else SETTLING_S
        played = numpy.concatenate(
            [numpy.zeros(quiet_s * server.rate), noisy]).astype("f4")
        take = server.take(played, len(played) / server.rate + 1)
        take.wait()
        direct, heard = take.finish()
        status = daemon.status()
        expect(status["model"]["backend"] == options.network,
               f"the daemon runs {status['model']['backend']}")
        if options.network == "neuromorphic":
            check_offload(daemon)
        # On two clocks no recording has the daemon's samples.
        given = direct if server.one_clock else played
        delay = delay_of(played, given)
        start = delay + quiet_s * server.rate
        clip = slice(start, start + len(clean))
        wanted, got, match = nearest(
            offline(daemon, options.network, box, server.rate), given, clip,
            heard_beside(server, status["latency"]["total_ms"], clip, heard),
            phases(server.rate, server.period) if server.one_clock
            else any_phase(server.rate))
        score = si_snr if server.one_clock else best_si_snr
        return Found(si_snr(clean, given[clip]), si_snr(clean, wanted),
                     score(clean, got), match, num_lost(played, given, delay),
                     status["counters"]["xruns"]), server.one_clock


def faults(found, one_clock):
    off_db = found.got - found.wanted
    if found.wanted <= found.before + 1:
        yield "tacet denoise does not denoise"
    if abs(off_db) > MOST_DIFFERENCE_DB:
        yield (f"{off_db:+.2f} dB from tacet denoise, limit "
               f"{MOST_DIFFERENCE_DB} dB")
    if one_clock and found.match <= LEAST_MATCH_DB:
        yield "it is not the sound that tacet denoise makes"


def test():
    options = test_options.parse(__doc__, late=0, network="fixed", period=0,
                                 takes=5)
    for _ in range(options.takes):
        found, one_clock = listen(options)
        print(f"SI-SNR: noisy {found.before:.2f} dB, tacet denoise "
              f"{found.wanted:.2f} dB, Tacet Microphone {found.got:.2f} dB; "
              f"their difference is {found.match:.0f} dB below them; "
              f"{found.lost} samples lost before the recorder, {found.xruns} "
              "xruns")
        wrong = list(faults(found, one_clock))
        is_disturbed = one_clock and found.lost + found.xruns > 0
        if not wrong or not is_disturbed:
            break
    expect(not wrong, "; ".join(wrong))


main(test)
