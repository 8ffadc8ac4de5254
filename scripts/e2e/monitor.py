#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Noisy speech is played into the microphone, and a headless Chromium shows the
page of `tacet monitor`: both spectrograms move, the output has the speech and
less of the noise, levels and histograms are drawn, five seconds are recorded,
and raw and clean are heard in turns. Nine more browsers look on. Nothing comes
from elsewhere, no error is told, and no audio is lost.
--screenshots FOLDER keeps pictures."""

import contextlib
import pathlib
import shutil
import signal
import socket
import sys

import numpy
import soundfile

import test_options
from chromium import Chromium
from sandbox import end, expect, main, wait

SAMPLE = pathlib.Path(__file__).parents[2] / "docs/sample/noisy.flac"
BROWSERS = 9  # besides Chromium

# Mean brightness, 0..255, of each column of a canvas, without its borders.
COLUMNS = """((id) => {
  const canvas = document.getElementById(id);
  const width = Math.floor(0.85 * canvas.width);
  const height = Math.floor(0.8 * canvas.height);
  const pixels = canvas.getContext('2d').getImageData(
      0.1 * canvas.width, 0.05 * canvas.height, width, height).data;
  const columns = new Array(width).fill(0);
  for (let i = 0; i < pixels.length; ++i) {
    if (i % 4 < 3) columns[(i >> 2) % width] += pixels[i] / 3 / height;
  }
  return columns;
})"""


def columns(browser, canvas):
    return numpy.array(browser.value(f"{COLUMNS}('{canvas}')"))


def start_monitor(box, tacet):
    monitor = box.run(tacet, "monitor", log="monitor.log")
    url = wait("the monitor's address", lambda: next(
        (line for line in box.path("monitor.log").read_text().splitlines()
         if line.startswith("http://") and line.endswith("/")), None))
    return monitor, url


def open_stream(url):
    """A browser that only takes what comes."""
    host, token = url[len("http://"):-1].split("/")
    client = socket.create_connection(("127.0.0.1", int(host.split(":")[1])))
    client.sendall(f"GET /{token}/events HTTP/1.1\r\nHost: {host}\r\n\r\n"
                   .encode())
    client.setblocking(False)
    return client


def read_all(clients):
    for i, client in enumerate(clients):
        with contextlib.suppress(BlockingIOError):
            while part := client.recv(1 << 20):
                read_all.counts[i] += len(part)
    return True


read_all.counts = [0] * BROWSERS


def check_pictures(browser):
    """What is drawn is what was played."""
    for canvas in ("input", "output", "levels", "histogram"):
        expect(columns(browser, canvas).max() > 1, f"canvas {canvas} is dark")
    # Between the words there is only noise; the words are the brightest.
    pauses, words = [], []
    for canvas in ("input", "output"):
        order = numpy.sort(columns(browser, canvas))
        pauses.append(order[:len(order) // 5].mean())
        words.append(order[-len(order) // 5:].mean())
    print("brightness of the spectrograms of input and output: pauses "
          f"{pauses[0]:.1f} and {pauses[1]:.1f}, words {words[0]:.1f} and "
          f"{words[1]:.1f} of 255")
    expect(pauses[1] < 0.5 * pauses[0], "the noise is still there")
    expect(words[1] > 0.7 * words[0], "the speech is gone")


def check_comparison(browser, clients, screenshot):
    browser.click("record")
    expect(browser.text("compare").startswith("Recording"), "does not record")
    wait("the recording", lambda: read_all(clients) and
         browser.text("compare").startswith("Recorded"))
    words = browser.text("compare")
    print(words)
    raw, clean = browser.value("[comparison.take.rawDb, comparison.take.cleanDb]")
    expect(clean < raw - 1, f"the clean take is not quieter: {words}")
    expect("missing" not in words, words)
    # Both begin at the same sound: what they share is shared at no delay.
    lag = browser.value("""(() => {
      const {raw, clean} = comparison.take;
      let best = 0, most = -Infinity;
      for (let lag = -2400; lag <= 2400; lag += 8) {
        let sum = 0;
        for (let i = 2400; i < raw.length - 2400; i += 3) {
          sum += raw[i] * clean[i + lag];
        }
        if (sum > most) [best, most] = [lag, sum];
      }
      return best;
    })()""")
    expect(abs(lag) <= 8, f"the takes are {lag} samples apart")
    for which in ("raw", "clean"):
        browser.click(which)
        before = browser.value("comparison.position()")
        wait("the playback", lambda: browser.value(
            "comparison.position()") != before)
        wait("the switch", lambda: browser.value(
            f"comparison.player.gains.{which}.value") > 0.99)
        pressed = browser.value(
            f"document.getElementById('{which}').ariaPressed")
        expect(pressed == "true", f"{which} is not shown as pressed")
    screenshot("monitor-compare.png")
    browser.click("stop")
    expect(browser.value("comparison.position()") is None, "it plays on")


def test():
    # A path is no number, which test_options is for.
    pictures = None
    if "--screenshots" in sys.argv:
        at = sys.argv.index("--screenshots")
        pictures = pathlib.Path(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    options = test_options.parse(__doc__)
    if shutil.which("chromium") is None:
        print("not installed: chromium")
        sys.exit(77)
    with test_options.running(options) as (box, server, daemon), \
            contextlib.ExitStack() as stack:
        noisy, rate = soundfile.read(SAMPLE)
        soundfile.write(box.path("noisy.wav"), numpy.tile(noisy, 12), rate)
        recorder = server.record("tacet_microphone", box.path("heard.f32"))
        server.play(box.path("noisy.wav"))
        daemon.wait_state("running")
        monitor, url = start_monitor(box, options.tacet)
        browser = Chromium(box)
        stack.callback(browser.close)

        def screenshot(name):
            if pictures is not None:
                browser.screenshot(pictures / name)

        browser.open(url)
        clients = [open_stream(url) for _ in range(BROWSERS)]
        for client in clients:
            stack.callback(client.close)
        wait("the page", lambda: browser.value("document.body?.dataset.state")
             == "running")
        wait("eight seconds", lambda: read_all(clients) and browser.value(
            "spectrograms.output.column") > 1020)
        screenshot("monitor.png")
        check_pictures(browser)
        check_comparison(browser, clients, screenshot)
        expect(min(read_all.counts) > 1 << 20,
               f"some browsers got little: {read_all.counts}")
        missed = int(browser.text("missed"))
        print(f"xruns {daemon.status()['counters']['xruns']}, frames that "
              f"Chromium missed {missed}")
        daemon.expect_balanced()

        # Gone when stopped, and the page says so.
        expect(end(monitor, signal.SIGTERM) == 0, "tacet monitor fails")
        wait("the page's word", lambda: browser.text("state") ==
             "tacet monitor has ended")
        screenshot("monitor-ended.png")
        strange = [word for word in browser.urls if not word.startswith(
            (url, "data:", "about:"))]
        expect(not strange, f"the page asks elsewhere: {strange}")
        # Of the end of the stream it may complain, and of our looking at it.
        complaints = [word for word in browser.words if "ERR_" not in word and
                      "willReadFrequently" not in word]
        expect(not complaints, f"the console says: {complaints}")
        end(recorder, signal.SIGINT)


main(test)
