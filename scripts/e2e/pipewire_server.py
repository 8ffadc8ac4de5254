# SPDX-License-Identifier: Apache-2.0
"""A real PipeWire with its session manager, WirePlumber. What is played into
the virtual source "mic" is what it gives."""

import json
import signal

import numpy
import soundfile

from sandbox import end, wait
from signals import is_loud, noise, write_constant

MICROPHONE = "tacet_microphone"
_NODE = """{{ factory.name=support.null-audio-sink node.name={0}
  node.description={0} media.class=Audio/Source/Virtual object.linger=true
  priority.session={1} audio.position=[ MONO ] monitor.channel-volumes=true }}"""


class PipewireTake:
    """Plays into the microphone; records it beside the virtual one."""

    def __init__(self, server, samples, seconds):
        box = self._box = server.box
        quiet = numpy.zeros(max(0, int(seconds * server.rate) - len(samples)))
        soundfile.write(box.path("play.wav"),
                        numpy.concatenate([samples, quiet]), server.rate,
                        subtype="FLOAT")
        self._recorder = box.run(
            "pw-cat", "-r", "--target", "0", "--format", "f32", "--rate",
            server.rate, "--channels", "2", "--latency", server.period, "-P",
            "{ node.name=recorder node.dont-reconnect=true }",
            box.path("record.wav"))
        server.link("mic:capture_MONO", "recorder:input_FL")
        server.link(f"{MICROPHONE}:capture_MONO", "recorder:input_FR")
        server.wait_capture()
        self._player = box.run(
            "pw-cat", "-p", "--target", "0", "--latency", server.period, "-P",
            "{ node.name=feeder }", box.path("play.wav"))
        server.link("feeder:output_MONO", "mic:input_MONO")

    def wait(self):
        wait("the player", lambda: self._player.poll() is not None, 3600)

    def finish(self):
        end(self._recorder, signal.SIGINT)
        end(self._player)
        both, _ = soundfile.read(self._box.path("record.wav"), dtype="float32")
        return both[:, 0], both[:, 1]


class PipewireServer:
    backend = "pipewire"
    rate = 48000
    device = "mic"
    one_clock = True
    loop_periods = 0

    def __init__(self, box, period=4096, **_):
        self.box, self.period = box, period
        self._server = self._manager = None
        folder = box.path("config/pipewire/pipewire.conf.d")
        folder.mkdir(parents=True)
        folder.joinpath("tests.conf").write_text(f"""context.properties = {{
            default.clock.rate = {self.rate}
            default.clock.quantum = {period}
            default.clock.min-quantum = 32
            default.clock.max-quantum = 8192
        }}""")
        # WirePlumber ends where there is no logind to ask who is at the seat.
        folder = box.path("config/wireplumber/bluetooth.lua.d")
        folder.mkdir(parents=True)
        folder.joinpath("51-tests.lua").write_text(
            'bluez_monitor.properties["with-logind"] = false\n')
        bus = f"unix:path={box.path('run/bus')}"
        box.run("dbus-daemon", "--session", "--nofork", f"--address={bus}")
        wait("the message bus", box.path("run/bus").exists)
        box.environment.update(DBUS_SESSION_BUS_ADDRESS=bus)

    def start(self):
        self._server = self.box.run("pipewire", server=True)
        wait("PipeWire", self.box.path("run/pipewire-0").exists)
        self.start_manager()
        self.add_device()
        self.add_device("webcam", 500)

    def start_manager(self):
        self._manager = self.box.run("wireplumber")
        # Listed, not bound: 0.3.65 stops reading from clients that bind the
        # metadata as it appears.
        wait("WirePlumber", lambda: 'metadata.name = "default"' in
             self.box.ask("pw-cli", "ls", "Metadata", check=False))

    def kill_manager(self):
        end(self._manager)

    def signal(self, number):
        self._server.send_signal(number)

    def kill(self):
        end(self._manager)
        end(self._server)
        for file in self.box.path("run").glob("pipewire-0*"):
            file.unlink()

    def add_device(self, name="mic", priority=1000):
        self.box.ask("pw-cli", "create-node", "adapter",
                     _NODE.format(name, priority))
        wait(f"the source {name}", lambda: f"{name}:capture_MONO" in
             self.box.ask("pw-link", "-o", check=False))

    def add_constant(self, name, value):
        """A microphone that gives one value, for a minute."""
        self.add_device(name, 100)
        file = self.box.path(f"{name}.wav")
        write_constant(file, value, self.rate)
        self.box.run("pw-cat", "-p", "--target", "0", "-P",
                     f"{{ node.name=talker_{name} }}", file)
        self.link(f"talker_{name}:output_MONO", f"{name}:input_MONO")

    def record_microphone(self):
        """Records it without an end; read_record() gives what it has."""
        self._record = self.box.path("record.wav")
        self.box.run(
            "pw-cat", "-r", "--target", MICROPHONE, "--format", "f32",
            "--rate", self.rate, "--channels", "1", "--latency", self.period,
            "-P", "{ node.name=recorder }", self._record)

    def read_record(self):
        if not self._record.exists():
            return numpy.zeros(0, "f4")
        size = self._record.stat().st_size // 4 * 4
        samples = numpy.frombuffer(self._record.read_bytes()[:size], "<f4")
        return samples[64:]  # behind the header, whichever it is

    def remove_device(self):
        self.box.ask("pw-cli", "destroy", "mic")

    def feed_again(self):
        """listen()'s sound, into a device that is another one now."""
        self.link("talker:output_MONO", "mic:input_MONO")

    def set_default(self, name):
        self.box.ask("pw-metadata", "0", "default.configured.audio.source",
                     json.dumps({"name": name}), "Spa:String:JSON")
        wait(f"{name} as the default", lambda: name in self.box.ask(
            "pw-metadata", "0", "default.audio.source"))

    def link(self, output, input_):
        def is_linked():
            self.box.ask("pw-link", output, input_, check=False)
            return input_ in self.links(output)
        wait(f"a link from {output} to {input_}", is_linked)

    def links(self, output):
        """The inputs that an output is linked to."""
        return self.box.ask("pw-link", "-l", output.split(":")[0], check=False)

    def wait_capture(self):
        wait("the daemon's capture from mic",
             lambda: "tacet_capture:input_MONO" in self.links("mic:"))

    def take(self, samples, seconds):
        return PipewireTake(self, samples, seconds)

    def listen(self):
        """Plays and records for a minute. hears(): whether sound comes."""
        soundfile.write(self.box.path("noise.wav"), noise(60 * self.rate),
                        self.rate, subtype="FLOAT")
        file = self.box.path("listen.wav")
        file.unlink(missing_ok=True)
        recorder = self.box.run(
            "pw-cat", "-r", "--target", MICROPHONE, "--format", "f32",
            "--rate", self.rate, "--channels", "1", "--latency", self.period,
            "-P", "{ node.name=listener }", file)
        player = self.box.run(
            "pw-cat", "-p", "--target", "0", "--latency", self.period, "-P",
            "{ node.name=talker }", self.box.path("noise.wav"))
        self.link("talker:output_MONO", "mic:input_MONO")
        recorder.hears = lambda: is_loud(file)
        self._listening = [recorder, player]
        return recorder

    def end_listening(self):
        for child in self._listening:
            end(child)

    def is_device_free(self):
        for thing in json.loads(self.box.ask("pw-dump", "-N")):
            info = thing.get("info", {})
            if info.get("props", {}).get("node.name") == "mic":
                return info["state"] == "suspended"
        return False

    def microphone_id(self):
        """Another after it was made anew."""
        return [thing["id"] for thing in
                json.loads(self.box.ask("pw-dump", "-N"))
                if thing.get("info", {}).get("props", {}).get("node.name") ==
                MICROPHONE]

    def ours(self):
        dump = self.box.ask("pw-dump", "-N")
        return [line for line in dump.splitlines() if "tacet_" in line]
