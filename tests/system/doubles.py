"""What stands in for the world: a name server, a job that calls in, a port, a web site, a pager."""

import http.server
import json
import math
import socket
import struct
import threading
import time

from tests.system.suite import http as call


class NameServer:
    """Of one location; tells one address for every name."""

    def __init__(self, port):
        self.address = "127.0.0.1"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            question, asker = self._socket.recvfrom(512)
            self._socket.sendto(self._answer(question), asker)

    def _answer(self, question):
        end = question.index(b"\0", 12) + 5
        answers = b""
        if question[end - 4 : end - 2] == b"\0\1":  # type A; there are no others
            answers = struct.pack("!HHHIH", 0xC00C, 1, 1, 0, 4) + socket.inet_aton(self.address)
        counts = struct.pack("!HHHHH", 0x8180, 1, 1 if answers else 0, 0, 0)
        return question[:2] + counts + question[12:end] + answers


class Caller(threading.Thread):
    """Calls in as a job does that runs again and again."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.accepted = 0
        self.refused = []
        self.url = url
        self._end = threading.Event()

    def run(self):
        while True:
            try:
                call("POST", self.url, b"the backup is done")
                self.accepted += 1
            except (OSError, AssertionError) as problem:
                self.refused.append(problem)
            if self._end.wait(1.1):
                return

    def stop(self):
        self._end.set()
        self.join(20)


class Listener:
    """A port that knows when it was called."""

    def __init__(self):
        self.calls = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection = self._socket.accept()[0]
            self.calls.append(time.time())
            connection.close()

    def first_after(self, moment):
        return next((one for one in self.calls if one > moment), None)


class Site:
    """A web site that can break, as a whole or some of its pages."""

    def __init__(self, port):
        self.status = 200
        self.broken = set()  # paths
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(500 if self.path in site.broken else site.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


SOON = 15  # seconds: an interval of the group, and the waits of the peers


class Pager:
    """What Alertmanager tells by its webhook, in the order in which it comes.

    Peers of a cluster promise to tell a thing at least once: one that hears too late what another one has told
    tells it, too. A word about an incident that another peer had told already is such a one, and is not counted;
    nor is what the first peer says once more, soon, because that word was older than its own.
    """

    def __init__(self):
        self.told = []  # (time, status, labels, incident), one for each alert of a notification
        self._words = []  # all of them: (time, status, labels, incident, peer)
        self._by = {}  # the peer that told it first, by incident and status
        self._latest = {}  # incident and status told last, by alert
        self._unsaid = {}  # when another peer said something older, by alert
        self._mutex = threading.Lock()  # over all of these
        pager = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with pager._mutex:
                    for one in body["alerts"]:
                        pager._take(one, body["externalURL"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, alert, peer):
        now, status, labels = time.monotonic(), alert["status"], alert["labels"]
        incident = alert["annotations"].get("incident_id", "")
        self._words.append((now, status, labels, incident, peer))
        alert_told = (labels["alertname"], labels.get("check"))
        if not incident or self._is_news(alert_told, (incident, status), peer):
            self.told.append((now, status, labels, incident))

    def _is_news(self, alert, word, peer):
        now, latest = time.monotonic(), self._latest.get(alert)
        if self._by.setdefault(word, peer) != peer:
            if latest != word:
                self._unsaid[alert] = now
            return False
        self._latest[alert] = word
        return latest != word or now - self._unsaid.pop(alert, -math.inf) > SOON

    def words(self, check, alertname):
        """What came when about which incident from which peer, counted or not: for who looks for a fault."""
        return [
            (round(when, 2), status, incident, peer)
            for when, status, labels, incident, peer in list(self._words)
            if labels.get("check") == check and labels["alertname"] == alertname
        ]

    def of(self, check, alertname="Check down"):
        """What was told of this alert: firing, resolved, firing, …"""
        return [
            status
            for _, status, labels, _ in list(self.told)
            if labels.get("check") == check and labels["alertname"] == alertname
        ]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
