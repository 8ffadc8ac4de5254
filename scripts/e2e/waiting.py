#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A daemon that waits for a sound server costs next to nothing: at most --percent
of a core, whichever backend it waits for. Processor time is that of the process,
ended threads included, so a busy machine does not matter. One that a host slows down
for a while does: the least of up to --windows stretches counts."""

import argparse
import contextlib
import time

from daemon import Daemon
from sandbox import Sandbox, expect, main

BACKENDS = "auto", "pipewire", "pulseaudio", "jack", "alsa"
# The pauses between two tries have grown to the longest, libraries are loaded,
# and ALSA is not asked any more but for a sign.
WARM_UP_S = 5.0


def processor_s(process):
    """Of all its threads, by the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime((~process.pid << 3) | 2)


def test():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tacetd", required=True)
    parser.add_argument("--backend", choices=BACKENDS, action="append")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--percent", type=float, default=1.0)
    parser.add_argument("--windows", type=int, default=3)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        daemons, logs = {}, {}
        for backend in options.backend or BACKENDS:
            box = stack.enter_context(Sandbox())
            # A server of this name there is none.
            box.environment["JACK_DEFAULT_SERVER"] = "tacet-absent"
            daemons[backend] = Daemon(box, options.tacetd, None, backend)
            logs[backend] = box.path("tacetd.log")
            daemons[backend].start()
        time.sleep(WARM_UP_S)
        for backend in "auto", "alsa":
            # A loopback card needs no server.
            if backend in daemons and daemons[backend].status()["state"] in (
                    "idle", "running"):
                print(f"{backend} need not wait here")
                daemons.pop(backend).stop()
        percents = dict.fromkeys(daemons, float("inf"))
        for _ in range(options.windows):
            begun = {backend: (time.monotonic(), processor_s(daemon.process))
                     for backend, daemon in daemons.items()}
            time.sleep(options.seconds)
            for backend, daemon in daemons.items():
                began, before = begun[backend]
                used = processor_s(daemon.process) - before
                percents[backend] = min(
                    percents[backend],
                    100 * used / (time.monotonic() - began))
            if max(percents.values()) <= options.percent:
                break
        print(", ".join(f"{backend} {percent:.2f} %"
                        for backend, percent in percents.items()))
        for backend, daemon in daemons.items():
            daemon.wait_state("starting")
            expect(percents[backend] <= options.percent,
                   f"{backend}: waiting takes {percents[backend]:.2f} % of a "
                   f"core, expected at most {options.percent} %")
            daemon.stop()
            # Libraries say nothing past the log, which has a limit.
            if backend not in ("auto", "alsa"):
                foreign = [line for line in logs[backend].read_text().split("\n")
                           if line and not line.startswith("<")]
                expect(not foreign, f"{backend}: {len(foreign)} lines as "
                       f"{foreign[:1]}")


main(test)
