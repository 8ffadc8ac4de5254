#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""`tacet set device=`, --changes times to and fro while somebody listens: each
time the daemon hears the other microphone, the virtual one stays, no frame is
unaccounted for, and at the end not a sample is lost. Prints how long a change
took; a time is no pass or fail."""

import statistics
import time

import test_options
from checks import check_audio
from sandbox import expect, main, wait

# The second one of each server.
OTHERS = {"pipewire": "webcam", "pulse": "feed.monitor"}


def test():
    options = test_options.parse(__doc__, servers=tuple(OTHERS), changes=10)
    with test_options.running(options, mode="bypass", source="mic") as (
            _, server, daemon):
        listener = server.listen()
        daemon.wait_state("running")
        wait("sound", listener.hears)
        times = []
        for change in range(options.changes):
            name = "mic" if change % 2 else OTHERS[options.server]
            began = time.monotonic()
            daemon.tacet("set", f"device={name}")
            daemon.wait_status(
                f"audio from {name}", lambda status:
                status["state"] == "running" and
                status["device"]["source"] == name)
            daemon.wait_audio()
            times.append(time.monotonic() - began)
            daemon.expect_balanced()
        recovery = daemon.status()["recovery"]
        print(f"{options.changes} changes, audio after "
              f"{statistics.median(times):.2f} s, {max(times):.2f} s at worst; "
              f"recoveries {recovery['recoveries']}")
        expect(recovery["recoveries"] == 0,
               "a change is no recovery from a failure")
        daemon.tacet("set", "device=mic")
        daemon.wait_status("the first one", lambda status:
                           status["device"]["source"] == "mic")
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
