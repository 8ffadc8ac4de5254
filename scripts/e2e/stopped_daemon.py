#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A daemon that stands still for 2 s (SIGSTOP) goes on as before: audio flows,
at the same latency, without a further loss."""

import signal
import time

import test_options
from checks import check_audio
from sandbox import main


def test():
    options = test_options.parse(__doc__)
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        server.listen()
        daemon.wait_state("running")
        daemon.wait_audio()
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        daemon.process.send_signal(signal.SIGCONT)
        daemon.wait_state("running")
        daemon.wait_audio()
        server.end_listening()
        check_audio(server, daemon)
        counters = daemon.status()["counters"]
        print(f"{counters['xruns']} xruns, {counters['lost_frames']} frames "
              "lost as told by the server")
        daemon.expect_balanced()


main(test)
