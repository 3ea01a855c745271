"""Starts one of tools/servers in a folder of its own, for the tests of this folder."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]


def free_ports(count):
    return int(subprocess.check_output([TOP / "tools/servers/free_ports", str(count)]))


class Server:
    def __init__(self, name, arguments=(), environment=None):
        self._folder = tempfile.TemporaryDirectory(prefix="monitron-test-")
        os.chmod(self._folder.name, 0o755)
        self.path = pathlib.Path(self._folder.name, name)
        self._script = TOP / "tools/servers" / name
        self._environment = {**os.environ, **(environment or {})}
        self._call("prepare", *map(str, arguments))
        self._process = subprocess.Popen(
            [self._script, "run", self.path], stderr=subprocess.DEVNULL, env=self._environment
        )
        deadline = time.monotonic() + 20
        while subprocess.run([self._script, "ready", self.path], check=False).returncode != 0:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.05)

    def _call(self, command, *arguments):
        subprocess.run(
            [self._script, command, self.path, *arguments], check=True, env=self._environment
        )

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        self._folder.cleanup()
