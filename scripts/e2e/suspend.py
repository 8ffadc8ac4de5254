#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The machine sleeps for an hour (boot time jumps): the daemon counts a recovery
and says why, whoever listened hears sound again, and it is whole."""

import time

import test_options
from checks import check_audio
from sandbox import expect, main, wait


def test():
    options = test_options.parse(__doc__)
    with test_options.running(options, mode="bypass") as (
            box, server, daemon):
        listener = server.listen()
        daemon.wait_state("running")
        wait("sound", listener.hears)
        before = daemon.status()["recovery"]["recoveries"]
        daemon.sleep()
        began = time.monotonic()
        daemon.wait_status("a recovery", lambda status:
                           status["recovery"]["recoveries"] > before)
        recovery = daemon.status()["recovery"]
        print(f"noticed and over after {time.monotonic() - began:.2f} s: "
              f"{recovery}")
        expect(recovery["last_cause"] == "the machine slept for 3600 s",
               recovery["last_cause"])
        log = box.path("tacetd.log").read_text()
        expect("event=slept seconds=" in log, f"the log does not tell:\n{log}")
        daemon.wait_state("running")
        daemon.wait_audio()
        expect(listener.poll() is None and listener.hears(),
               "who listened hears nothing")
        server.end_listening()
        check_audio(server, daemon)
        daemon.expect_balanced()


main(test)
