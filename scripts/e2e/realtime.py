#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""daemon.realtime is heeded, live, and `status` says what the audio threads
really have."""

import os
import pathlib

import test_options
from sandbox import end, expect, main, wait

_REALTIME = (os.SCHED_FIFO, os.SCHED_RR)


def has_realtime_thread(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            policy = os.sched_getscheduler(int(task.name))
        except ProcessLookupError:
            continue
        if policy & ~os.SCHED_RESET_ON_FORK in _REALTIME:
            return True
    return False


def settled(daemon):
    """The state once audio flows and the threads have been looked at."""
    def look():
        status = daemon.status()
        told = status["realtime"]
        return (status["state"] == "running" and
                told["detail"] != "no audio yet" and told)
    return wait("audio", look)


def test():
    options = test_options.parse(__doc__, servers=("pulse", "pipewire"))
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        told = settled(daemon)
        print(f"auto: {told}")
        expect(has_realtime_thread(daemon.process.pid) ==
               (told["kind"] != "none"), "the threads are otherwise")
        daemon.tacet("set", "daemon.realtime=off")
        wait("the restart", lambda: "off" in
             daemon.status()["realtime"]["detail"])
        told = settled(daemon)
        print(f"off: {told}")
        expect(told["kind"] == "none", "real time is not off")
        expect(not has_realtime_thread(daemon.process.pid),
               "a thread runs in real time")
        end(listener)


main(test)
