# SPDX-License-Identifier: Apache-2.0
"""A place of its own for a test with real programs: folders, children, waiting.

    with Sandbox() as box:
        box.run("pulseaudio", ...)      # ends with the sandbox
        box.wait("the socket", box.path("pulse.sock").exists)

Nothing here waits for a time: `wait` asks until what it waits for is there, and
only gives up after LIMIT_S, far beyond what a busy machine takes.
"""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

LIMIT_S = 60
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failure(Exception):
    """What the test was to show is not so."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def _as_child():
    """Dies with the test; real time where it is allowed, as on a desktop."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _as_server():
    _as_child()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except PermissionError:
        pass


class Sandbox:

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="tacet-e2e-")
        self._children = []
        self.environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("PULSE_", "PIPEWIRE_REMOTE", "JACK_",
                                    "DISPLAY", "WAYLAND"))}
        for variable, name in (("XDG_RUNTIME_DIR", "run"), ("HOME", "home"),
                               ("XDG_CONFIG_HOME", "config"),
                               ("XDG_STATE_HOME", "state"),
                               ("XDG_CACHE_HOME", "cache")):
            self.path(name).mkdir(mode=0o700)
            self.environment[variable] = str(self.path(name))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for child in reversed(self._children):
            end(child)
        if kind is not None and kind is not SystemExit:
            self._show_logs()
        self._folder.cleanup()

    def path(self, name):
        return pathlib.Path(self._folder.name, name)

    def run(self, *command, server=False, log=None, output=None):
        """Starts a program; its words go to the file `log`."""
        words = open(self.path(log or f"{command[0].split('/')[-1]}.log"), "ab")
        child = subprocess.Popen(
            [str(word) for word in command], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=output or words, stderr=words,
            preexec_fn=_as_server if server else _as_child)
        words.close()
        self._children.append(child)
        return child

    def ask(self, *command, check=True, timeout=LIMIT_S):
        """Standard output of a program that ends by itself."""
        done = subprocess.run(
            [str(word) for word in command], env=self.environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(map(str, command))}: {done.stderr}")
        return done.stdout

    def _show_logs(self):
        for log in sorted(self.path("").glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}",
                  file=sys.stderr)


def end(child, number=signal.SIGKILL):
    """Ends a program of Sandbox.run. Returns its status."""
    if child.poll() is None:
        child.send_signal(number)
    try:
        return child.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        raise Failure(f"{child.args[0]} did not end on signal {number}")


def wait(what, condition, limit_s=LIMIT_S):
    """Asks until the condition holds; returns its value."""
    limit = time.monotonic() + limit_s
    while not (value := condition()):
        if time.monotonic() > limit:
            raise Failure(f"waited {limit_s} s in vain for {what}")
        time.sleep(0.01)
    return value


def main(test):
    """Runs a test; exit status 77 where its programs are not installed."""
    try:
        test()
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        sys.exit(1)
