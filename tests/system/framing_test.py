"""Requests that are not framed as HTTP asks (RFC 9112), through the gateway (M-037, S8, S29).

Each is refused in time, by one answer (what hides behind one is no request of its own) that says no more than that.
The api, whose own server takes more than it should, outlives all of them even without the gateway.
"""

import concurrent.futures
import re
import socket
import time
import unittest

from tests.system.suite import Suite, running

SUITE = None
HIDDEN = b"GET /api/v1/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
# What would tell of the inside: exceptions, types, paths, SQL.
INSIDE = re.compile(rb"std::|basic_string|stoull|terminate|SELECT|/usr/|/root/|pistache", re.IGNORECASE)
REFUSED = {400}
PATIENCE_SECONDS = 8


def post(*headers, body=b""):
    lines = [b"POST /api/v1/auth/login HTTP/1.1", b"Host: x", b"Content-Type: application/json", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(*headers, target=b"/api/v1/me", host=b"Host: x"):
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *([host] if host else []), *headers]) + b"\r\n\r\n"


# Name: (bytes, statuses that the gateway may answer with).
REQUESTS = {
    "length and chunks": (
        post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
        REFUSED,
    ),
    "two lengths that differ": (post(b"Content-Length: 2", b"Content-Length: 50", body=b"{}" + HIDDEN), REFUSED),
    "two lengths in one": (post(b"Content-Length: 2, 50", body=b"{}" + HIDDEN), REFUSED),
    "length with letters": (post(b"Content-Length: 2abc", body=b"{}" + HIDDEN), REFUSED),
    "length with a plus": (post(b"Content-Length: +2", body=b"{}" + HIDDEN), REFUSED),
    "length below nothing": (post(b"Content-Length: -1", body=b"{}" + HIDDEN), REFUSED),
    "length beyond 64 bits": (post(b"Content-Length: 18446744073709551616", body=b"{}"), {400, 413}),
    "length of everything": (post(b"Content-Length: 9223372036854775807", body=b"{}"), {400, 413}),
    "space before the colon": (post(b"Content-Length : 2", body=b"{}" + HIDDEN), REFUSED),
    "space before the colon of chunks": (post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + HIDDEN), REFUSED),
    "a coding nobody knows": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + HIDDEN), {400, 501}),
    "chunks that are not the last coding": (
        post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + HIDDEN),
        {400, 501},
    ),
    "size of a chunk with letters": (post(b"Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"), REFUSED),
    "size of a chunk beyond 64 bits": (
        post(b"Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        {400, 413},
    ),
    "no host": (get(host=None), REFUSED),
    "two hosts": (get(b"Host: y"), REFUSED),
    "a zero byte in a header": (get(b"X-Any: a\0b"), REFUSED),
    "a zero byte in a header's name": (get(b"X-\0Any: a"), REFUSED),
    "a header without a colon": (get(b"X-Any"), {400, 401}),  # nginx drops the line
    "a header over two lines": (get(b"X-Any: a", b" b"), REFUSED),
    "a path that leaves, and a zero byte": (get(target=b"/../../etc/passwd%00"), REFUSED),
    "a method nobody knows": (get().replace(b"GET", b"FETCH", 1), {400, 405, 501}),
    "a version nobody knows": (get().replace(b"HTTP/1.1", b"HTTP/7.3", 1), {400, 505}),
    "lines that end as on Unix": (get().replace(b"\r\n", b"\n"), {400, 401}),
    "a header of a megabyte": (get(b"X-Any: " + b"a" * (1 << 20)), {400, 413, 431, 494}),
}


def said(port, request):
    """All that is answered until the other end closes, or nothing more comes for a second."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as client:
        try:
            client.sendall(request)
        except OSError:
            pass  # it was cut off meanwhile: what it said is to be read
        client.settimeout(PATIENCE_SECONDS)
        try:
            while True:
                part = client.recv(65536)
                if not part:
                    break
                answer += part
                client.settimeout(1)
        except OSError:
            pass  # a reset is an end, too
    return answer


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def setUpModule():
    global SUITE
    SUITE = running(Suite())


class Framing(unittest.TestCase):
    def answers(self, port):
        """To each, all asked at once: (what was said, seconds until its end)."""

        def ask(request):
            began = time.monotonic()
            return said(port, request), time.monotonic() - began

        with concurrent.futures.ThreadPoolExecutor(len(REQUESTS)) as pool:
            return dict(zip(REQUESTS, pool.map(ask, [request for request, _ in REQUESTS.values()])))

    def test_through_the_gateway(self):
        """S-08."""
        for name, (answer, seconds) in self.answers(SUITE.port["gateway"]).items():
            with self.subTest(name):
                self.assertLess(seconds, PATIENCE_SECONDS, "not ended in time")
                self.assertEqual(len(statuses(answer)), 1, answer)
                self.assertIn(statuses(answer)[0], REQUESTS[name][1], answer)
                self.assertIsNone(INSIDE.search(answer), answer)

    def test_the_api_outlives_them(self):
        """S-08."""
        self.answers(SUITE.port["api"])
        self.assertEqual(statuses(said(SUITE.port["api"], get())), [401])
        self.assertTrue(SUITE.programs["api"].alive())

    def test_those_sent_ahead_are_all_answered(self):
        self.assertEqual(statuses(said(SUITE.port["gateway"], get() * 3)), [401] * 3)


if __name__ == "__main__":
    unittest.main()
