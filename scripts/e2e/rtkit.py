#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A daemon that may not give its threads real time asks RTKit; `status` says
what came of it, where RTKit grants it, refuses, does not answer or is absent."""

import contextlib
import os

import test_options
from daemon import Daemon
from pulse_server import PulseServer
from sandbox import Sandbox, end, expect, main, wait

REFUSED = "rlimit: Operation not permitted; rtkit: "


def may_grant():
    """Whether one that stands in for RTKit, started by us, could."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


@contextlib.contextmanager
def system_bus(box, fake, manner):
    """With an RTKit of that manner; "absent": without."""
    socket = box.path("run/system_bus")
    socket.unlink(missing_ok=True)
    box.environment.update(DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={socket}")
    programs = [box.run("dbus-daemon", "--session", "--nofork",
                        f"--address=unix:path={socket}")]
    wait("the message bus", socket.exists)
    if manner != "absent":
        words = box.path("rtkit_fake.log")
        words.unlink(missing_ok=True)
        programs.append(box.run(fake, manner))
        wait("RTKit", lambda: "ready" in words.read_text())
    yield
    for program in programs:
        end(program)


def test():
    options = test_options.parse(__doc__, servers=("pulse",))
    with Sandbox() as box:
        server = PulseServer(box)
        server.start()
        for manner, kind, detail in (
                ("grant", "rtkit", ""),
                ("refuse", "none", REFUSED + "not for you, says the policy"),
                ("silent", "none", REFUSED),
                ("absent", "none", REFUSED)):
            if manner == "grant" and not may_grant():
                print("grant: not tried, nobody here may")
                continue
            with system_bus(box, options.rtkit_fake, manner):
                daemon = Daemon(box, options.tacetd, options.tacet,
                                server.backend)
                daemon.start(powerless=True)
                daemon.wait_state("idle", "running")
                server.listen()
                told = daemon.wait_realtime()
                print(f"{manner}: {told}")
                expect(told["kind"] == kind, f"{told['kind']}, not {kind}")
                expect(told["detail"].startswith(detail), told["detail"])
                expect(daemon.has_realtime_thread() == (kind == "rtkit"),
                       "the threads are otherwise")
                expect(("real-time    rtkit" in daemon.tacet("status")) ==
                       (kind == "rtkit"), "tacet status tells otherwise")
                server.end_listening()
                daemon.stop()


main(test)
