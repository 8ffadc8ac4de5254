# SPDX-License-Identifier: Apache-2.0
"""PipeWire as a PulseAudio server: pipewire-pulse on a real PipeWire, with the
programs of PulseAudio as recorders."""

from pipewire_server import PipewireServer
from pulse_clocks import OneClock
from pulse_server import PulseServer, PulseTake
from sandbox import end, wait


class PipewirePulseServer(PipewireServer):
    backend = "pulseaudio"
    one_clock = False
    record = PulseServer.record
    listen = PulseServer.listen
    ctl = PulseServer.ctl

    def start(self):
        super().start()
        self._pulse = self.box.run("pipewire-pulse", server=True)
        wait("pipewire-pulse", lambda: "mic" in self.ctl(
            "list", "short", "sources", check=False))

    def kill(self):
        end(self._pulse)
        super().kill()

    def play(self, file):
        player = self.box.run(
            "pw-cat", "-p", "--target", "0", "--latency", self.period, "-P",
            "{ node.name=feeder }", file)
        self.link("feeder:output_MONO", "mic:input_MONO")
        return player

    def take(self, samples, seconds):
        return PulseTake(self, samples, seconds)

    def clocks(self, _):
        return OneClock(self.rate)  # the graph's
