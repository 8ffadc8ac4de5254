#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""While nobody listens the microphone is free and the audio threads do not run
for a nanosecond. What the server tells of the listener's end comes first: a real
PulseAudio suspends one sink after the other, a second apart, and tells of each."""

import pathlib
import time

import test_options
from sandbox import expect, main, wait

REST_S = 2.0


def run_times(process):
    """Nanoseconds on a processor, by thread."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return {int(task.name): int((task / "schedstat").read_text().split()[0])
            for task in tasks}


def audio_times(process):
    times = run_times(process)
    del times[process.pid]  # of the control thread
    return times


class Rest:
    """Asked again and again: whether the audio threads have not run for REST_S.
    Those that never rest so long fail the test, as do those that run later."""

    def __init__(self, process):
        self._process, self._times, self._since = process, None, None

    def __call__(self):
        times, now = audio_times(self._process), time.monotonic()
        if times != self._times:
            self._times, self._since = times, now
        return now - self._since >= REST_S


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"),
                                 seconds=5.0)
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        wait("sound", listener.hears)
        server.end_listening()
        daemon.wait_state("idle")
        wait("the microphone's rest", server.is_device_free)
        wait("the audio threads' rest", Rest(daemon.process))
        callbacks = daemon.status()["counters"]["callbacks"]
        before = run_times(daemon.process)
        time.sleep(options.seconds)
        after = run_times(daemon.process)
        audio_ns = {thread: after[thread] - before[thread]
                    for thread in before if thread != daemon.process.pid}
        control_ns = after[daemon.process.pid] - before[daemon.process.pid]
        print(f"in {options.seconds} s without a listener: audio threads "
              f"{sum(audio_ns.values())} ns, control thread "
              f"{control_ns / 1e6:.2f} ms "
              f"({100e-9 * control_ns / options.seconds:.3f} % of a core)")
        expect(daemon.status()["counters"]["callbacks"] == callbacks,
               "callbacks came though nobody listened")
        expect(not any(audio_ns.values()), f"threads ran: {audio_ns} ns")


main(test)
