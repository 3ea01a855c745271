"""The agent and node_exporter on one machine at once: what both tell is the same.

M-050 … M-053: dashboards and rules that were made for node_exporter work with the agent.
"""

import os
import re
import shutil
import subprocess
import time
import unittest
import urllib.request
from pathlib import Path

from tests.system.suite import TOP, eventually

BUILD = Path(os.environ["MONITRON_BUILD"])
EXPORTER = shutil.which("prometheus-node-exporter")
# Ours alone: ratios, and what rules of ours need.
OURS = re.compile(
    r"node_(.*_ratio|disk_await_seconds|network_address_info|netstat_Tcp_(AttemptFails|EstabResets)"
    r"|netstat_TcpExt_(TCPOFOQueue|TCPRcvQDrop))$"
)
# What passes within the second between two looks.
SLACK = 0.05


def read(text):
    """Name and labels of each series, but `host`: its value."""
    found = {}
    for line in text.splitlines():
        if not (match := re.match(r"(node_\w+)(?:\{(.*)\})? (\S+)", line)):
            continue
        labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
        labels.pop("host", None)
        found[match[1], tuple(sorted(labels.items()))] = float(match[3])
    return found


@unittest.skipUnless(EXPORTER, "prometheus-node-exporter is not installed")
class BesideNodeExporter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = subprocess.check_output([TOP / "tools/servers/free_ports", "1"], text=True).split()[0]
        cls.url = f"http://127.0.0.1:{port}/metrics"
        exporter = subprocess.Popen(
            [EXPORTER, f"--web.listen-address=127.0.0.1:{port}", "--no-collector.systemd"],
            stderr=subprocess.DEVNULL,
        )
        cls.addClassCleanup(exporter.wait)
        cls.addClassCleanup(exporter.terminate)
        eventually(30, cls.theirs, "node_exporter answers")

    @classmethod
    def theirs(cls):
        with urllib.request.urlopen(cls.url, timeout=10) as answer:
            return read(answer.read().decode())

    def ours(self):
        agent = [BUILD / "bin/monitron-agent", "--once", "--print"]
        return read(subprocess.check_output(agent, text=True))

    def test_names_and_labels_are_those_of_node_exporter(self):
        theirs, ours = self.theirs(), self.ours()
        named = {name for name, _ in theirs}
        unknown = {name for name, _ in ours} - named
        self.assertEqual({name for name in unknown if not OURS.match(name)}, set())
        self.assertGreater(len({name for name, _ in ours} & named), 80)
        labels = {name: {label for label, _ in of} for name, of in theirs}
        for name, of in ours:
            if name in named:
                self.assertEqual({label for label, _ in of}, labels[name], name)

    def test_values_lie_between_two_looks_of_node_exporter(self):
        def apart():
            before, ours, after = self.theirs(), self.ours(), self.theirs()
            wrong, compared = {}, 0
            for series, value in ours.items():
                if series not in before or series not in after:
                    continue
                compared += 1
                low, high = sorted((before[series], after[series]))
                slack = max(abs(low), abs(high)) * SLACK
                if not low - slack <= value <= high + slack:
                    wrong[series] = (low, value, high)
            self.assertGreater(compared, 100)
            return wrong

        # What goes up and down (processes that run, open files) may do both within a second.
        wrong = apart()
        for _ in range(10):
            if not wrong:
                return
            time.sleep(0.1)
            again = apart()
            wrong = {series: again[series] for series in wrong if series in again}
        self.assertEqual(wrong, {})


if __name__ == "__main__":
    unittest.main()
