#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""While nobody listens the microphone is free and the audio thread does not run
for a nanosecond."""

import pathlib
import time

import test_options
from sandbox import expect, main, wait


def run_times(process):
    """Nanoseconds on a processor, by thread."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return {int(task.name): int((task / "schedstat").read_text().split()[0])
            for task in tasks}


def test():
    options = test_options.parse(__doc__, servers=("pipewire", "pulse"),
                                 seconds=5.0)
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        wait("sound", listener.hears)
        server.end_listening()
        daemon.wait_state("idle")
        wait("the microphone's rest", server.is_device_free)
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
        if server.one_clock:
            expect(not any(audio_ns.values()), f"threads ran: {audio_ns} ns")


main(test)
