#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The daemon at short periods beside a client that only passes audio through:
for --seconds, at periods of --period frames. Prints both sides' xruns and the
callback's times. With --strict 1 (on a machine that does nothing else) it fails
where the daemon has more xruns than the other, or where its callback takes more
than a quarter of the period in 99.9 % of the cases."""

import collections
import re
import signal
import time

import test_options
from daemon import Daemon
from jack_server import NAME, JackServer
from pipewire_server import MICROPHONE, PipewireServer
from sandbox import Sandbox, end, expect, main, wait

MOST_OF_PERIOD = 0.25
# jackd names the client that was too late; all clients are told of each xrun.
_LATE = re.compile(r"JackEngine::XRun: client (?:= )?(.+?) "
                   r"(?:was not finished|finished after)")


def soak_jack(options, box):
    """(xruns of the daemon, of the other), each by the server's own log."""
    server = JackServer(box, period=options.period, is_live=True)
    server.start()
    daemon = start_daemon(options, box, server)
    end_of_start = len(box.path("jackd.log").read_text())
    other = box.run(options.jack_probe, "pass", options.seconds)
    time.sleep(1)  # the graph's change when it joins is no part of it
    daemon.ask("latency", reset=True)
    wait("the end", lambda: other.poll() is not None, options.seconds + 600)
    expect(other.returncode == 0, "the other client failed")
    late = collections.Counter(_LATE.findall(
        box.path("jackd.log").read_text()[end_of_start:]))
    print(f"late clients by jackd's log: {dict(late)}; xruns that the server "
          f"told of: {daemon.status()['counters']['xruns']}")
    return daemon, late[NAME], late["pass"]


def soak_pipewire(options, box):
    server = PipewireServer(box, period=options.period)
    server.start()
    daemon = start_daemon(options, box, server)
    probes = []
    for name, output in (("listener", f"{MICROPHONE}:capture_MONO"),
                         ("pass", "mic:capture_MONO")):
        probes.append(box.run(options.pipewire_probe, name, options.period,
                              server=True, log=f"{name}.txt"))
        server.link(output, f"{name}:in")
    daemon.wait_audio()
    time.sleep(1)
    daemon.ask("latency", reset=True)
    before = daemon.status()["counters"]["xruns"]
    end(probes.pop(), signal.SIGINT)  # counts from now on
    probes.append(box.run(options.pipewire_probe, "pass", options.period,
                          server=True, log="second.txt"))
    server.link("mic:capture_MONO", "pass:in")
    time.sleep(options.seconds)
    xruns = daemon.status()["counters"]["xruns"] - before
    end(probes.pop(), signal.SIGINT)
    cycles, gaps = map(int, box.path("second.txt").read_text().split()[-2:])
    print(f"the other ran {cycles} cycles")
    expect(cycles > 0, "the other client never ran")
    return daemon, xruns, gaps


def start_daemon(options, box, server):
    daemon = Daemon(box, options.tacetd, options.tacet, server.backend,
                    period_frames=options.period)
    daemon.start()
    daemon.wait_state("idle", "running")
    return daemon


def report(options, daemon, ours, others):
    status, latency = daemon.status(), daemon.ask("latency")
    period = status["device"]["capture"]["period_frames"]
    period_ms = 1000 * period / status["device"]["capture"]["sample_rate_hz"]
    callback = next(stage for stage in latency["stages"]
                    if stage["stage"] == "end_to_end")
    print(f"{options.seconds:.0f} s at {period} frames ({period_ms:.3f} ms), "
          f"scheduling {status['realtime']['kind']}: {callback['count']} "
          f"callbacks, p50 {callback['p50_ms']:.3f} ms, p99 "
          f"{callback['p99_ms']:.3f} ms, p99.9 {callback['p999_ms']:.3f} ms "
          f"({100 * callback['p999_ms'] / period_ms:.1f} % of the period), max "
          f"{callback['max_ms']:.3f} ms; xruns {ours}, the other's {others}; "
          f"deadlines missed {status['counters']['deadline_misses']}")
    daemon.expect_balanced()
    expect(period == options.period, f"the period is {period}")
    if options.strict:
        expect(ours <= others, f"{ours} xruns, the other had {others}")
        expect(callback["p999_ms"] <= MOST_OF_PERIOD * period_ms,
               "the callback takes too much of the period")


def test():
    options = test_options.parse(__doc__, servers=("jack", "pipewire"),
                                 seconds=600.0, period=64, strict=0)
    with Sandbox() as box:
        soak = soak_jack if options.server == "jack" else soak_pipewire
        daemon, ours, others = soak(options, box)
        report(options, daemon, ours, others)
        daemon.stop()


main(test)
