#!/usr/bin/env -S /usr/bin/python3 -B
"""scrape_node.py COUNT FILE: what prometheus-node-exporter says of this machine, COUNT times, once a second.

For series_bench and codec_bench, as lines: `N name<tab>label=value…` for each series when it is first seen, and `T ms v v …` for
each scrape, with a value, or - for none, for each series known by then.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scraped(address):
    text = urllib.request.urlopen(f"http://{address}/metrics", timeout=5).read().decode()
    values = {}
    for line in text.splitlines():
        found = SAMPLE.match(line) if not line.startswith("#") else None
        if found:
            labels = "".join(f"\t{name}={value}" for name, value in LABEL.findall(found[2] or ""))
            values[found[1] + labels] = found[3]
    return values


def wait_for(address):
    for _ in range(300):
        try:
            return scraped(address)
        except OSError:
            time.sleep(0.1)
    sys.exit("node_exporter does not come")


def main(count, file):
    address = f"127.0.0.1:{free_port()}"
    exporter = subprocess.Popen(
        ["prometheus-node-exporter", "--web.listen-address=" + address], stderr=subprocess.DEVNULL
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    known = {}
    part = file + ".part"  # until it is complete
    try:
        wait_for(address)
        begun = time.monotonic()
        with open(part, "w", encoding="utf-8") as out:
            for round_ in range(count):
                time.sleep(max(0, begun + 1 + round_ - time.monotonic()))
                values = scraped(address)
                for name in values.keys() - known.keys():
                    known[name] = len(known)
                    out.write(f"N {name}\n")
                now = int(time.time() * 1000)
                out.write(f"T {now} " + " ".join(values.get(name, "-") for name in known) + "\n")
        os.replace(part, file)
    finally:
        exporter.terminate()
        exporter.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
