#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Whoever listens to Tacet Microphone keeps it, and hears sound again within a
second, through all that makes the daemon begin anew: a model of another latency,
denoise.link, daemon.realtime and the machine's sleep."""

import numpy

import test_options
from sandbox import expect, main, wait

MOST_SILENCE_S = 1.0
NEWEST = 4800  # samples


def newest(server):
    return server.read_record()[-NEWEST:]


def is_loud(server):
    """Noise is never 0 for so long."""
    return len(newest(server)) == NEWEST and numpy.count_nonzero(
        newest(server)) > NEWEST // 2


def is_silent(server):
    return len(newest(server)) == NEWEST and not newest(server).any()


def longest_silence(samples):
    """In samples: of zeros, one after the other."""
    places = numpy.flatnonzero(numpy.concatenate([[1], samples, [1]]))
    return numpy.diff(places).max() - 1


def triggers(daemon):
    yield "a model of another latency", lambda: daemon.tacet(
        "model", "use", "base-low-latency")
    yield "a model of the former one", lambda: daemon.tacet(
        "model", "use", "large")
    yield "denoise.link", lambda: daemon.tacet(
        "set", "denoise.link=independent")
    yield "daemon.realtime off", lambda: daemon.tacet(
        "set", "daemon.realtime=off")
    yield "daemon.realtime auto", lambda: daemon.tacet(
        "set", "daemon.realtime=auto")
    yield "a sleep", daemon.sleep


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"))
    with test_options.running(options, mode="bypass", source="mic") as (
            _, server, daemon):
        server.listen()
        server.record_microphone()
        wait("sound", lambda: is_loud(server))
        microphone = server.microphone_id()
        for name, change in triggers(daemon):
            before = len(server.read_record())
            recoveries = daemon.status()["recovery"]["recoveries"]
            change()
            if name == "a sleep":
                daemon.wait_status("a recovery", lambda status: status[
                    "recovery"]["recoveries"] > recoveries)
            daemon.wait_state("running")
            daemon.wait_audio()
            wait(f"sound after {name}",
                 lambda: len(server.read_record()) > before + server.rate and
                 is_loud(server))
            silence_s = longest_silence(
                server.read_record()[before:]) / server.rate
            # It is Tacet's microphone that it hears, and no other.
            daemon.tacet("mode", "mute")
            wait(f"silence after {name}", lambda: is_silent(server))
            daemon.tacet("mode", "bypass")
            wait(f"sound after {name}", lambda: is_loud(server))
            print(f"{name}: at most {1000 * silence_s:.0f} ms of silence")
            expect(silence_s < MOST_SILENCE_S, f"{name}: a gap")
            expect(server.microphone_id() == microphone,
                   f"{name}: it is another microphone")
        daemon.expect_balanced()


main(test)
