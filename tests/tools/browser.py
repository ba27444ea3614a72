# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium through chromedriver, by the WebDriver protocol alone: what a test of a page needs."""
import atexit
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request


def available() -> bool:
    return shutil.which("chromedriver") is not None and shutil.which("chromium") is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """One window. Use as a context; the browser ends with it."""

    # A test that is stopped for its time ends its browser, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def __init__(self, width: int = 1400, height: int = 900):
        self.port = free_port()
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        atexit.register(self._end)
        arguments = ["--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
                     "--disable-dev-shm-usage", "--hide-scrollbars", f"--window-size={width},{height}"]
        options = {"goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")},
                   "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            self._wait_for_driver()
            self.session = ""
            self.session = "/session/" + self.call("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]
            # A software renderer on a busy machine draws slowly; what is tested is what it draws.
            self.call("POST", self.session + "/timeouts", {"script": 170000, "pageLoad": 170000})
        except BaseException:
            self._end()
            raise

    def _wait_for_driver(self):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("chromedriver does not answer")

    def call(self, method: str, path: str, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def __enter__(self):
        return self

    def __exit__(self, error=None, *_):
        try:
            if error is None:
                self.call("DELETE", self.session)
        finally:
            self._end()

    def _end(self):
        if self.driver.poll() is None:
            os.killpg(self.driver.pid, signal.SIGKILL)  # it and the browser: a session of their own
            self.driver.wait()

    def open(self, path):
        self.call("POST", self.session + "/url", {"url": pathlib.Path(path).resolve().as_uri()})

    def run(self, script: str, *arguments):
        """The value that a function body returns."""
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for_drawing(self):
        """Until what was asked to be drawn is there: two frames of the screen."""
        self.run_async("requestAnimationFrame(() => requestAnimationFrame(() => done()));")

    def run_async(self, script: str):
        """What a function body hands to `done`."""
        return self.call("POST", self.session + "/execute/async",
                         {"script": "const done = arguments[0];" + script, "args": []})

    def wait_until(self, script: str, seconds: float = 60):
        """Until a function body returns true. Throws when it does not in time."""
        end = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > end:
                raise TimeoutError(script)
            time.sleep(0.1)

    def click(self, x: float, y: float):
        """In pixels of the window."""
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y)}, {"type": "pointerDown", "button": 0},
                   {"type": "pointerUp", "button": 0}]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})

    def drag(self, x: float, y: float, by_x: float, by_y: float):
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y)}, {"type": "pointerDown", "button": 0},
                   {"type": "pointerMove", "x": round(x + by_x), "y": round(y + by_y), "duration": 100},
                   {"type": "pointerUp", "button": 0}]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})

    def wheel(self, x: float, y: float, by: int):
        actions = [{"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": by, "duration": 0}]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "wheel", "id": "wheel", "actions": actions}]})

    # The keys of WebDriver, https://www.w3.org/TR/webdriver2/#keyboard-actions
    KEYS = {"left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015", "escape": "\ue00c", "shift": "\ue008"}

    def press(self, key: str, shift: bool = False):
        key = self.KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        if shift:
            actions = [{"type": "keyDown", "value": self.KEYS["shift"]}, *actions, {"type": "keyUp", "value": self.KEYS["shift"]}]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def screenshot(self, path):
        self.wait_for_drawing()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("GET", self.session + "/screenshot")))

    def prefer(self, scheme: str):
        """What the system of the reader is: "light" or "dark"."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("POST", self.session + "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("POST", self.session + "/print", {"background": True}))

    def complaints(self):
        """What the console was told since the last call: warnings and errors."""
        log = self.call("POST", self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] in ("SEVERE", "WARNING")]
