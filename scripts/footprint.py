#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tacetd costs: memory, time to sound, processor, answers, true latency.

    footprint.py TACETD TACET [SERVER...] [--jack-probe PROBE]

SERVER: fake, pulseaudio, pipewire, jack; default: those that are installed; jack
listens with tests/daemon/jack_probe of a build (--jack-probe), else it is left out.
Prints Markdown. Each figure is of the default model on one channel at 48 kHz;
each daemon runs on the sound server's usual period, with one listener.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "e2e"))
from daemon import Daemon  # noqa: E402
from jack_server import JackServer  # noqa: E402
from pipewire_server import PipewireServer  # noqa: E402
from pulse_server import PulseServer  # noqa: E402
from sandbox import Failure, Sandbox, end, wait  # noqa: E402

RUN_S = 30
IDLE_S = 5
NUM_STARTS = 3
NUM_QUESTIONS = 1000
NUM_STRANGERS = 1000
NEEDS = {"pulseaudio": ("pulseaudio", "parec"),
         "pipewire": ("pipewire", "wireplumber", "pw-cat", "dbus-daemon"),
         "jack": ("jackd",), "fake": ()}


class FakeServer:
    """What the others are, for the backend that needs no server."""
    backend, device = "fake", "default"

    def __init__(self, box):
        pass

    def start(self):
        pass

    def listen(self):
        return None


SERVERS = {"fake": FakeServer, "pulseaudio": PulseServer,
           "pipewire": PipewireServer, "jack": JackServer}


def threads(pid):
    """Of each thread: name, processor time as the scheduler counts it, to the
    nanosecond, and how often it has slept."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        slept = re.search(r"^voluntary_ctxt_switches:\s*(\d+)",
                          (task / "status").read_text(), re.M)
        found[task.name] = ((task / "comm").read_text().strip(),
                            int((task / "schedstat").read_text().split()[0]),
                            int(slept[1]))
    return found


def memory_mb(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


def cpu_share(pid, seconds):
    """Percent of one core, and the same and wake-ups a second by thread."""
    began, before = time.monotonic(), threads(pid)
    time.sleep(seconds)
    after = threads(pid)
    took = time.monotonic() - began
    total, parts = 0.0, []
    for task, (name, used, slept) in after.items():
        _, used_before, slept_before = before.get(task, (name, 0, 0))
        share = 100 * (used - used_before) / 1e9 / took
        total += share
        if share >= 0.005:
            parts.append(f"{name} {share:.2f} %, "
                         f"{(slept - slept_before) / took:.0f} a second")
    return f"{total:.2f} % of a core ({'; '.join(parts)})"


class Ready:
    """The socket over which a daemon says that sound flows, or could."""

    def __init__(self, box):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(box.path("notify")))
        self._socket.settimeout(60)
        box.environment["NOTIFY_SOCKET"] = str(box.path("notify"))

    def wait(self):
        while b"READY=1" not in self._socket.recv(65536):
            pass


def start_ms(daemon, ready):
    """From exec to sound, or to a microphone that waits for a listener."""
    began = time.monotonic()
    daemon.process = daemon._box.run(daemon._tacetd, "--backend",
                                     daemon._backend, "--config",
                                     daemon._config)
    ready.wait()
    return 1e3 * (time.monotonic() - began)


def question_ms(box):
    """Times of answers to `status`, over one connection."""
    line = b'{"v":1,"id":1,"cmd":"status"}\n'
    times = []
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(10)
        client.connect(str(box.path("run/tacet/control.sock")))
        stream = client.makefile()
        for _ in range(NUM_QUESTIONS):
            began = time.monotonic()
            client.sendall(line)
            answer = json.loads(stream.readline())
            times.append(1e3 * (time.monotonic() - began))
            if not answer["ok"]:
                raise Failure(answer["error"])
    return sorted(times)


def question_ms_among_strangers(box):
    """The same while others open and drop a thousand connections."""
    strangers = os.fork()
    if strangers == 0:
        path = str(box.path("run/tacet/control.sock"))
        while True:
            kept = []
            for _ in range(NUM_STRANGERS):
                client = socket.socket(socket.AF_UNIX)
                kept.append(client)
                with contextlib.suppress(OSError):
                    client.connect(path)
            for client in kept:
                client.close()
    try:
        for _ in range(100):  # until one place among them is ours
            try:
                return question_ms(box)
            except (OSError, ValueError, Failure):
                time.sleep(0.01)
        raise Failure("no place among the strangers")
    finally:
        os.kill(strangers, 9)
        os.waitpid(strangers, 0)


def show(name, figure):
    print(f"| {name} | {figure} |", flush=True)


def show_times(name, times):
    show(name, f"{statistics.median(times):.2f} / "
         f"{times[len(times) * 99 // 100]:.2f} / {times[-1]:.2f} ms")


def measure(name, tacetd, tacet, options):
    print(f"\n### {name}\n\n| what | measured |\n|---|---|")
    with Sandbox() as box:
        server = SERVERS[name](box, **options)
        server.start()
        ready = Ready(box)
        daemon = Daemon(box, tacetd, tacet, server.backend,
                        source=server.device)
        starts = []
        for i in range(NUM_STARTS):
            starts.append(start_ms(daemon, ready))
            if i + 1 < NUM_STARTS:
                daemon.stop()
        show(f"exec to sound or idle, median and worst of {NUM_STARTS}",
             f"{statistics.median(starts):.0f} / {max(starts):.0f} ms")
        pid = daemon.process.pid
        status = daemon.status()
        if status["state"] == "idle":
            time.sleep(2)
            show(f"processor, idle, {IDLE_S} s",
                 cpu_share(pid, IDLE_S))
            show("memory, idle: RSS, anonymous",
                 f"{memory_mb(pid, 'VmRSS'):.1f} / "
                 f"{memory_mb(pid, 'RssAnon'):.1f} MB")
        listener = server.listen()
        daemon.wait_state("running")
        daemon.wait_audio()
        time.sleep(2)
        period = daemon.status()["device"]["capture"]["period_frames"]
        show(f"processor, running, {RUN_S} s, period {period}",
             cpu_share(pid, RUN_S))
        show("memory, running: RSS, anonymous, locked",
             f"{memory_mb(pid, 'VmRSS'):.1f} / {memory_mb(pid, 'RssAnon'):.1f}"
             f" / {memory_mb(pid, 'VmLck'):.1f} MB")
        show_times("an answer: median / p99 / worst of "
                   f"{NUM_QUESTIONS}", question_ms(box))
        show_times(f"the same beside {NUM_STRANGERS} other connections",
                   question_ms_among_strangers(box))
        status = daemon.status()
        show("model, real-time scheduling",
             f"{status['model']['name']}, {status['realtime']['kind']}")
        if listener is not None:
            # Of a client killed within its cycle jackd waits for the end.
            end(listener, signal.SIGINT)
        # Last: what it recorded stays in memory.
        report = json.loads(
            daemon.tacet("latency", "--loopback", "--force",
                         "--even-if-heard", "--json"))
        show("loopback: median (least .. most), expected",
             f"{report['median_ms']:.2f} ({report['min_ms']:.2f} .. "
             f"{report['max_ms']:.2f}), {report['expected_ms']:.2f} ms; "
             f"{report['found']} of {report['sent']} bursts")
        daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tacetd", type=os.path.abspath)
    parser.add_argument("tacet", type=os.path.abspath)
    parser.add_argument("servers", nargs="*", metavar="SERVER")
    parser.add_argument("--jack-probe", type=os.path.abspath)
    arguments = parser.parse_args()
    options = {name: {} for name, programs in NEEDS.items()
               if all(map(shutil.which, programs))}
    if arguments.jack_probe:
        options["jack"] = {"probe": arguments.jack_probe}
    else:
        options.pop("jack", None)
    for name in arguments.servers or options:
        if name not in options:
            sys.exit(f"footprint: {name} is not installed, or for jack there "
                     "is no --jack-probe")
        measure(name, arguments.tacetd, arguments.tacet, options[name])


if __name__ == "__main__":
    main()
