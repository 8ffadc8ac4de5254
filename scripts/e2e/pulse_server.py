# SPDX-License-Identifier: Apache-2.0
"""A real PulseAudio with null sinks: what is played into "feed" is heard by the
microphone "mic"."""

import os
import signal

import numpy
import soundfile

from pulse_clocks import PulseClocks
from sandbox import end, wait
from signals import is_loud, noise, write_constant

MICROPHONE = "tacet_microphone"
SINKS = ("feed", "tacet_sink")  # behind the microphone and the virtual one
_RAW = ("--raw", "--format=float32le", "--rate=48000", "--channels=1")


class PulseTake:
    """Plays into the microphone; records it, and the virtual one, at once."""

    def __init__(self, server, samples, seconds):
        self._server, box = server, server.box
        quiet = numpy.zeros(max(0, int(seconds * server.rate) - len(samples)))
        soundfile.write(box.path("play.wav"),
                        numpy.concatenate([samples, quiet]), server.rate,
                        subtype="FLOAT")
        self.files = [box.path(name) for name in ("direct.f32", "tacet.f32")]
        self._recorders = [
            server.record(source, file)
            for source, file in zip(("mic", MICROPHONE), self.files)]
        for file in self.files:
            wait("the recorders", lambda: os.path.getsize(file) > 0)
        self._player = server.play(box.path("play.wav"))

    def wait(self):
        wait("the player", lambda: self._player.poll() is not None, 3600)

    def finish(self):
        for recorder in self._recorders:
            end(recorder, signal.SIGINT)
        end(self._player)
        return [numpy.fromfile(file, "<f4") for file in self.files]


class PulseServer:
    backend = "pulseaudio"
    rate = 48000
    device = "mic"
    one_clock = False

    def __init__(self, box, period=4096, probe=None, **_):
        self.box, self.period = box, period
        self._probe = probe
        self._socket = box.path("run/pulse.sock")
        self._server = None
        box.environment.update(PULSE_SERVER=f"unix:{self._socket}")
        box.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)

    def start(self):
        self._server = self.box.run(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
            "--use-pid-file=no", "--disable-shm=yes",
            "-L", "module-suspend-on-idle timeout=1",
            "-L", "module-native-protocol-unix auth-anonymous=1 "
            f"socket={self._socket}", server=True)
        wait("PulseAudio", lambda: self.ctl("info", check=False))
        self.ctl("load-module", "module-null-sink", "sink_name=feed",
                 "rate=48000", "channels=1", "format=float32le")
        # Without a stream a null sink renders two seconds ahead, and a stream
        # that comes then waits for as long.
        self.box.run("pacat", *_RAW, "--latency-msec=20", "--device=feed",
                     "/dev/zero")
        probe = self.box.path("probe.f32")
        recorder = self.record("feed.monitor", probe)
        wait("the microphone's clock", lambda: os.path.getsize(probe) > 0)
        end(recorder)
        self.add_device()
        self.ctl("set-default-source", self.device)

    def kill(self):
        end(self._server)
        self._socket.unlink(missing_ok=True)

    def signal(self, number):
        self._server.send_signal(number)

    def ctl(self, *arguments, check=True):
        return self.box.ask("pactl", *arguments, check=check)

    def add_device(self):
        self._module = self.ctl(
            "load-module", "module-remap-source", "source_name=mic",
            "master=feed.monitor", "remix=no", "format=float32le").strip()

    def add_constant(self, name, value):
        """A microphone that gives one value, for a minute."""
        self.ctl("load-module", "module-null-sink", f"sink_name={name}_feed",
                 f"rate={self.rate}", "channels=1", "format=float32le")
        file = self.box.path(f"{name}.wav")
        write_constant(file, value, self.rate)
        self.box.run("paplay", f"--device={name}_feed", "--latency-msec=20",
                     file)
        self.ctl("load-module", "module-remap-source", f"source_name={name}",
                 f"master={name}_feed.monitor", "remix=no", "format=float32le")

    def record_microphone(self):
        """Records it without an end; read_record() gives what it has."""
        self._record = self.box.path("record.f32")
        self.record(MICROPHONE, self._record)

    def read_record(self):
        data = self._record.read_bytes()
        return numpy.frombuffer(data[:len(data) // 4 * 4], "<f4")

    def remove_device(self):
        self.ctl("unload-module", self._module)

    def feed_again(self):
        """listen()'s sound goes to what is behind the device, which stays."""

    def set_default(self, name):
        self.ctl("set-default-source", name)

    def play(self, file):
        return self.box.run("paplay", "--device=feed", "--latency-msec=500",
                            file)

    def record(self, source, file):
        return self.box.run("parec", *_RAW, "--latency-msec=20",
                            f"--device={source}", output=open(file, "wb"))

    def take(self, samples, seconds):
        return PulseTake(self, samples, seconds)

    def clocks(self, take):
        return PulseClocks(self.box, self._probe, SINKS, self.rate,
                           take.files)

    def listen(self):
        """Plays and records for a minute. hears(): whether sound comes."""
        if not self.box.path("noise.wav").exists():  # it takes half a second
            soundfile.write(self.box.path("noise.wav"), noise(60 * self.rate),
                            self.rate, subtype="FLOAT")
        recorder = self.record(MICROPHONE, self.box.path("listen.f32"))
        recorder.hears = lambda: is_loud(self.box.path("listen.f32"))
        self._listening = [recorder, self.play(self.box.path("noise.wav"))]
        return recorder

    def heard(self, first=0):
        """What listen() has recorded from this frame on."""
        data = self.box.path("listen.f32").read_bytes()
        return numpy.frombuffer(data[:len(data) // 4 * 4], "<f4")[first:]

    def end_listening(self):
        for child in self._listening:
            end(child)

    def is_device_free(self):
        return any("mic\t" in line and line.endswith("SUSPENDED") for line in
                   self.ctl("list", "short", "sources").splitlines())

    def microphone_id(self):
        """Another after it was made anew."""
        return [line.split()[0] for line in
                self.ctl("list", "short", "sources").splitlines()
                if line.split()[1] == MICROPHONE]

    def ours(self):
        # The test's own folder is in the arguments of the socket's module.
        things = self.ctl("list", "short").replace(str(self._socket), "")
        return [line for line in things.splitlines()
                if "tacet" in line.lower()]
