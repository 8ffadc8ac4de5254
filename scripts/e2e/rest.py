# SPDX-License-Identifier: Apache-2.0
"""Whether the daemon's audio threads run, by the kernel's account."""

import pathlib
import time

from sandbox import expect, wait

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


def expect_rest(server, daemon, seconds):
    """The microphone gets free, and the audio threads come to rest and do not
    run for a nanosecond in `seconds` then."""
    daemon.wait_state("idle")
    wait("the microphone's rest", server.is_device_free)
    wait("the audio threads' rest", Rest(daemon.process))
    callbacks = daemon.status()["counters"]["callbacks"]
    before = run_times(daemon.process)
    time.sleep(seconds)
    after = run_times(daemon.process)
    audio_ns = {thread: after[thread] - before[thread]
                for thread in before if thread != daemon.process.pid}
    control_ns = after[daemon.process.pid] - before[daemon.process.pid]
    print(f"in {seconds} s without a listener: audio threads "
          f"{sum(audio_ns.values())} ns, control thread "
          f"{control_ns / 1e6:.2f} ms "
          f"({100e-9 * control_ns / seconds:.3f} % of a core)")
    expect(daemon.status()["counters"]["callbacks"] == callbacks,
           "callbacks came though nobody listened")
    expect(not any(audio_ns.values()), f"threads ran: {audio_ns} ns")
