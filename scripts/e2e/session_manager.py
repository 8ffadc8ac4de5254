#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The session manager of PipeWire ends and another starts: Tacet Microphone is
there as before."""

import test_options
from checks import check_audio
from sandbox import main, wait


def test():
    options = test_options.parse(__doc__, servers=("pipewire",))
    with test_options.running(options, mode="bypass") as (_, server, daemon):
        listener = server.listen()
        wait("sound", listener.hears)
        server.kill_manager()
        server.start_manager()
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
