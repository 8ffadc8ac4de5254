#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A server that is killed and started again gets Tacet Microphone back, whole.
Prints how long after the server audio was back; a time is no pass or fail."""

import time

import test_options
from checks import check_audio
from sandbox import expect, main, wait


def test():
    options = test_options.parse(__doc__)
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        listener = server.listen()
        daemon.wait_state("running")
        wait("sound", listener.hears)
        before = daemon.status()["recovery"]["recoveries"]
        server.kill()
        daemon.wait_state("recovering")
        server.start()
        began = time.monotonic()
        listener = server.listen()
        daemon.wait_state("running")
        daemon.wait_audio()
        counted_s = time.monotonic() - began
        wait("sound", listener.hears)
        heard_s = time.monotonic() - began
        print(f"audio back {counted_s:.2f} s after the server by the daemon's "
              f"count, {heard_s:.2f} s by a new recorder's")
        expect(daemon.status()["recovery"]["recoveries"] > before,
               "the recovery was not counted")
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
