"""Clients that leave, and clients that read slowly: queries end with whom they are for."""

import json
import pathlib
import socket
import time
import unittest
import urllib.parse

from tests.system.suite import Suite, eventually, http

SERIES = 160
STEPS = 11_000


def sample_lines(now):
    return "".join(f'slow_test_value{{number="{i:03}"}} {i} {now - 60_000}\n' for i in range(SERIES))


class Leaving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite()
        cls.addClassCleanup(suite.close)
        suite.start_servers()
        suite.start_programs()
        cls.now = int(time.time() * 1000)
        suite.api("POST", "/import/prometheus", sample_lines(cls.now).encode(), {"Content-Type": "text/plain"})
        count = "/query?query=" + urllib.parse.quote("count(slow_test_value)")
        eventually(60, lambda: suite.api("GET", count)["data"]["result"], "the samples")
        cls.check = suite.api(
            "POST", "/checks", {"name": "a check", "kind": "tcp", "target": "127.0.0.1:1", "enabled": False}
        )["id"]  # fmt: skip

    def setUp(self):
        eventually(10, lambda: self.running() == 0, "rest")

    # -- looking

    def given_up(self, route="/query"):
        """How many requests ended because their clients left, as the log has it at once."""
        lines = (self.suite.folder / "api.log").read_text().splitlines()
        served = [json.loads(line) for line in lines if "request.served" in line]
        return sum(route in one["route"] and one["status"] >= 500 for one in served)

    def running(self):
        """Shown every second or two."""
        text = http("GET", f"http://127.0.0.1:{self.suite.port['api_probes']}/metrics").decode()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith("monitron_api_queries_running")
        )

    def statements(self, program="monitron-api queries"):
        return self.suite.sql(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Lock' "
            f"AND application_name = '{program}'"
        )

    def lock(self):
        """Nobody gets at series as long as this lasts: a statement that reads them takes its time."""
        unlock = self.suite.lock_table("series")
        self.addCleanup(unlock)
        return unlock

    def begin(self, path, port="gateway"):
        """A client that has asked."""
        self.suite.api("GET", "/labels?limit=1") if self.suite._token is None else None
        client = socket.create_connection(("127.0.0.1", self.suite.port[port]), 20)
        self.addCleanup(client.close)
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.suite._token[0]}\r\n\r\n".encode()
        )
        return client

    # -- stories

    def leave_a_query(self, port="gateway"):
        before = self.given_up()
        client = self.begin("/api/v1/query?query=slow_test_value", port)
        eventually(5, lambda: self.statements() and self.running() == 1, "the statement")
        client.close()
        eventually(
            1, lambda: self.given_up() > before and not self.statements(), "the end of the query"
        )
        eventually(5, lambda: self.running() == 0, "the free thread")

    def test_a_query_and_its_statement_end_when_the_client_leaves(self):
        unlock = self.lock()
        self.leave_a_query()
        unlock()
        answer = self.suite.api("GET", "/query?query=" + urllib.parse.quote("count(slow_test_value)"))
        self.assertEqual(answer["data"]["result"][0]["value"][1], str(SERIES))

    def test_a_server_that_cannot_tell_is_found_out_by_this_test(self):
        unlock = self.lock()
        with self.assertRaisesRegex(AssertionError, "the end of the query"):
            self.leave_a_query("api")  # Pistache, past the gateway
        unlock()

    def test_a_worker_does_not_read_samples_of_a_source_for_nobody(self):
        unlock = self.lock()
        client = self.begin(f"/api/v1/metrics/series?server_id={self.check}")
        eventually(5, lambda: self.statements("monitron-api"), "the statement")
        before = self.given_up("/metrics/series")
        client.close()
        eventually(1, lambda: self.given_up("/metrics/series") > before, "the end of the request")
        unlock()
        self.assertEqual(self.suite.api("GET", f"/metrics/series?server_id={self.check}")["items"], [])

    def test_what_is_computed_without_a_statement_ends_too(self):
        before = self.given_up()
        expr = urllib.parse.quote("sum(sum_over_time(vector(1)[20d:10s]))")
        end = self.now // 1000
        client = self.begin(f"/api/v1/query_range?query={expr}&start={end - 10_000}&end={end}&step=1")
        eventually(5, lambda: self.running() == 1, "the query")
        client.close()
        eventually(1, lambda: self.given_up() > before, "the end of the query")

    def test_a_slow_reader_of_a_long_answer_holds_up_nobody(self):
        end = self.now // 1000
        client = self.begin(
            "/prometheus/api/v1/query_range?query=slow_test_value&lookback_delta=4h"
            f"&start={end}&end={end + STEPS - 1}&step=1"
        )
        head = client.recv(100)
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        for _ in range(20):
            begun = time.monotonic()
            self.suite.api("GET", "/query?query=1")
            self.assertLess(time.monotonic() - begun, 2)
        got = bytearray(head)
        while b"\r\n\r\n" not in got:
            got += client.recv(1 << 16)
        head, body = bytes(got).split(b"\r\n\r\n", 1)
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.assertGreater(size, 30_000_000)
        body = bytearray(body)
        while len(body) < size:
            more = client.recv(1 << 16)
            self.assertTrue(more)
            body += more
        series = json.loads(body)["data"]["result"]
        self.assertEqual([len(one["values"]) for one in series], [STEPS] * SERIES)
        status = pathlib.Path(f"/proc/{self.suite.programs['api'].pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0])
        self.assertLess(peak, 600 << 10)  # in KiB


if __name__ == "__main__":
    unittest.main()
