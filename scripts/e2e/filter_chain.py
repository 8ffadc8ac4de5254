#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The configurations in packaging/pipewire/ in a real PipeWire: what comes out of
the virtual source, and of the virtual sink, is `tacet denoise` of what was played
in, bit for bit, and later by the same delay throughout.

Where a hop begins within the speech depends on when the plugin was started; it is
found by trying the 384 samples of a hop. Silence before leaves no other trace.

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
from signals import delay_of

ROOT = pathlib.Path(__file__).parents[2]
CLIP = "00.flac"
RATE = 48000
HOP = 384
SEARCH = RATE + RATE // 2  # enough to tell one place of the hops from the next
CHANNELS = 32  # of a file, at most
# Of less priority than the microphone: else their monitor is the default source.
SPEAKERS = """{ factory.name=support.null-audio-sink node.name=speakers
  media.class=Audio/Sink object.linger=true priority.session=400
  audio.position=[ FL FR ] monitor.channel-volumes=true }"""
PROGRAMS = ("pipewire", "wireplumber", "pw-cat", "pw-cli", "pw-link", "pw-dump",
            "dbus-daemon")


def load():
    """Noisy speech between two seconds of silence: late links, and what is late."""
    samples, rate = soundfile.read(ROOT / "tests/testdata/miniset/noisy" / CLIP)
    noisy = scipy.signal.resample_poly(samples, RATE, rate).astype("f4")
    quiet = numpy.zeros(RATE, "f4")
    return numpy.concatenate([quiet, noisy, quiet])


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
    return soundfile.read(box.path("record.wav"), dtype="float32",
                          always_2d=True)[0]


def denoise(box, tacet, planes, *options):
    """[channels][samples] through `tacet denoise`."""
    soundfile.write(box.path("in.wav"), numpy.transpose(planes), RATE,
                    subtype="FLOAT")
    box.ask(tacet, "denoise", "-q", "-f", *options, box.path("in.wav"),
            box.path("out.wav"))
    return soundfile.read(box.path("out.wav"), dtype="float32",
                          always_2d=True)[0].T


def later(samples, count):
    """So many zeros before; as long for each count below a hop."""
    return numpy.concatenate([numpy.zeros(count, "f4"), samples,
                              numpy.zeros(HOP - count, "f4")])


def find_hop(box, tacet, samples, heard):
    """How many samples of a hop had passed when `samples` began: the place whose
    output has the same bits, else the nearest. PipeWire's periods begin at
    multiples of 128 of a hop's samples; those are tried first."""
    begin = samples[:SEARCH + RATE // 10]
    places = sorted(range(HOP), key=lambda place: place % 128)
    errors = {}
    for first in range(0, HOP, CHANNELS):
        tried = places[first:first + CHANNELS]
        made = denoise(box, tacet, [later(begin, place) for place in tried],
                       "--channels", "independent")
        # Its end is without what comes after `begin`: left out.
        errors.update({place: numpy.abs(plane[place:][RATE:SEARCH] -
                                        heard[RATE:SEARCH]).max()
                       for place, plane in zip(tried, made)})
        if min(errors.values()) == 0:
            break
    return min(errors, key=errors.get)


def check(box, tacet, name, samples, heard):
    planes = [samples] * heard.shape[1]
    delay = delay_of(denoise(box, tacet, planes)[0], heard[:, 0])
    heard = heard[delay:].T
    hop = find_hop(box, tacet, samples, heard[0])
    wanted = denoise(box, tacet, [later(plane, hop) for plane in planes])
    wanted = wanted[:, hop:]
    # All of the speech, with half a second of what is around it.
    part = slice(RATE // 2, len(samples) - RATE // 2)
    wrong = numpy.flatnonzero((wanted[:, part] != heard[:, part]).any(0))
    removed = heard[0, part] - samples[part]
    print(f"{name}: {len(planes)} x {len(samples[part])} samples, hops from sample "
          f"{hop}, {len(wrong)} samples differ")
    expect((removed**2).sum() > 0.01 * (samples**2).sum(),
           "nothing was taken away")
    expect(len(wrong) == 0, f"{len(wrong)} samples are not those of tacet denoise, "
           f"the first is {wrong[:1]}, at a delay of {delay}")


def test():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--tacet", required=True)
    options = parser.parse_args()
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        print(f"not installed: {' '.join(missing)}")
        sys.exit(77)
    samples = load()
    with Sandbox() as box:
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
        check(box, options.tacet, "Tacet Clean Source", samples, heard)

        server.link("playback.tacet_sink:output_FL", "speakers:playback_FL")
        server.link("playback.tacet_sink:output_FR", "speakers:playback_FR")
        heard = play_and_record(
            box, server, samples,
            ["tacet_sink:playback_FL", "tacet_sink:playback_FR"],
            ["speakers:monitor_FL", "speakers:monitor_FR"])
        check(box, options.tacet, "Tacet Clean Sink", samples, heard)


main(test)
