"""What the gateway promises to the services behind it and to the clients before it."""

import concurrent.futures
import gzip
import http.client
import http.server
import json
import pathlib
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from server import Server, free_ports  # noqa: E402


class Echo(http.server.BaseHTTPRequestHandler):
    """A service: answers with what it was asked, headers included."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment per answer, or the kernel waits 40 ms between head and body

    def answer(self):
        size = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        body = json.dumps(
            {"path": self.path, "method": self.command, "size": size, "headers": dict(self.headers)}
        ).encode()
        self.send_response(503 if self.path.endswith("/busy") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Who", str(self.server.server_port))
        if self.path.endswith("/busy"):
            self.send_header("Retry-After", "7")
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    upgraded = None  # which service was asked last, and for what

    def upgrade(self):
        Echo.upgraded = self.server.server_port, self.path
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        self.wfile.flush()
        self.wfile.write(self.rfile.readline())
        self.close_connection = True

    asked = threading.Event()

    def outlive_the_client(self):
        """Answers when the client has left; says whether the connection to here has ended with it."""
        self.asked.set()
        Echo.ended = bool(select.select([self.connection], [], [], 1)[0])
        try:
            self.answer()
        except OSError:
            self.close_connection = True
        self.asked.clear()

    def do_GET(self):
        if self.path.endswith(("/slow", "?slow")):
            return self.outlive_the_client()
        if self.headers.get("Upgrade") == "websocket":
            return self.upgrade()
        return self.answer()

    do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


class Gateway(unittest.TestCase):
    tls = {}

    @classmethod
    def setUpClass(cls):
        base = free_ports(7)
        cls.queries = base + 6
        cls.port, cls.api, cls.stream, cls.ingest, cls.plain = (
            base,
            base + 2,
            base + 3,
            base + 4,
            base + 5,
        )
        cls.services = []
        for port in (cls.api, cls.stream, cls.ingest, cls.queries):
            service = http.server.ThreadingHTTPServer(("127.0.0.1", port), Echo)
            threading.Thread(target=service.serve_forever, daemon=True).start()
            cls.services.append(service)
        cls.web = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.web.name)
        root.chmod(0o755)
        (root / "assets").mkdir()
        (root / "index.html").write_text("<!doctype html>the UI")
        (root / "assets/app-1a2b.js").write_text("run()")
        cls.nginx = Server(
            "nginx",
            environment={
                "GATEWAY_LISTEN": f"127.0.0.1:{base} 127.0.0.1:{base + 1}",
                "GATEWAY_PLAIN_LISTEN": f"127.0.0.1:{base + 5}",
                "API_ADDRESS": f"127.0.0.1:{cls.api}",
                "QUERY_ADDRESS": f"127.0.0.1:{cls.queries}",
                "STREAM_ADDRESS": f"127.0.0.1:{cls.stream}",
                "INGEST_ADDRESS": f"127.0.0.1:{cls.ingest}",
                "WEB_ROOT": cls.web.name,
                **cls.tls,
            },
        )

    @classmethod
    def tearDownClass(cls):
        cls.nginx.stop()
        for service in cls.services:
            service.shutdown()
            service.server_close()
        cls.web.cleanup()

    def ask(self, method, path, body=None, headers=None, port=None):
        link = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        self.addCleanup(link.close)
        link.request(method, path, body=body, headers=headers or {})
        answer = link.getresponse()
        answer.text = answer.read().decode()
        return answer


class Behaviour(Gateway):
    def problem(self, answer, status):
        self.assertEqual(
            (answer.status, answer.headers["Content-Type"]), (status, "application/problem+json")
        )
        told = json.loads(answer.text)
        self.assertEqual(
            (told["status"], told["request_id"]), (status, answer.headers["X-Request-Id"])
        )

    def test_each_path_goes_to_its_service(self):
        for method, path, port in (
            ("GET", "/api/v1/servers", self.api),
            ("POST", "/api/v1/ingest", self.ingest),
            ("POST", "/api/v1/telemetry", self.ingest),
            ("POST", "/ping/key/start", self.ingest),
            ("POST", "/api/v1/import/prometheus?extra_label=a=b", self.ingest),
            ("GET", "/api/v1/stream?x=1", self.stream),
            ("GET", "/api/v1/query?query=up", self.queries),
            ("POST", "/prometheus/api/v1/query_range", self.queries),
            ("GET", "/prometheus/api/v1/label/job/values", self.queries),
            ("GET", "/prometheus/api/v1/status/buildinfo", self.queries),
            ("GET", "/api/v1/admin/tsdb/status?limit=3", self.queries),
            ("GET", "/api/v1/metadata", self.queries),
            ("GET", "/api/v1/metrics?server_id=1", self.queries),
            ("GET", "/api/v1/metrics/series", self.queries),
            ("POST", "/api/v1/graphql", self.queries),
            ("GET", "/prometheus/api/v1/rules", self.queries),
            ("GET", "/prometheus/api/v1/alerts", self.queries),
            ("GET", "/api/v1/rules", self.api),
            ("GET", "/api/v1/alerts", self.api),
            ("GET", "/api/v1/query/x", self.api),
            ("GET", "/health", self.api),
            ("GET", "/readyz", self.api),
            ("GET", "/-/healthy", self.api),
            ("GET", "/prometheus/-/ready", self.api),
        ):
            with self.subTest(path):
                answer = self.ask(method, path, body=b"{}" if method == "POST" else None)
                self.assertEqual((answer.status, answer.headers["X-Who"]), (200, str(port)))

    def test_paths_arrive_as_they_were_sent(self):
        self.assertEqual(
            json.loads(self.ask("GET", "/api/v1/checks/a%2fb?q=%20").text)["path"],
            "/api/v1/checks/a%2fb?q=%20",
        )

    def test_services_are_told_the_query_as_it_was_asked(self):
        args = "match[]=up%7Ba%3D%22b%22%7D&match[]=down"
        for path in ("/api/v1/series", "/prometheus/api/v1/labels", "/api/v1/checks"):
            answer = self.ask("GET", f"{path}?{args}", headers={"X-Original-Query": "forged"})
            self.assertEqual(json.loads(answer.text)["headers"]["X-Original-Query"], args)
        seen = json.loads(self.ask("GET", "/api/v1/x", headers={"X-Original-Query": "forged"}).text)
        self.assertNotIn("X-Original-Query", seen["headers"])

    def test_headers_that_confuse_the_rest_server_are_kept_from_it(self):
        odd = {
            "Accept": "garbage/;;",
            "Cookie": "=;=",
            "Cache-Control": "??",
            "If-Modified-Since": "never",
            "X-Request-Id": "mine",
            "Authorization": "Bearer t",
            "traceparent": "00-1-1-01",
            "If-Match": '"v1"',
        }
        seen = json.loads(self.ask("GET", "/api/v1/x", headers=odd).text)["headers"]
        for name in ("Accept", "Cookie", "Cache-Control", "If-Modified-Since"):
            self.assertNotIn(name, seen)
        self.assertEqual(seen["X-Original-Accept"], "garbage/;;")
        self.assertEqual((seen["Connection"], seen["Host"]), ("keep-alive", "monitron.local"))
        self.assertEqual((seen["Authorization"], seen["If-Match"]), ("Bearer t", '"v1"'))
        self.assertNotEqual(seen["X-Request-Id"], "mine")

    def test_a_type_that_the_servers_cannot_read_comes_as_one_that_they_can(self):
        def seen(kind):
            answer = self.ask("POST", "/api/v1/x", "{}", {"Content-Type": kind})
            return json.loads(answer.text)["headers"].get("Content-Type")

        for kind in ("application/json", "Application/JSON; charset=\"utf-8\"", "application/merge-patch+json",
                     "application/x-protobuf;proto=io.prometheus.write.v2.Request", "text/plain; version=0.0.4"):  # fmt: skip
            self.assertEqual(seen(kind), kind)
        for kind in ("application/json-patch+json", "font/woff", "a" * 300, "application/json; q=x",
                     "application/json; charset", ";;", "application/jsonp", " "):  # fmt: skip
            self.assertEqual(seen(kind), "application/octet-stream" if kind.strip() else None)

    def test_bodies_are_limited_by_what_the_path_is_for(self):
        """S-08."""
        self.assertEqual(self.ask("POST", "/api/v1/ingest", body=b"x" * (4 << 20)).status, 200)
        self.problem(self.ask("POST", "/api/v1/ingest", body=b"x" * ((4 << 20) + 1)), 413)
        history = "/api/v1/import/prometheus"
        self.assertEqual(self.ask("POST", history, body=b"x" * (64 << 20)).status, 200)
        self.problem(self.ask("POST", history, body=b"x" * ((64 << 20) + 1)), 413)
        told = "/api/v1/alertmanager/notifications"
        self.assertEqual(self.ask("POST", told, body=b"x" * (16 << 20)).status, 200)
        self.problem(self.ask("POST", told, body=b"x" * ((16 << 20) + 1)), 413)
        self.problem(self.ask("POST", "/api/v1/checks", body=b"x" * ((1 << 20) + 1)), 413)
        self.problem(self.ask("POST", "/api/v1/auth/login", body=b"x" * 8193), 413)

    def test_logins_are_limited_and_telemetry_is_not(self):
        """S-22."""
        answers = [self.ask("POST", "/api/v1/auth/login", body=b"{}") for _ in range(40)]
        refused = [answer for answer in answers if answer.status != 200]
        self.assertTrue(refused)
        self.problem(refused[0], 429)
        self.assertEqual(refused[0].headers["Retry-After"], "1")
        self.assertEqual(
            {self.ask("POST", "/api/v1/telemetry", body=b"{}").status for _ in range(300)}, {200}
        )
        # Nor are queries: all users of a Grafana share its address.
        self.assertEqual({self.ask("GET", "/api/v1/query?query=1").status for _ in range(400)}, {200})

    def test_what_alertmanager_told_is_not_limited_by_address(self):
        """It gives up what is answered by 4xx; all of its notifications come from one address, in a storm at once."""
        told = "/api/v1/alertmanager/notifications"
        with concurrent.futures.ThreadPoolExecutor(300) as many:
            answers = many.map(lambda _: self.ask("POST", told, body=b"{}").status, range(600))
        self.assertEqual(set(answers), {200})

    def test_probes_and_figures_of_services_stay_inside(self):
        """M-020."""
        for path in ("/metrics", "/livez", "/metrics/detailed"):
            self.problem(self.ask("GET", path), 404)

    def test_what_prometheus_serves_and_the_suite_does_not_is_no_page_of_the_ui(self):
        for path in ("/-/", "/-/reload", "/federate", "/prometheus", "/prometheus/", "/prometheus/graph",
                     "/prometheus/federate", "/prometheus/-/quit", "/prometheus/-/healthy/x"):  # fmt: skip
            with self.subTest(path):
                self.problem(self.ask("GET", path), 404)
        self.assertEqual(self.ask("GET", "/-").status, 404)
        for path, there in (("/-/healthy", "/health"), ("/prometheus/-/ready", "/readyz")):
            self.assertEqual(json.loads(self.ask("GET", path).text)["path"], there)
        self.assertEqual(self.ask("GET", "/prometheus-like").status, 200)

    def test_addresses_may_be_long_as_queries_are_and_have_an_end(self):
        path = "/api/v1/query?query=" + "x" * (32 << 10)
        seen = json.loads(self.ask("GET", path).text)
        self.assertEqual((seen["path"], seen["headers"]["X-Original-Query"]), (path, path.partition("?")[2]))
        for path in ("/api/v1/query?query=", "/prometheus/api/v1/query?query=", "/"):
            answer = self.ask("GET", path + "x" * (64 << 10))
            self.problem(answer, 414)
            self.assertIn("32 KiB", answer.text)

    def test_the_ui_is_served_with_a_strict_policy(self):
        """S-03."""
        for path in ("/", "/instances/42", "/index.html"):
            answer = self.ask("GET", path)
            self.assertEqual((answer.status, answer.text), (200, "<!doctype html>the UI"))
            self.assertEqual(answer.headers["Cache-Control"], "no-cache")
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        asset = self.ask("GET", "/assets/app-1a2b.js")
        self.assertIn("immutable", asset.headers["Cache-Control"])
        missing = self.ask("GET", "/assets/gone.js")
        self.problem(missing, 404)
        self.assertEqual(missing.headers["Cache-Control"], "no-cache")

    def test_an_upgrade_reaches_the_stream(self):
        with socket.create_connection(("127.0.0.1", self.port), 10) as link:
            link.sendall(
                b"GET /api/v1/stream?ticket=1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            )
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += link.recv(4096)
            self.assertTrue(answer.startswith(b"HTTP/1.1 101 "), answer)
            link.sendall(b"hello\n")
            self.assertEqual(link.recv(16), b"hello\n")

    def test_a_handshake_has_so_many_parameters(self):
        """One with more is told so, in the place of a connection that is cut."""
        for path in ("/api/v1/stream", "/api/v1/graphql"):
            for count, status in ((64, 101), (65, 400), (200, 400)):
                query = "&".join(f"server_id={n}" for n in range(count))
                head = f"GET {path}?{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                with self.subTest(f"{path} {count}"), socket.create_connection(("127.0.0.1", self.port), 10) as link:
                    link.sendall(head.encode())
                    answer = link.recv(4096).decode()
                    self.assertTrue(answer.startswith(f"HTTP/1.1 {status} "), answer)
                    self.assertEqual("at most 64 parameters" in answer, status == 400, answer)

    def test_handshakes_are_limited_by_address(self):
        """S-14, S-22: of the stream as of subscriptions; a flood from one address takes nothing from another one."""
        head = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"

        def first_line(path, address):
            with socket.create_connection(("127.0.0.1", self.port), 10, (address, 0)) as link:
                link.sendall(f"GET {path} HTTP/1.1\r\n{head}".encode())
                return link.recv(12)

        for path, address in (("/api/v1/stream", "127.0.0.7"), ("/api/v1/graphql", "127.0.0.8")):
            with self.subTest(path), concurrent.futures.ThreadPoolExecutor(8) as many:
                answers = set(many.map(lambda _, p=path, a=address: first_line(p, a), range(600)))
                self.assertLessEqual({b"HTTP/1.1 101", b"HTTP/1.1 429"}, answers)
        self.assertEqual(first_line("/api/v1/stream", "127.0.0.9"), b"HTTP/1.1 101")

    def test_subscriptions_reach_the_stream_and_queries_do_not(self):
        """An upgrade alone leads to the stream, by GET; the path and what is asked arrive as sent."""
        head = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"
        for method, path, first in (
            ("GET", "/api/v1/graphql?ticket=1", b"HTTP/1.1 101 "),
            ("POST", "/api/v1/graphql", b"HTTP/1.1 200 "),
            ("GET", "/api/v1/metrics", b"HTTP/1.1 200 "),
            ("GET", "/.graphql", b"HTTP/1.1 404 "),
        ):
            with self.subTest(f"{method} {path}"):
                with socket.create_connection(("127.0.0.1", self.port), 10) as link:
                    link.sendall(f"{method} {path} HTTP/1.1\r\n{head}".encode())
                    answer = b""
                    while b"\r\n\r\n" not in answer:
                        answer += link.recv(4096)
                    self.assertTrue(answer.startswith(first), answer)
        for method in ("GET", "POST"):
            answer = self.ask(method, "/api/v1/graphql?query=%7Bme%7D")
            self.assertEqual(answer.headers["X-Who"], str(self.queries))
        Echo.upgraded = None
        with socket.create_connection(("127.0.0.1", self.port), 10) as link:
            link.sendall(f"GET /api/v1/graphql?ticket=a%2fb HTTP/1.1\r\n{head}".encode())
            link.recv(4096)
        self.assertEqual(Echo.upgraded, (self.stream, "/api/v1/graphql?ticket=a%2fb"))

    def test_what_is_not_http_is_refused_before_any_service_sees_it(self):
        """S-08."""
        for text in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            b"GET /api/v1/servers/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            b"nonsense\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", self.port), 10) as link:
                link.sendall(text)
                answer = b"".join(iter(lambda: link.recv(4096), b""))
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (text, answer))
                self.assertIn(b"application/problem+json", answer, text)

    def connection_ended(self, path):
        """Whether the connection to a slow service ends when the client leaves."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertTrue(Echo.asked.wait(10))
        deadline = time.monotonic() + 10
        while Echo.asked.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        return Echo.ended

    def test_a_client_that_leaves_ends_only_connections_of_queries(self):
        self.assertFalse(self.connection_ended("/api/v1/slow"))
        for path in ("/api/v1/query", "/prometheus/api/v1/query_range", "/api/v1/metrics"):
            self.assertTrue(self.connection_ended(path + "?slow"), path)

    def test_long_answers_are_packed_for_who_asks(self):
        path = "/api/v1/query?query=" + "x" * 2000
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(link.close)
        link.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = link.getresponse()
        packed = answer.read()
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(json.loads(gzip.decompress(packed))["path"], path)
        self.assertIsNone(self.ask("GET", path).headers["Content-Encoding"])

    def test_a_service_keeps_its_own_retry_after(self):
        answer = self.ask("GET", "/api/v1/busy")
        self.assertEqual((answer.status, answer.headers.get_all("Retry-After")), (503, ["7"]))

    def test_no_header_is_said_twice(self):
        for path in ("/api/v1/busy", "/prometheus/api/v1/labels/busy", "/api/v1/servers", "/", "/metrics"):
            headers = self.ask("GET", path).headers
            self.assertEqual(len(headers.keys()), len({name.lower() for name in headers.keys()}), headers)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "no-store" if path.endswith("busy") else "no-cache")


class WithoutServices(Gateway):
    def test_a_missing_service_is_told_as_a_problem(self):
        self.services[0].shutdown()
        self.services[0].server_close()
        for path, status in (("/api/v1/servers", 502), ("/health", 503), ("/readyz", 503)):
            answer = self.ask("GET", path)
            self.assertEqual(
                (answer.status, answer.headers["Content-Type"]),
                (status, "application/problem+json"),
            )
            self.assertEqual(answer.headers["Retry-After"], "2")
        self.assertEqual(self.ask("GET", "/").status, 200)
        self.services[0] = http.server.ThreadingHTTPServer(("127.0.0.1", self.api), Echo)
        threading.Thread(target=self.services[0].serve_forever, daemon=True).start()
        self.assertEqual(self.ask("GET", "/health").status, 200)


class WithTls(Gateway):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        pathlib.Path(cls.keys.name).chmod(0o755)
        certificate, key = f"{cls.keys.name}/c.pem", f"{cls.keys.name}/k.pem"
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key,
                "-out",
                certificate,
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        # The gateway runs as an unprivileged user when the tests run as root.
        pathlib.Path(key).chmod(0o644)
        cls.tls = {"GATEWAY_TLS_CERTIFICATE": certificate, "GATEWAY_TLS_KEY": key}
        super().setUpClass()

    def test_https_is_spoken_and_plain_http_led_to_it(self):
        context = ssl.create_default_context(cafile=self.tls["GATEWAY_TLS_CERTIFICATE"])
        link = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        link.request("GET", "/api/v1/servers")
        answer = link.getresponse()
        self.assertEqual(json.loads(answer.read())["headers"]["X-Forwarded-Proto"], "https")
        self.assertIn("max-age", answer.headers["Strict-Transport-Security"])
        link.close()
        led = self.ask("GET", "/x?y=1")
        self.assertEqual(
            (led.status, led.headers["Location"]), (301, f"https://127.0.0.1:{self.port}/x?y=1")
        )
        self.assertEqual(self.ask("GET", "/api/v1/servers", port=self.plain).status, 200)


del Gateway  # only its heirs are tests

if __name__ == "__main__":
    unittest.main()
