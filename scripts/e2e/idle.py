#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""While nobody listens the microphone is free and the audio threads do not run
for a nanosecond. What the server tells of the listener's end comes first: a real
PulseAudio suspends one sink after the other, a second apart, and tells of each."""

import test_options
from rest import expect_rest
from sandbox import main, wait


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"),
                                 seconds=5.0)
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        wait("sound", listener.hears)
        server.end_listening()
        expect_rest(server, daemon, options.seconds)


main(test)
