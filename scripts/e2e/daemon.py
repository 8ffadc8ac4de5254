# SPDX-License-Identifier: Apache-2.0
"""The real tacetd, and the real tacet to ask it."""

import contextlib
import json
import os
import pathlib
import signal
import socket

from sandbox import LIMIT_S, Failure, end, expect, wait

_REALTIME = (os.SCHED_FIFO, os.SCHED_RR)
# Not even root's programs may then give themselves real time.
_POWERLESS = ("prlimit", "--rtprio=0:0", *(
    ("setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice")
    if os.geteuid() == 0 else ()))


class Daemon:

    def __init__(self, box, tacetd, tacet, backend, denoise=None, preload=None,
                 step_down=0, **audio):
        """preload: a library that stands before the C library; step_down: as
        deadline_misses_step_down."""
        self._preload = preload
        self._box, self._tacetd, self._tacet = box, tacetd, tacet
        self._backend = backend
        self._config = box.path("tacet.toml")
        sections = {"audio": audio, "denoise": denoise or {},
                    "daemon": {"deadline_misses_step_down": step_down}}
        self._config.write_text("".join(
            f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n"
                                       for key, value in keys.items())
            for section, keys in sections.items()))
        self.process = None

    def start(self, powerless=False):
        """powerless: it may not give its threads real time itself."""
        before = _POWERLESS if powerless else ()
        if self._preload:
            before += ("env", f"LD_PRELOAD={self._preload}",
                       f"TACET_BOOT_JUMP={self._box.path('slept')}")
        self.process = self._box.run(
            *before, self._tacetd, "--backend", self._backend, "--config",
            self._config, log="tacetd.log")
        wait("the daemon's answer", self.answers)

    def answers(self):
        """Its status; None while it is not there, or takes its own place."""
        if self.process.poll() is not None:
            raise Failure(f"tacetd ended with {self.process.returncode}")
        try:
            return self.status()
        except (OSError, ValueError):
            return None

    def tacet(self, *arguments):
        return self._box.ask(self._tacet, *arguments)

    def ask(self, command, **arguments):
        """What `tacet` would say, without a program for each question."""
        request = dict(v=1, id=1, cmd=command, **arguments)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(LIMIT_S)
            client.connect(str(self._box.path("run/tacet/control.sock")))
            client.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(client.makefile().readline())
        expect(answer["ok"], f"{command}: {answer.get('error')}")
        return answer["result"]

    def status(self):
        return self.ask("status")

    def wait_status(self, what, condition):
        """Until the condition holds for the status."""
        def holds():
            status = self.answers()
            return status is not None and condition(status)
        try:
            wait(what, holds)
        except Failure as failure:
            raise Failure(f"{failure}; it says {self.answers()}") from None

    def wait_state(self, *states):
        self.wait_status(f"the state {' or '.join(states)}",
                         lambda status: status["state"] in states)

    def wait_audio(self):
        """Until callbacks come."""
        before = self.status()["counters"]["callbacks"]
        self.wait_status("callbacks", lambda status:
                         status["counters"]["callbacks"] > before + 2)

    def wait_realtime(self):
        """What status says of it once audio flows and the threads have been
        looked at."""
        def look():
            status = self.answers()
            return (status is not None and status["state"] == "running" and
                    status["realtime"]["detail"] != "no audio yet" and
                    status["realtime"])
        return wait("audio", look)

    def has_realtime_thread(self):
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                policy = os.sched_getscheduler(int(task.name))
            except ProcessLookupError:
                continue
            if policy & ~os.SCHED_RESET_ON_FORK in _REALTIME:
                return True
        return False

    def sleep(self):
        """As after an hour of the machine's sleep, with boot_jump; once."""
        self._box.path("slept").touch()

    def stop(self):
        """SIGTERM; whatever happens, a daemon that was told to stop succeeds."""
        status = end(self.process, signal.SIGTERM)
        expect(status == 0, f"tacetd ended with {status} on SIGTERM")

    def kill(self):
        end(self.process, signal.SIGKILL)

    def expect_balanced(self):
        counters = self.status()["counters"]
        expect(counters["balanced"], f"frames do not add up: {counters}")
