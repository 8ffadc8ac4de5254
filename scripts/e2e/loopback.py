#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""`tacet latency --loopback` hears its bursts through a real server, gives
mode and silence back, and refuses while another program listens."""

import json

import test_options
from sandbox import Failure, end, expect, main, wait

# What the server adds beyond what it tells is its own affair, but it is little.
SOME_MS = 100
# PulseAudio tells all, so that what is left is the 2 ms that the ring may be off
# and the half period of a median.
MOST_UNTOLD_MS = {"pulse": 5}


def test():
    options = test_options.parse(__doc__, period=0)
    with test_options.running(options) as (_, server, daemon):
        told = daemon.status()
        report = json.loads(
            daemon.tacet("latency", "--loopback", "--force", "--json"))
        print(f"{report['found']} of {report['sent']} bursts, median "
              f"{report['median_ms']:.2f} ms, {report['min_ms']:.2f} to "
              f"{report['max_ms']:.2f}, expected {report['expected_ms']:.2f}")
        # A busy machine drops audio, and a burst with it.
        expect(report["sent"] == 20 and report["found"] >= 16,
               "bursts were lost")
        window = told["latency"]["window_ms"]
        # Both times are those of callbacks; one that a busy machine calls late
        # makes one burst look early, but not half of them.
        expect(report["median_ms"] >= window - 0.1,
               f"faster than the window of {window} ms")
        most_ms = MOST_UNTOLD_MS.get(options.server, SOME_MS)
        expect(report["median_ms"] <= report["expected_ms"] + most_ms,
               "much later than expected")
        expect(daemon.status()["mode"] == told["mode"], "the mode stayed")
        if told["state"] == "idle":
            daemon.wait_state("idle")  # our listener is gone
        listener = server.listen()
        daemon.wait_state("running")
        # JACK knows of a connection as soon as it is made.
        def is_refused():
            try:
                daemon.ask("loopback")
            except Failure as failure:
                return "listens" in str(failure)
            return False
        wait("the refusal while another listens", is_refused)
        end(listener)


main(test)
