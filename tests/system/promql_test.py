"""What speaks to Prometheus speaks to the suite: promtool, and requests as Grafana's data source sends them,
through the gateway, on samples that came in Prometheus's own text form (M-064)."""

import base64
import gzip
import json
import subprocess
import time
import unittest
import urllib.parse

from tests.system.suite import ADMIN, HttpError, Suite, eventually, http

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def exposition(start):
    """An hour of two counters, a histogram's buckets and a gauge that ends after half of it."""
    lines = [
        "# HELP shop_orders_total Orders that were taken.",
        "# TYPE shop_orders_total counter",
        "# HELP shop_seconds How long an order takes.",
        "# TYPE shop_seconds histogram",
        "# UNIT shop_seconds seconds",
    ]
    for i in range(121):
        at = (start + i * 30) * 1000
        for instance, rate in (("a", 1), ("b", 2)):
            lines.append(
                f'shop_orders_total{{instance="{instance}",job="shop"}} {i * 30 * rate} {at}'
            )
            for bound, share in (("0.1", 0.5), ("1", 0.9), ("+Inf", 1)):
                count = i * 30 * rate * share
                lines.append(
                    f'shop_seconds_bucket{{instance="{instance}",job="shop",le="{bound}"}} {count} {at}'
                )
        if i <= 60:
            lines.append(f'shop_queue{{job="shop"}} {i % 7} {at}')
    return "\n".join(lines).encode() + b"\n"


class PromqlStories(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite()
        cls.suite.start_servers()
        cls.suite.start_programs()
        token = cls.suite.api("POST", "/tokens", {"name": "reader", "scopes": ["read"]})
        cls.token = token["token"]
        cls.end = int(time.time()) // 60 * 60 - 60
        cls.start = cls.end - 3600
        cls.suite.api(
            "POST",
            "/import/prometheus",
            exposition(cls.start),
            {"Content-Type": "text/plain; version=0.0.4"},
        )
        eventually(30, lambda: cls.count() == 121 * 8 + 61, "all samples")

    @classmethod
    def tearDownClass(cls):
        cls.suite.close()

    @classmethod
    def count(cls):
        answer = cls.ask(
            "POST", "/query", {"query": 'sum(count_over_time({job="shop"}[2h]))', "time": cls.end}
        )
        return int(answer["data"]["result"][0]["value"][1])

    @classmethod
    def ask(cls, method, path, parameters=None, prefix="/api/v1", token=None):
        text = urllib.parse.urlencode(parameters or {}, doseq=True)
        credentials = base64.b64encode(f"any:{token or cls.token}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        url = cls.suite.url + prefix + path
        if method == "POST":
            return http("POST", url, text.encode(), {**FORM, **headers})
        return http(method, f"{url}?{text}", None, headers)

    def refused(self, status, *arguments, **options):
        with self.assertRaises(HttpError) as refusal:
            self.ask(*arguments, **options)
        self.assertEqual(refusal.exception.status, status)
        return json.loads(refusal.exception.body)

    # -- promtool

    def promtool(self, *arguments):
        url = self.suite.url.replace("http://", f"http://promtool:{self.token}@")
        at = arguments.index("URL")
        done = subprocess.run(
            ["promtool", "query", *arguments[:at], url, *arguments[at + 1 :]],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def test_promtool_asks_one_moment(self):
        code, out, err = self.promtool(
            "instant", f"--time={self.end}", "URL", "sum by (job) (rate(shop_orders_total[5m]))"
        )
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.strip(), f'{{job="shop"}} => 3 @[{self.end}]')
        code, _, err = self.promtool("instant", "URL", "sum(")
        self.assertEqual(code, 1)
        self.assertIn("parse error: unclosed left parenthesis", err)

    def test_promtool_asks_a_range(self):
        code, out, err = self.promtool(
            "range",
            f"--start={self.start + 600}",
            f"--end={self.end}",
            "--step=10m",
            "URL",
            'shop_orders_total{instance="b"}',
        )
        self.assertEqual((code, err), (0, ""))
        lines = out.strip().splitlines()
        self.assertEqual(lines[0], 'shop_orders_total{instance="b", job="shop"} =>')
        self.assertEqual(
            lines[1:], [f"{i * 1200} @[{self.start + i * 600}]" for i in range(1, 7)]
        )

    def test_promtool_lists(self):
        code, out, err = self.promtool(
            "series", "--match=shop_queue", '--match=shop_orders_total{instance!="a"}', "URL"
        )
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(
            sorted(out.strip().splitlines()),
            [
                '{__name__="shop_orders_total", instance="b", job="shop"}',
                '{__name__="shop_queue", job="shop"}',
            ],
        )
        code, out, err = self.promtool("labels", "URL", "instance")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue({"a", "b"} <= set(out.split()))

    # -- samples in one long text

    def test_an_hour_of_many_series_is_one_import(self):
        """Longer than one message to the broker may be: it goes in parts and is there whole."""
        names = [f'long_total{{instance="h{i % 100}",path="/{i}"}}' for i in range(4000)]
        lines = [
            f"{name} {k * i} {(self.start + k * 30) * 1000}"
            for k in range(120)
            for i, name in enumerate(names)
        ]
        packed = gzip.compress("\n".join(lines).encode(), 1)
        answer = self.suite.api(
            "POST", "/import/prometheus", packed, {"Content-Encoding": "gzip"}
        )
        self.assertEqual(answer, {"accepted": 480_000})

        def whole():
            asked = {"query": "count_over_time(long_total[2h])", "time": self.end}
            found = self.ask("POST", "/query", asked)["data"]["result"]
            counts = [one["value"][1] for one in found]
            return counts == ["120"] * 4000

        eventually(60, whole, "all samples of all series")
        asked = {"query": 'sum by (instance) (rate(long_total{instance="h7"}[5m]))', "time": self.end}
        [row] = self.ask("GET", "/query", asked)["data"]["result"]
        self.assertEqual(row["metric"], {"instance": "h7"})
        expected = sum(i for i in range(4000) if i % 100 == 7) / 30
        self.assertAlmostEqual(float(row["value"][1]), expected, delta=expected * 0.02)

    # -- as Grafana's data source asks

    def test_grafana_checks_the_source(self):
        health = self.ask("POST", "/query", {"query": "1+1", "time": "4"})
        self.assertEqual(health["data"], {"resultType": "scalar", "result": [4, "2"]})
        self.assertEqual(self.ask("GET", "/status/buildinfo")["status"], "success")

    def test_grafana_draws_a_panel(self):
        asked = {
            "query": "histogram_quantile(0.9, sum by (le) (rate(shop_seconds_bucket[5m])))",
            "start": str(self.start + 600),
            "end": str(self.end),
            "step": "60",
        }
        for prefix in ("/api/v1", "/prometheus/api/v1"):
            answer = self.ask("POST", "/query_range", asked, prefix=prefix)
            self.assertEqual(answer["data"]["resultType"], "matrix")
            [series] = answer["data"]["result"]
            self.assertEqual(series["metric"], {})
            self.assertEqual(len(series["values"]), 51)
            self.assertTrue(all(abs(float(v) - 1) < 1e-9 for _, v in series["values"]), series)

    def test_grafana_completes_names(self):
        window = {"start": self.start, "end": self.end}
        names = self.ask("GET", "/label/__name__/values", window)["data"]
        self.assertTrue({"shop_orders_total", "shop_queue"} <= set(names))
        labels = self.ask("GET", "/labels", {**window, "match[]": "shop_seconds_bucket"})["data"]
        self.assertEqual(labels, ["__name__", "instance", "job", "le"])
        both = {**window, "match[]": ["shop_queue", 'shop_orders_total{instance="a"}']}
        for method in ("GET", "POST"):
            series = self.ask(method, "/series", both)["data"]
            self.assertEqual([one["__name__"] for one in series], ["shop_orders_total", "shop_queue"])
        # Nothing came long ago.
        self.assertEqual(self.ask("GET", "/series", {"match[]": "shop_queue", "end": 1000})["data"], [])

    def test_grafana_is_told_what_a_metric_is(self):
        orders = {"type": "counter", "help": "Orders that were taken.", "unit": ""}
        seconds = {"type": "histogram", "help": "How long an order takes.", "unit": "seconds"}
        told = self.ask("GET", "/metadata", {"metric": "shop_orders_total"})["data"]
        self.assertEqual(told, {"shop_orders_total": [orders]})
        told = self.ask("GET", "/metadata")["data"]
        self.assertEqual(told["shop_seconds"], [seconds])
        self.assertNotIn("shop_seconds_bucket", told)

    def test_errors_are_told_as_prometheus_does(self):
        wrong = self.refused(400, "POST", "/query", {"query": "rate(foo)"})
        self.assertEqual(wrong["errorType"], "bad_data")
        self.assertIn("1:6: parse error: expected type range vector", wrong["error"])
        many = {"query": "shop_orders_total + ignoring(instance) shop_queue", "time": self.start + 600}
        refused = self.refused(422, "GET", "/query", many)
        self.assertEqual(refused["errorType"], "execution")
        self.assertIn("many-to-one matching must be explicit", refused["error"])
        late = self.refused(503, "GET", "/query", {"query": "vector(1)", "timeout": "0"})
        self.assertEqual(late["errorType"], "timeout")
        self.refused(401, "GET", "/query", {"query": "1"}, token="nobody")

    # -- rules

    def test_rule_fires_after_its_time_and_resolves(self):
        """M-002, M-047: made by the API, pending for its time, fires at Alertmanager, and resolves."""
        servers = [
            self.suite.api("POST", "/servers", {"hostname": f"shop{i}.example", "labels": {"story": "queue"}})["id"]
            for i in range(2)
        ]
        rule = self.suite.api(
            "POST",
            "/rules",
            {
                "name": "Queue long",
                "kind": "promql",
                "expr": 'sum by (instance) (max_over_time(jobs_waiting{story="queue"}[3s])) > 100',
                "for_seconds": 3,
                "interval_seconds": 1,
                "severity": "critical",
                "labels": {"team": "shop"},
                "annotations": {"runbook": "https://wiki.example/queue"},
            },
        )

        def push(long):
            for server, value in zip(servers, (70 if long else 1, 1)):
                metrics = [
                    {"metric_type": "custom", "metric_name": "jobs_waiting", "value": value,
                     "labels": {"queue": queue}}
                    for queue in ("mail", "print")
                ]  # fmt: skip
                self.suite.api("POST", "/ingest", {"server_id": server, "metrics": metrics})

        def mine():
            return [a for a in self.suite.alertmanager() if a["labels"]["alertname"] == "Queue long"]

        def after(long, look):
            push(long)
            return look()

        def pending():
            alerts = self.suite.api("GET", "/alerts")["items"]
            return [a["state"] for a in alerts if a["rule_id"] == rule["id"]] == ["pending"]

        eventually(30, lambda: after(True, pending), "pending")
        since = time.monotonic()
        self.assertEqual(mine(), [])
        alert = eventually(30, lambda: after(True, mine), "the alert")[0]
        self.assertGreater(time.monotonic() - since, 1.5)  # three seconds, seen a second late at most
        self.assertEqual(len(mine()), 1)
        self.assertEqual(alert["labels"]["instance"], "shop0.example")
        self.assertEqual(alert["labels"]["severity"], "critical")
        self.assertEqual(alert["labels"]["team"], "shop")
        self.assertEqual(alert["annotations"]["runbook"], "https://wiki.example/queue")
        self.assertIn("140", alert["annotations"]["description"])
        shown = self.ask("GET", "/alerts", prefix="/prometheus/api/v1")["data"]["alerts"]
        self.assertEqual(
            [(a["state"], a["labels"]["instance"]) for a in shown if a["labels"]["alertname"] == "Queue long"],
            [("firing", "shop0.example")],
        )
        eventually(20, lambda: after(False, lambda: not mine()), "resolved")
        letters = eventually(
            10,
            lambda: [a for a in self.suite.letters() if "[RESOLVED] Queue long" in a["subject"]],
            "the letter",
        )
        self.assertEqual(len(letters), 1)
        self.suite.api("DELETE", f"/rules/{rule['id']}")
        for server in servers:
            self.suite.api("DELETE", f"/instances/{server}")

    def test_a_rule_that_is_no_promql_is_refused_with_the_place(self):
        """M-047: with the position, as Prometheus tells it; nothing is kept."""
        before = self.suite.api("GET", "/rules")["items"]
        for expr, where in (("sum(rate(x[5m]) > 1", "1:"), ("x > 1 and\n  on y", "2:6"), ("rate(x) > 1", "1:6")):
            with self.assertRaises(HttpError) as refused:
                self.suite.api("POST", "/rules", {"name": "wrong", "kind": "promql", "expr": expr})
            problem = json.loads(refused.exception.body)
            self.assertEqual((problem["status"], problem["errors"][0]["field"]), (400, "expr"))
            self.assertIn(where, problem["errors"][0]["message"])
        self.assertEqual(self.suite.api("GET", "/rules")["items"], before)

    # -- retention and deletion

    def delete(self, parameters, token):
        url = f"{self.suite.url}/api/v1/admin/tsdb/delete_series"
        text = urllib.parse.urlencode(parameters, doseq=True)
        return http("POST", f"{url}?{text}", None, {"Authorization": f"Bearer {token}"}, timeout=90)

    def test_z_deleted_samples_are_gone_and_no_others(self):
        """Last by name: it takes samples away."""
        admin = http("POST", self.suite.url + "/api/v1/auth/login", ADMIN)["access_token"]
        everything = 121 * 8 + 61
        cut = {"match[]": 'shop_orders_total{instance="a"}', "start": self.start + 600}
        cut["end"] = self.start + 1200  # both inclusive: 21 samples
        with self.assertRaises(HttpError) as refusal:
            self.delete(cut, self.token)
        self.assertEqual(refusal.exception.status, 403)
        self.delete(cut, admin)
        self.assertEqual(self.count(), everything - 21)
        left = self.ask(
            "GET", "/query", {"query": f"{cut['match[]']}[2h]", "time": self.end}
        )["data"]["result"][0]["values"]
        times = [at for at, _ in left]
        self.assertEqual(len(times), 100)
        self.assertFalse([at for at in times if cut["start"] <= at <= cut["end"]])
        [entry] = self.suite.api("GET", "/audit?action=series.delete")["items"]
        self.assertEqual(entry["change"]["match"], [cut["match[]"]])
        # Whole series, by two selectors, in the other form.
        self.delete({"match[]": ["shop_queue", 'shop_seconds_bucket{le="1"}']}, admin)
        self.assertEqual(self.count(), everything - 21 - 61 - 2 * 121)

    def test_zz_without_a_compactor_nothing_is_deleted(self):
        admin = http("POST", self.suite.url + "/api/v1/auth/login", ADMIN)["access_token"]
        before = self.count()
        self.suite.programs["ingest"].terminate()
        with self.assertRaises(HttpError) as refusal:
            self.delete({"match[]": "shop_orders_total"}, admin)
        self.assertEqual(refusal.exception.status, 503)
        self.assertIn("no ingest service with that role is running", refusal.exception.body)
        self.assertEqual(self.count(), before)


if __name__ == "__main__":
    unittest.main()
