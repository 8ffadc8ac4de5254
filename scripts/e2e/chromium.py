# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, told what to do by its DevTools protocol over a pipe."""

import base64
import json
import os
import select
import subprocess
import time

from sandbox import LIMIT_S, Failure


class Chromium:
    """One tab. `words`: errors and warnings of its console, exceptions, failed
    requests. `urls`: all that it asked for."""

    def __init__(self, box, width=1180, height=1090):
        self.words, self.urls = [], []
        self._next = 0
        self._input = b""
        ours_read, its_write = os.pipe()
        its_read, ours_write = os.pipe()
        with open(box.path("chromium.log"), "wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c",
                 f"exec chromium --headless=new --remote-debugging-pipe "
                 f"--no-sandbox --disable-gpu --no-first-run "
                 f"--disable-dev-shm-usage --disable-background-networking "
                 f"--disable-component-update --disable-sync "
                 f"--user-data-dir={box.path('chromium')} "
                 f"--window-size={width},{height} about:blank "
                 f"3<&{its_read} 4>&{its_write}"],
                env=box.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, pass_fds=(its_read, its_write))
        os.close(its_read)
        os.close(its_write)
        self._read, self._write = ours_read, ours_write
        self._session = None
        target = next(target for target in
                      self._call("Target.getTargets")["targetInfos"]
                      if target["type"] == "page")
        self._session = self._call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call("Emulation.setDeviceMetricsOverride", width=width,
                   height=height, deviceScaleFactor=1, mobile=False)

    def _receive(self, seconds):
        """The next message, or None."""
        limit = time.monotonic() + seconds
        while b"\0" not in self._input:
            left = limit - time.monotonic()
            if left < 0 or not select.select([self._read], [], [], left)[0]:
                return None
            part = os.read(self._read, 1 << 20)
            if not part:
                raise Failure("chromium ended")
            self._input += part
        text, _, self._input = self._input.partition(b"\0")
        return json.loads(text)

    def _call(self, method, **params):
        self._next += 1
        message = dict(id=self._next, method=method, params=params)
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + LIMIT_S
        while time.monotonic() < limit:
            answer = self._receive(1)
            if answer is None:
                continue
            if answer.get("id") != self._next:
                self._note(answer)
                continue
            if "error" in answer:
                raise Failure(f"chromium: {method}: {answer['error']}")
            return answer["result"]
        raise Failure(f"chromium does not answer {method}")

    def _note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.urls.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.words.append(json.dumps(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.words.append(params["entry"]["text"])
        elif (method == "Runtime.consoleAPICalled" and
              params["type"] in ("error", "warning")):
            self.words.append(json.dumps(params["args"]))
        elif method == "Network.loadingFailed" and not params.get("canceled"):
            self.words.append(params["errorText"])

    def open(self, url):
        self._call("Page.navigate", url=url)

    def value(self, expression):
        """Of a JavaScript expression."""
        result = self._call("Runtime.evaluate", expression=expression,
                            returnByValue=True)
        if "exceptionDetails" in result:
            raise Failure(f"chromium: {expression}: "
                          f"{result['exceptionDetails']}")
        return result["result"].get("value")

    def text(self, element):
        return self.value(f"document.getElementById({element!r}).textContent")

    def click(self, element):
        """With the mouse, as a user does."""
        x, y = self.value(
            f"(() => {{ const box = document.getElementById({element!r})"
            ".getBoundingClientRect(); return [box.x + box.width / 2, "
            "box.y + box.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                       button="left", clickCount=1)

    def screenshot(self, path):
        data = self._call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)
