"""What processes cost, read from /proc; a process stands for itself and all its descendants."""

import os
import pathlib
import threading

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def descendants(pid):
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parents.setdefault(int(_stat(entry.name)[1]), []).append(int(entry.name))
        except (OSError, ValueError):
            pass
    found, new = [], [pid]
    while new:
        found += new
        new = [child for one in new for child in parents.get(one, [])]
    return found


def cpu_seconds(pid):
    ticks = 0
    for one in descendants(pid):
        try:
            ticks += sum(map(int, _stat(one)[11:15]))
        except OSError:
            pass
    return ticks / TICKS


def pss_megabytes(pid):
    """Proportional set size: what is shared counts by its share."""
    kilobytes = 0
    for one in descendants(pid):
        try:
            text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
            kilobytes += int(text.split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            pass
    return kilobytes / 1024


SERVER_NAMES = {"postgres": "PostgreSQL", "rabbitmq": "RabbitMQ", "nginx": "gateway (nginx)"}


def pids_of(suite):
    pids = {name: process.pid for name, process in suite.programs.items()}
    for server, name in SERVER_NAMES.items():
        pids[name] = suite.servers[server].pid
    return pids


class Peaks:
    """The largest PSS of each process while the block runs, looked at twice a second."""

    def __init__(self, pids):
        self._pids = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.megabytes = dict.fromkeys(pids, 0.0)

    def _look(self):
        for name, pid in self._pids.items():
            self.megabytes[name] = max(self.megabytes[name], pss_megabytes(pid))

    def _run(self):
        while not self._stop.wait(0.5):
            self._look()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._look()
