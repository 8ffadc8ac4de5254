#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""From one microphone to another, by `tacet set device=` and by the server's
default: two that give one value each, of different signs, and whoever listens
hears one fade out and the other in, without a step."""

import numpy

import test_options
from sandbox import expect, main, wait

VALUES = {"left": 0.5, "right": -0.4}
# A fade of 20 ms takes 0.5 / 960 from sample to sample, and one of the ring, to
# the silence between two microphones, 0.5 / 144.
MOST_STEP = 0.005


def hears(server, value):
    newest = server.read_record()[-512:]
    return len(newest) > 0 and abs(newest - value).max() < 0.02


def change(server, daemon, name, by):
    """By `set device=` or by the default. Returns the largest step, or None
    where the machine lost frames meanwhile: these are no fault of the join."""
    xruns = daemon.status()["counters"]["xruns"]
    before = len(server.read_record())
    if by == "device":
        daemon.tacet("set", f"device={name}")
    else:
        server.set_default(name)
    wait(f"the sound of {name}", lambda: hears(server, VALUES[name]))
    if daemon.status()["counters"]["xruns"] != xruns:
        return None
    return numpy.abs(numpy.diff(server.read_record()[before - 1:])).max()


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"),
                                 changes=8)
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        for name, value in VALUES.items():
            server.add_constant(name, value)
        server.set_default("left")
        server.record_microphone()
        wait("the first", lambda: hears(server, VALUES["left"]))
        for by in ("default", "device"):
            steps = [change(server, daemon, name, by) for name in
                     ("right", "left") * (options.changes // 2)]
            heard = [step for step in steps if step is not None]
            expect(heard, "the machine lost frames at every change")
            print(f"{len(heard)} changes of the {by}, of {len(steps)}, without "
                  f"lost frames: the largest step is {max(heard):.5f}")
            expect(max(heard) < MOST_STEP, f"a step at a change: {heard}")


main(test)
