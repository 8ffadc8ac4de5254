# SPDX-License-Identifier: Apache-2.0
"""How near what the daemon gave is to what `tacet denoise` makes of the same.

The same is what the microphone gave, not what was played into it: where the
player or the server comes too late, the microphone has a gap, and the daemon is
right to denoise that. So what decides is a recording of the microphone."""

import math

import numpy

HOP_S = 0.008


def phases(rate, period):
    """Samples of silence to put in front of a recording. The daemon began whole
    periods of the server before it; what remains of those is where in a hop the
    recording begins, of which there are a few, and one of them is the daemon's.
    """
    hop = round(HOP_S * rate)
    return range(0, hop, math.gcd(hop, period))


def any_phase(rate):
    """As phases, where two clocks run and the daemon's hops begin anywhere: what
    it makes of the clip here differs by 2 dB of SI-SNR with that, by 0.8 in
    two thirds of a millisecond. This goes through them by a third."""
    return range(0, round(HOP_S * rate), rate // 3000)


def match_db(wanted, heard):
    """How far the wanted sound is above its difference from what was heard."""
    rest = ((wanted - heard)**2).sum()
    return 10 * numpy.log10((wanted**2).sum() / max(rest, 1e-20))


def nearest(denoise, given, clip, heard, quiets):
    """(wanted, heard, match): the samples `clip` of what `denoise` makes of those
    given, after that silence of `quiets` which brings them nearest to what was
    heard; what was heard beside them; and how near it is, in dB.
      clip   a slice of `given`
      heard  what to compare: a function of what is wanted of the clip"""
    def judge(quiet):
        wanted = denoise(numpy.concatenate([numpy.zeros(quiet), given]))
        wanted = wanted[quiet:][clip]
        beside = heard(wanted)
        return wanted, beside, match_db(wanted, beside)
    return max(map(judge, quiets), key=lambda found: found[-1])


def num_lost(played, recorded, delay):
    """How many samples of what was played are not in their place in a recording
    that begins `delay` samples earlier. Counts what lies beyond its end."""
    sounding = numpy.flatnonzero(played)
    places = sounding + delay
    is_there = (places >= 0) & (places < len(recorded))
    found = recorded[places[is_there]] == played[sounding[is_there]]
    return len(sounding) - int(found.sum())
