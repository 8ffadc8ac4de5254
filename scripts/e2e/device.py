#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A microphone that goes, for longer than a server may take to start, and comes
back is used again, by itself; the virtual one stays. Prints how long after its
return audio was back, and for how long PulseAudio let who listens hear the
microphone itself, before Tacet took them back: what is loud while Tacet is mute. A
time is no pass or fail."""

import time

import numpy
import test_options
from checks import check_audio
from sandbox import expect, main, wait

GONE_S = 6  # Supervisor::kStartSeconds is 5
LOUD = 1e-3  # the noise that is played is a hundred times that


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
        time.sleep(GONE_S)
        daemon.tacet("mode", "mute")
        if server.backend == "pulseaudio":
            heard = len(server.heard())
        server.add_device()
        began = time.monotonic()
        daemon.wait_status("its return", lambda status:
                           status["device"]["source"] == "mic")
        daemon.wait_state("running")
        daemon.wait_audio()
        audio_s = time.monotonic() - began
        server.feed_again()
        if server.backend == "pulseaudio":
            wait("silence by Tacet's mode", lambda: not listener.hears())
            loud = numpy.abs(server.heard(heard)) > LOUD
            print(f"the microphone itself was heard for "
                  f"{1e3 * loud.sum() / server.rate:.0f} ms")
        daemon.tacet("mode", "bypass")
        # Meanwhile Tacet Microphone was the default source, from which
        # PulseAudio moves all that listen to the one that comes back.
        wait("sound by the same listener", listener.hears)
        daemon.tacet("mode", "mute")
        wait("silence by Tacet's mode", lambda: not listener.hears())
        daemon.tacet("mode", "bypass")
        recovery = daemon.status()["recovery"]
        print(f"audio back {audio_s:.2f} s after the device")
        expect("not up" not in recovery["last_cause"],
               f"the daemon began anew: {recovery}")
        if server.backend == "pulseaudio":  # PipeWire has another one meanwhile
            expect(recovery["recoveries"] == 1, "the return was not counted")
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
