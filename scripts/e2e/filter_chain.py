#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The configurations in packaging/pipewire/ in a real PipeWire: noisy speech
through the virtual source, and through the virtual sink, comes out as clean as
`tacet denoise` makes the same file: SI-SNR against the clean speech within 0.3 dB.

The plugin hears silence before the speech, for as long as it takes to link all;
the engine's level has forgotten that after the first of the two clips, and the
second is judged.

    filter_chain.py --plugin tacet_ladspa.so --tacet TACET
"""

import argparse
import pathlib
import shutil
import signal
import sys

import numpy
import scipy.signal
import soundfile

from pipewire_server import PipewireServer
from sandbox import Sandbox, end, expect, main, wait
from signals import aligned_si_snr, si_snr

ROOT = pathlib.Path(__file__).parents[2]
CLIPS = ("01.flac", "00.flac")
RATE = 48000
MOST_DIFFERENCE_DB = 0.3
# Of less priority than the microphone: else their monitor is the default source.
SPEAKERS = """{ factory.name=support.null-audio-sink node.name=speakers
  media.class=Audio/Sink object.linger=true priority.session=400
  audio.position=[ FL FR ] monitor.channel-volumes=true }"""
PROGRAMS = ("pipewire", "wireplumber", "pw-cat", "pw-cli", "pw-link", "pw-dump",
            "dbus-daemon")


def load(name, clip):
    samples, rate = soundfile.read(ROOT / "tests/testdata/miniset" / name / clip)
    return scipy.signal.resample_poly(samples, RATE, rate)


def load_chains(box):
    """The user's way: a restart of PipeWire with the files in their place."""
    for name in ("tacet-source.conf", "tacet-sink.conf"):
        shutil.copy(ROOT / "packaging/pipewire" / name,
                    box.path("config/pipewire/pipewire.conf.d"))


def wait_port(box, port):
    wait(port, lambda: port in box.ask("pw-link", "-io", check=False))


def play_and_record(box, server, samples, feed, take):
    """Plays samples into the ports `feed`; what the ports `take` give."""
    channels = len(feed)
    soundfile.write(box.path("play.wav"), numpy.tile(samples[:, None], channels),
                    RATE, subtype="FLOAT")
    recorder = box.run(
        "pw-cat", "-r", "--target", "0", "--format", "f32", "--rate", RATE,
        "--channels", channels, "--latency", server.period, "-P",
        "{ node.name=recorder node.dont-reconnect=true }",
        box.path("record.wav"))
    sides = ["MONO"] if channels == 1 else ["FL", "FR"]
    for port, side in zip(take, sides):
        server.link(port, f"recorder:input_{side}")
    player = box.run(
        "pw-cat", "-p", "--target", "0", "--latency", server.period, "-P",
        "{ node.name=feeder }", box.path("play.wav"))
    for port, side in zip(feed, sides):
        server.link(f"feeder:output_{side}", port)
    wait("the player", lambda: player.poll() is not None)
    end(recorder, signal.SIGINT)
    return soundfile.read(box.path("record.wav"), always_2d=True)[0]


def check(name, heard, clean, noisy, wanted):
    for channel in range(heard.shape[1]):
        got = aligned_si_snr(clean, heard[:, channel])
        print(f"{name}, channel {channel}: SI-SNR noisy "
              f"{si_snr(clean, noisy):.2f} dB, tacet denoise {wanted:.2f} dB, "
              f"here {got:.2f} dB")
        expect(abs(got - wanted) <= MOST_DIFFERENCE_DB,
               f"{got - wanted:+.2f} dB from tacet denoise, limit "
               f"{MOST_DIFFERENCE_DB} dB")


def test():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--tacet", required=True)
    options = parser.parse_args()
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        print(f"not installed: {' '.join(missing)}")
        sys.exit(77)
    noisy = [load("noisy", clip) for clip in CLIPS]
    clean = load("clean", CLIPS[1])
    # A second of silence each side: what is linked late and what comes late.
    quiet = numpy.zeros(RATE)
    samples = numpy.concatenate([quiet, *noisy, quiet])
    second = len(quiet) + len(noisy[0])
    noisy = noisy[1]
    with Sandbox() as box:
        soundfile.write(box.path("noisy.wav"), samples, RATE, subtype="FLOAT")
        box.ask(options.tacet, "denoise", box.path("noisy.wav"),
                box.path("clean.wav"))
        offline = soundfile.read(box.path("clean.wav"))[0]
        wanted = si_snr(clean, offline[second:second + len(clean)])
        expect(wanted > si_snr(clean, noisy) + 1,
               "tacet denoise does not denoise")
        box.environment["LADSPA_PATH"] = str(options.plugin.resolve().parent)
        server = PipewireServer(box)
        load_chains(box)
        server.start()
        for port in ("tacet_source:capture_MONO", "tacet_sink:playback_FL"):
            wait_port(box, port)

        # WirePlumber takes the clean sound there, as to real loudspeakers.
        box.ask("pw-cli", "create-node", "adapter", SPEAKERS)
        wait_port(box, "speakers:playback_FL")

        server.link("mic:capture_MONO", "capture.tacet_source:input_MONO")
        heard = play_and_record(box, server, samples, ["mic:input_MONO"],
                                ["tacet_source:capture_MONO"])
        check("Tacet Clean Source", heard, clean, noisy, wanted)

        server.link("playback.tacet_sink:output_FL", "speakers:playback_FL")
        server.link("playback.tacet_sink:output_FR", "speakers:playback_FR")
        heard = play_and_record(
            box, server, samples,
            ["tacet_sink:playback_FL", "tacet_sink:playback_FR"],
            ["speakers:monitor_FL", "speakers:monitor_FR"])
        check("Tacet Clean Sink", heard, clean, noisy, wanted)


main(test)
