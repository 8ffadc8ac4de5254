#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Whoever makes Tacet Microphone the default source hears what they heard
before: it never listens to itself."""

import test_options
from checks import check_audio
from sandbox import expect, main


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"))
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        server.set_default("tacet_microphone")
        check_audio(server, daemon)
        source = daemon.status()["device"]["source"]
        expect(source == server.device, f"the daemon listens to {source}")


main(test)
