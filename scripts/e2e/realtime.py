#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""daemon.realtime is heeded, live, and `status` says what the audio threads
really have."""

import test_options
from sandbox import end, expect, main, wait

def test():
    options = test_options.parse(__doc__, servers=("pulse", "pipewire"))
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        told = daemon.wait_realtime()
        print(f"auto: {told}")
        expect(daemon.has_realtime_thread() ==
               (told["kind"] != "none"), "the threads are otherwise")
        daemon.tacet("set", "daemon.realtime=off")
        wait("the restart", lambda: "off" in
             daemon.status()["realtime"]["detail"])
        told = daemon.wait_realtime()
        print(f"off: {told}")
        expect(told["kind"] == "none", "real time is not off")
        expect(not daemon.has_realtime_thread(),
               "a thread runs in real time")
        end(listener)


main(test)
