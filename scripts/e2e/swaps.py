#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Model swaps under way lose no sample: `tacet model use`, --swaps times back
and forth between two models, while a sequence passes in bypass."""

import pathlib
import shutil

import test_options
from checks import expect_take
from sandbox import expect, main
from signals import noise

WEIGHTS = pathlib.Path(__file__).parents[2] / "model/weights/base.tacet"


def test():
    options = test_options.parse(__doc__, servers=("jack", "pipewire"),
                                 swaps=20)
    with test_options.running(options, mode="bypass") as (
            box, server, daemon):
        other = box.path("other.tacet")
        shutil.copy(WEIGHTS, other)
        seconds = 5 + 2 * options.swaps
        take = server.take(noise(seconds * server.rate), seconds)
        daemon.wait_state("running")
        daemon.wait_audio()
        for swap in range(options.swaps):
            daemon.tacet("model", "use", "base" if swap % 2 else other)
        counters = daemon.status()["counters"]
        expect(counters["swaps"] == options.swaps,
               f"{counters['swaps']} swaps, expected {options.swaps}")
        expect_take(server, daemon, take, 0.1 * options.swaps)
        print(f"{counters['swaps']} swaps, {counters['deadline_misses']} "
              "deadlines missed")
        daemon.expect_balanced()


main(test)
