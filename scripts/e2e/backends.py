#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Switching the network's backend live, float, fixed, neuromorphic and back, in
bypass while a sequence passes, loses no sample and moves the latency by none:
with spare_hop = "always" every backend has the hop that one on another thread
needs. --switches times, one each second and a half."""

import threading
import time

import test_options
from checks import SETTLING_S, check_audio
from sandbox import expect, main

ORDER = "fixed", "neuromorphic", "float", "neuromorphic", "fixed", "float"
BETWEEN_S = 1.5


class Switcher(threading.Thread):
    """Switches while the sequence passes; `failure`: why it could not."""

    def __init__(self, daemon, times, wait_s):
        super().__init__(daemon=True)
        self._daemon, self._times, self._wait_s = daemon, times, wait_s
        self.failure = None
        self.start()

    def run(self):
        try:
            self._daemon.wait_state("running")
            self._daemon.wait_audio()
            time.sleep(self._wait_s)
            for n in range(self._times):
                backend = ORDER[n % len(ORDER)]
                self._daemon.tacet("set", f"denoise.backend={backend}")
                self._daemon.wait_status(backend, lambda status: (
                    status["model"]["backend"] == backend and
                    status["counters"]["swaps"] == n + 1))
                time.sleep(BETWEEN_S)
        except Exception as failure:  # told by the main thread
            self.failure = failure


def test():
    options = test_options.parse(__doc__, switches=6)
    with test_options.running(options, mode="bypass",
                              denoise={"spare_hop": "always"}) as (
            box, server, daemon):
        # Two clocks: the drift resampler settles first.
        wait_s = 0 if server.one_clock else SETTLING_S
        switcher = Switcher(daemon, options.switches, wait_s)
        before = daemon.status()
        check_audio(server, daemon, 3 + 2 * BETWEEN_S * options.switches)
        switcher.join()
        if switcher.failure is not None:
            raise switcher.failure
        counters, recovery = (daemon.status()[k]
                              for k in ("counters", "recovery"))
        print(f"{counters['swaps']} switches, {counters['deadline_misses']} "
              f"deadlines missed, {counters['missing_masks']} masks missing, "
              f"{recovery['recoveries']} restarts")
        expect(counters["swaps"] == options.switches,
               f"{counters['swaps']} switches, expected {options.switches}")
        expect(recovery["recoveries"] == before["recovery"]["recoveries"],
               "the audio was restarted")
        daemon.expect_balanced()


main(test)
