#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM leaves nothing of ours in the server; what SIGKILL leaves, the next
daemon adopts or removes."""

import test_options
from checks import check_audio
from sandbox import expect, main, wait


def test():
    options = test_options.parse(__doc__)
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        once = server.ours()
        expect(once, "the server does not know of Tacet Microphone")
        daemon.stop()
        wait("nothing of ours in the server", lambda: not server.ours())
        daemon.start()
        daemon.wait_state("idle", "running")
        daemon.kill()
        daemon.start()
        daemon.wait_state("idle", "running")
        wait("as much in the server as after one start",
             lambda: len(server.ours()) == len(once))
        daemon.tacet("mode", "bypass")
        check_audio(server, daemon, 2.0)
        daemon.stop()
        wait("nothing of ours in the server", lambda: not server.ours())
        daemon.start()


main(test)
