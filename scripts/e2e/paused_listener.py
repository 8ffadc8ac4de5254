#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A listener that pauses but keeps its link, as a call on hold or a recorder
before its first take does, is nobody who listens: the microphone is free, the
audio threads rest, and nothing counts as a failure. It goes on within a second
when it wants to."""

import signal
import time

import test_options
from pipewire_server import MICROPHONE
from rest import expect_rest
from sandbox import end, expect, main, wait

MOST_S = 1.0


def test():
    options = test_options.parse(__doc__, servers=("pipewire",), seconds=3.0)
    with test_options.running(options) as (box, server, daemon):
        listener = box.run(options.pipewire_listener, MICROPHONE)
        daemon.wait_state("running")
        server.wait_capture()
        before = daemon.status()

        listener.send_signal(signal.SIGUSR1)
        expect_rest(server, daemon, options.seconds)
        expect("listener:input_MONO" in server.links(MICROPHONE),
               "the paused listener has lost its link")
        expect(daemon.status()["recovery"]["recoveries"] ==
               before["recovery"]["recoveries"],
               "a pause counted as a failure")

        callbacks = daemon.status()["counters"]["callbacks"]
        start = time.monotonic()
        listener.send_signal(signal.SIGUSR2)
        wait("callbacks", lambda: daemon.status()["counters"]["callbacks"] >
             callbacks)
        took = time.monotonic() - start
        print(f"called again {took:.2f} s after the listener went on")
        expect(took <= MOST_S, f"after {took:.2f} s, at most {MOST_S}")
        daemon.wait_state("running")
        end(listener, signal.SIGINT)


main(test)
