#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A microphone that goes and comes back is used again, by itself. Prints how
long after its return audio was back; a time is no pass or fail."""

import time

import test_options
from checks import check_audio
from sandbox import main, wait


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"))
    with test_options.running(options, mode="bypass", source="mic") as (
            _, server, daemon):
        listener = server.listen()
        daemon.wait_state("running")
        wait("sound", listener.hears)
        server.remove_device()
        daemon.wait_status("a notice of it", lambda status:
                           status["device"]["source"] != "mic")
        server.add_device()
        began = time.monotonic()
        if server.backend == "pulseaudio":
            # Meanwhile Tacet Microphone was the default source, from which
            # PulseAudio moves all that listen to the one that comes back.
            server.end_listening()
            server.listen()
        daemon.wait_status("its return", lambda status:
                           status["device"]["source"] == "mic")
        daemon.wait_state("running")
        daemon.wait_audio()
        print(f"audio back {time.monotonic() - began:.2f} s after the device")
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
