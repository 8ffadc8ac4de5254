#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A model that is too slow for the machine is left for a smaller one of the same
latency, while somebody listens: sound goes on, and status, log, counters and
`tacet doctor` tell it."""

import time

import test_options
from checks import check_audio
from sandbox import end, expect, main, wait

# Of a hop of 8 ms this model takes more than a period of 64 frames, 1.3 ms; the
# smaller one some hundredths of a millisecond.
HIDDEN, STATES = 1280, 640  # nearly as large as a file may be
HOPS_A_SECOND = 125
MISSES = 10  # deadline_misses_step_down


def test():
    options = test_options.parse(__doc__, servers=("jack", "pipewire"),
                                 period=64)
    with test_options.running(options, step_down=MISSES) as (
            box, server, daemon):
        slow = box.path("slow.tacet")
        box.ask(options.slow_model, slow, HIDDEN, STATES)
        listener = server.listen()
        daemon.wait_state("running")
        wait("sound", listener.hears)
        before = daemon.status()
        expect(not before["model"]["stepped_down"], "it is too slow already")
        daemon.tacet("model", "use", slow)
        began = time.monotonic()
        daemon.wait_status("a smaller model", lambda status:
                           status["model"]["stepped_down_from"] == "slow")
        print(f"stepped down after {time.monotonic() - began:.2f} s")
        daemon.wait_status("the end of the swap", lambda status:
                           status["counters"]["swaps"] ==
                           before["counters"]["swaps"] + 2)
        after = daemon.status()
        expect(after["model"]["stepped_down"], "status does not tell")
        expect(after["model"]["name"] == "large",
               f"{after['model']['name']} is not the largest that is smaller")
        expect(after["latency"] == before["latency"],
               f"the latency was {before['latency']}, is {after['latency']}")
        misses = after["counters"]["deadline_misses"]
        expect(misses - before["counters"]["deadline_misses"] >= MISSES,
               f"{misses} misses were counted")
        log = box.path("tacetd.log").read_text()
        for word in ("event=too_slow", "event=step_down"):
            expect(word in log, f"no {word} in the log:\n{log}")
        doctor = box.ask(options.tacet, "doctor", check=False)
        expect("since slow was too slow" in doctor,
               f"tacet doctor does not tell:\n{doctor}")
        # Not for ever: the slow one missed with every hop.
        time.sleep(2)
        now = daemon.status()
        more = now["counters"]["deadline_misses"] - misses
        print(f"{misses} deadlines missed by then, {more} in 2 s after it")
        expect(more < 0.2 * 2 * HOPS_A_SECOND, "it is too slow as before")
        expect(now["counters"]["callbacks"] > after["counters"]["callbacks"],
               "no sound")
        expect(now["recovery"]["recoveries"] == 0, f"{now['recovery']}")
        expect(listener.poll() is None and listener.hears(),
               "who listened hears nothing")
        daemon.expect_balanced()
        if options.server == "jack":  # which waits for a busy machine
            server.end_listening()
            daemon.tacet("mode", "bypass")
            check_audio(server, daemon)
        else:
            end(listener)


main(test)
