# SPDX-License-Identifier: Apache-2.0
"""The command line that all tests with real servers share."""

import argparse
import contextlib
import shutil
import sys

from daemon import Daemon
from jack_server import JackServer
from pipewire_pulse_server import PipewirePulseServer
from pipewire_server import PipewireServer
from pulse_server import PulseServer
from sandbox import Sandbox

SERVERS = {"jack": JackServer, "pipewire": PipewireServer,
           "pulse": PulseServer, "pipewire-pulse": PipewirePulseServer}
_PROGRAMS = {
    "jack": ("jackd", "jack_lsp"),
    "pipewire": ("pipewire", "wireplumber", "pw-cat", "pw-cli", "pw-link",
                 "pw-dump", "pw-metadata", "dbus-daemon"),
    "pipewire-pulse": ("pipewire", "wireplumber", "pipewire-pulse", "pw-cat",
                       "pw-cli", "pw-link", "dbus-daemon", "pactl", "parec"),
    "pulse": ("pulseaudio", "pactl", "paplay", "parec"),
}


def parse(text, servers=tuple(SERVERS), **numbers):
    """Options of a test; `numbers` are those of its own, with defaults."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--tacetd", required=True)
    parser.add_argument("--tacet", required=True)
    parser.add_argument("--jack-probe", help="tests/daemon/jack_probe")
    parser.add_argument("--pipewire-probe", help="tests/daemon/pipewire_probe")
    parser.add_argument("--pipewire-listener",
                        help="tests/daemon/pipewire_listener")
    parser.add_argument("--boot-jump", help="tests/daemon/libboot_jump.so")
    parser.add_argument("--rtkit-fake", help="tests/daemon/rtkit_fake")
    parser.add_argument("--slow-model", help="tests/daemon/slow_model")
    parser.add_argument("--pulse-probe", help="tests/daemon/pulse_probe")
    parser.add_argument("--server", choices=servers, required=True)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    options = parser.parse_args()
    missing = [program for program in _PROGRAMS[options.server]
               if shutil.which(program) is None]
    if missing:
        print(f"not installed: {' '.join(missing)}")
        sys.exit(77)
    return options


@contextlib.contextmanager
def running(options, server_first=True, mode="clean", **audio):
    """A server and the daemon on it: (box, server, daemon). A test's own option
    `period`, other than 0, is the server's, in frames."""
    period = getattr(options, "period", 0)
    probe = {"jack": options.jack_probe,
             "pulse": options.pulse_probe}.get(options.server)
    with Sandbox() as box:
        server = SERVERS[options.server](
            box, probe=probe, **({"period": period} if period else {}))
        if not server.one_clock:
            audio["period_frames"] = server.period
        daemon = Daemon(box, options.tacetd, options.tacet, server.backend,
                        preload=options.boot_jump, **audio)
        if server_first:
            server.start()
        daemon.start()
        if not server_first:
            daemon.wait_state("starting")
            server.start()
        daemon.wait_state("idle", "running")
        daemon.tacet("mode", mode)
        yield box, server, daemon
        daemon.stop()
