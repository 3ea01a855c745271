"""The main job, through built programs and real servers: what breaks is noticed, told and reported."""

import datetime
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from tests.system.doubles import Site
from tests.system.suite import ADMIN, HttpError, Suite, eventually, http as call, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite())


def subjects(text):
    return [one for one in SUITE.letters() if text in one["subject"]]


class Stories(unittest.TestCase):
    def test_site_down_and_up(self):
        """M-001, M-002, M-010, M-074, M-100: Alertmanager and mailbox hear of both."""
        site = Site(SUITE.port["site"])
        self.addCleanup(site.close)
        check = SUITE.api(
            "POST",
            "/checks",
            {
                "name": "the shop",
                "kind": "http",
                "target": f"http://127.0.0.1:{SUITE.port['site']}/",
                "interval_seconds": 1,
                "timeout_seconds": 1,
                "failures_before_down": 2,
                "successes_before_up": 2,
                "labels": {"team": "web"},
            },
        )
        path = f"/checks/{check['id']}"
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "up", "up")
        site.status = 500
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "down", "down")

        def firing():
            return [a for a in SUITE.alertmanager() if a["labels"].get("check") == "the shop"]

        alert = eventually(10, firing, "the alert in Alertmanager")[0]
        self.assertEqual(alert["labels"]["severity"], "critical")
        self.assertEqual(alert["labels"]["team"], "web")
        self.assertIn("500", alert["annotations"]["description"])
        eventually(10, lambda: subjects("[FIRING] the shop is down"), "the letter")
        alerts = SUITE.api("GET", "/alerts")["items"]
        mine = [a for a in alerts if a["labels"].get("check") == "the shop"]
        # Other rules may wait for it to last.
        self.assertEqual([a["state"] for a in mine if a["incident_id"]], ["firing"])

        site.status = 200
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "up", "up again")
        eventually(20, lambda: not firing(), "Alertmanager resolved it")
        eventually(10, lambda: subjects("[RESOLVED] the shop is up"), "the second letter")
        # Alertmanager has mailed both, too.
        eventually(
            30,
            lambda: any(
                "RESOLVED" in one["subject"] for one in SUITE.letters("operators@monitron.example")
            ),
            "Alertmanager's letter",
        )
        incident = SUITE.api("GET", "/incidents")["items"][0]
        self.assertEqual(incident["state"], "resolved")
        events = SUITE.api("GET", f"/incidents/{incident['id']}")["events"]
        # What Alertmanager could not send at its first try is noted there, too.
        own = [e for e in events if e["kind"] == "notified" and e["text"].startswith("e-mail to")]
        self.assertEqual(len(own), 2, events)
        self.assertEqual(len(subjects("the shop")), 2)  # each letter once
        results = SUITE.api("GET", path + "/results?limit=1000")["items"]
        self.assertEqual({r["status"] for r in results}, {"up", "down"})
        SUITE.api("DELETE", path)

    def test_a_new_check_is_run_at_once(self):
        """A success decides alone, also after a change; failures count, and follow each other quickly."""
        body = {
            "kind": "tcp",
            "target": f"127.0.0.1:{SUITE.port['site']}",
            "interval_seconds": 86400,
        }
        check = SUITE.api("POST", "/checks", body)
        path = f"/checks/{check['id']}"
        self.addCleanup(lambda: SUITE.api("DELETE", path))
        began = time.monotonic()
        eventually(30, lambda: SUITE.api("GET", path)["status"] == "down", "down")
        self.assertGreater(time.monotonic() - began, 8)  # three failures, not one
        site = Site(SUITE.port["site"])
        self.addCleanup(site.close)
        body["timeout_seconds"] = 9
        SUITE.api("PUT", path, body, {"If-Match": f'"v{check["version"]}"'})
        eventually(10, lambda: SUITE.api("GET", path)["status"] == "up", "up")

    def test_cpu_rule(self):
        """M-002, M-021: a rule on a host's CPU fires and resolves."""
        server = SUITE.api("POST", "/servers", {"hostname": "cpu.example"})["id"]
        SUITE.api(
            "POST",
            "/rules",
            {
                "name": "CPU busy",
                "kind": "threshold",
                "expr": 'usage{core="0", metric_type="cpu"} > 90',
                "for_seconds": 1,
                "severity": "warning",
            },
        )

        def push(value):
            metric = {"metric_type": "cpu", "metric_name": "usage", "value": value}
            metric["labels"] = {"core": "0"}
            SUITE.api("POST", "/ingest", {"server_id": server, "metrics": [metric]})

        def mine():
            return [a for a in SUITE.alertmanager() if a["labels"]["alertname"] == "CPU busy"]

        def busy():
            push(97.5)
            return mine()

        alert = eventually(30, busy, "the alert")[0]
        self.assertEqual(alert["labels"]["instance"], "cpu.example")
        self.assertIn("97.5", alert["annotations"]["description"])
        push(3)
        eventually(20, lambda: not mine(), "resolved")
        eventually(10, lambda: subjects("[RESOLVED] CPU busy on cpu.example"), "the letter")
        SUITE.api("DELETE", f"/instances/{server}")

    def test_threshold_on_a_check(self):
        """M-002: a rule on the series of a check fires, and ends with the check."""
        check = SUITE.api(
            "POST",
            "/checks",
            {
                "name": "closed door",
                "kind": "tcp",
                "target": "127.0.0.1:1",
                "interval_seconds": 1,
                "timeout_seconds": 1,
            },
        )
        rule = SUITE.api(
            "POST",
            "/rules",
            {
                "name": "No success",
                "kind": "threshold",
                "expr": 'probe_success{check="closed door"} == 0',
            },
        )

        def mine():
            return [a for a in SUITE.alertmanager() if a["labels"]["alertname"] == "No success"]

        alert = eventually(30, mine, "the alert")[0]
        self.assertEqual(alert["labels"]["target"], "127.0.0.1:1")
        self.assertEqual(alert["labels"]["check_id"], check["id"])
        SUITE.api("DELETE", f"/checks/{check['id']}")
        eventually(20, lambda: not mine(), "resolved")
        SUITE.api("DELETE", f"/rules/{rule['id']}")

    def test_silent_instance(self):
        """M-002: an instance that stops sending is told, and that it sends again."""
        hostname = "silent.example"
        labels = {"story": "silence"}
        servers = [
            SUITE.api("POST", "/servers", {"hostname": one, "labels": labels})["id"]
            for one in (hostname, "never.example")
        ]
        rule = {"name": "Silent", "kind": "instance_silent", "for_seconds": 30}
        rule = SUITE.api("POST", "/rules", rule | {"label_selector": labels})

        def push():
            metric = {"metric_type": "cpu", "metric_name": "usage", "value": 1}
            SUITE.api("POST", "/ingest", {"server_id": servers[0], "metrics": [metric]})

        def mine():
            alerts = [one["labels"] for one in SUITE.alertmanager()]
            return [one["instance"] for one in alerts if one["alertname"] == "Silent"]

        push()
        eventually(90, mine, "the alert")
        self.assertEqual(mine(), [hostname])
        eventually(10, lambda: subjects(f"[FIRING] {hostname} is silent"), "the letter")
        push()
        eventually(30, lambda: not mine(), "resolved")
        SUITE.api("DELETE", f"/rules/{rule['id']}")
        for server in servers:
            SUITE.api("DELETE", f"/instances/{server}")

    def test_report_on_schedule(self):
        """M-065, M-144, M-147, M-148: scheduled, produced, mailed."""
        due = time.gmtime(time.time() + 62)
        SUITE.api(
            "POST",
            "/report-schedules",
            {
                "name": "every morning",
                "kind": "availability",
                "format": "pdf",
                "cadence": "daily",
                "at": time.strftime("%H:%M", due),
                "time_zone": "UTC",
                "recipients": ["boss@example.com"],
            },
        )
        run = eventually(
            130,
            lambda: [
                r
                for r in SUITE.api("GET", "/reports")["items"]
                if r["schedule_id"] and r["state"] == "done"
            ],
            "the report",
        )[0]
        pdf = SUITE.api("GET", f"/reports/{run['id']}/download")
        self.assertTrue(pdf.startswith(b"%PDF-"))
        letter = eventually(10, lambda: SUITE.letters("boss@example.com"), "the letter")[0]
        self.assertIn("Availability report", letter["subject"])
        attachment = SUITE.letter(letter["id"])["attachments"][0]
        self.assertEqual(attachment["content_type"], "application/pdf")
        self.assertEqual(attachment["size_bytes"], len(pdf))

    def test_report_on_request(self):
        """M-032, M-065, M-149: 202 and a job, the file later."""
        report = SUITE.api(
            "POST",
            "/reports",
            {
                "kind": "availability",
                "format": "csv",
                "from": "2026-01-01T00:00:00Z",
                "to": "2026-01-02T00:00:00Z",
            },
        )
        path = f"/reports/{report['id']}"
        eventually(20, lambda: SUITE.api("GET", path)["state"] == "done", "the report")
        csv = SUITE.api("GET", path + "/download")
        self.assertTrue(csv.startswith(b"check,kind,target"))

    def test_a_hundred_reports_wait_and_everybody_else_is_answered(self):
        """M-016: while nobody makes them, and while they are made."""
        report = SUITE.programs["report"].pid
        range_of = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}

        def states():
            page = SUITE.api("GET", "/reports?limit=1000&sort=-created_at")["items"]
            return {one["id"]: one["state"] for one in page}

        def answered():
            check = SUITE.api("POST", "/checks", {"kind": "heartbeat", "name": "beside reports"})
            SUITE.api("PATCH", f"/checks/{check['id']}", {"name": "still beside reports"})
            listed = SUITE.api("GET", "/checks?q=still%20beside")["items"]
            self.assertEqual([one["id"] for one in listed], [check["id"]])
            SUITE.api("DELETE", f"/checks/{check['id']}")

        os.kill(report, signal.SIGSTOP)
        try:
            asked = [SUITE.api("POST", "/reports", {"format": "csv", **range_of}) for _ in range(100)]
            self.assertEqual({one["state"] for one in asked}, {"queued"})
            answered()
            self.assertTrue(call("POST", SUITE.url + "/api/v1/auth/login", ADMIN)["access_token"])
            now = states()
            self.assertEqual({now[one["id"]] for one in asked}, {"queued"})
        finally:
            os.kill(report, signal.SIGCONT)

        def made():
            answered()
            now = states()
            return all(now[one["id"]] == "done" for one in asked)

        eventually(120, made, "all reports")

    def test_script_of_integrators(self):
        """R-004, R-005, R-008 … R-010, R-012, R-013, R-034, X-15: the curl flow, the token coming from ~/.curlrc alone."""
        script = pathlib.Path(__file__).with_name("integration.sh")
        home = SUITE.folder / "home"
        home.mkdir()
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "BASE": SUITE.url}
        denied = subprocess.run(
            [script], env=environment, capture_output=True, text=True, check=False
        )
        self.assertNotEqual(denied.returncode, 0)
        self.assertIn('"status":401', denied.stdout.replace(" ", ""))
        token = SUITE.api("POST", "/tokens", {"name": "script", "scopes": ["read", "ingest"]})
        (home / ".curlrc").write_text(f'header = "Authorization: Bearer {token["token"]}"\n')
        done = subprocess.run(
            [script], env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("100 of 100", done.stdout)

    def test_bad_pushes_name_the_item(self):
        """M-005: nothing is stored, the item is named."""
        server = SUITE.api("POST", "/servers", {"hostname": "bad.example"})["id"]
        good = {"metric_type": "cpu", "metric_name": "usage", "value": 1}
        with self.assertRaises(HttpError) as refused:
            SUITE.api("POST", "/ingest", {"server_id": server, "metrics": [good, {**good, "value": "x"}]})
        problem = json.loads(refused.exception.body)
        self.assertEqual(problem["status"], 400)
        self.assertEqual(problem["errors"][0]["field"], "metrics[1].value")
        self.assertEqual(SUITE.api("GET", f"/metrics?server_id={server}")["items"], [])

    def test_a_retried_push_with_a_key_is_harmless(self):
        """Idempotency-Key: stored once."""
        server = SUITE.api("POST", "/servers", {"hostname": "retry.example"})["id"]
        body = {
            "server_id": server,
            "metrics": [{"metric_type": "cpu", "metric_name": "usage", "value": 1}],
        }
        for _ in range(3):
            SUITE.api("POST", "/ingest", body, {"Idempotency-Key": "one"})
        SUITE.api("POST", "/ingest", body, {"Idempotency-Key": "two"})
        path = f"/metrics?server_id={server}"
        eventually(10, lambda: len(SUITE.api("GET", path)["items"]) == 2, "both")
        self.assertEqual(len(SUITE.api("GET", path)["items"]), 2)

    def test_trial_run_of_a_check(self):
        """M-043: "test now" answers without storing anything."""
        site = Site(SUITE.port["site"])
        self.addCleanup(site.close)
        definition = {
            "name": "trial",
            "kind": "http",
            "target": f"http://127.0.0.1:{SUITE.port['site']}/",
        }
        trial = SUITE.api("POST", "/checks/test", definition)
        done = eventually(
            15,
            lambda: (lambda t: t["state"] == "done" and t)(
                SUITE.api("GET", f"/checks/tests/{trial['id']}")
            ),
            "the trial",
        )
        self.assertEqual(done["result"]["status"], "up")
        self.assertNotIn("trial", json.dumps(SUITE.api("GET", "/checks")))

    def test_a_script_goes_down_and_up(self):
        """M-104: exit status 0, 2 and 0 again; its words are told, its numbers stored."""
        state = SUITE.scripts / "state"
        state.write_text("0")
        script = SUITE.scripts / "check_queue"
        script.write_text(
            "#!/bin/sh\n"
            'state=$(cat "${0%/*}/state")\n'
            'echo "QUEUE of $MONITRON_ADDRESS: state $state, $* | jobs=4;10;20 wait=1500ms"\n'
            'env | grep -q -e SECRET -e PASSWORD -e _URL && exit 3\n'
            'exit "$state"\n'
        )
        script.chmod(0o755)
        check = SUITE.api(
            "POST",
            "/checks",
            {
                "name": "the queue",
                "kind": "script",
                "target": "queue.example",
                "interval_seconds": 1,
                "timeout_seconds": 1,
                "failures_before_down": 2,
                "successes_before_up": 2,
                "settings": {"script": {"command": "check_queue", "arguments": ["a;b", "$HOME"]}},
            },
        )
        path = f"/checks/{check['id']}"
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "up", "up")
        last = SUITE.api("GET", path)["last_result"]
        self.assertEqual(last["reason"], "QUEUE of queue.example: state 0, a;b $HOME")
        self.assertEqual(last["values"]['probe_script_value{label="wait",unit="seconds"}'], 1.5)
        stored = eventually(
            10,
            lambda: SUITE.api(
                "GET", f"/metrics?server_id={check['id']}&metric_name=probe_script_value"
            )["items"],
            "the numbers",
        )
        self.assertIn(("jobs", 4), {(one["labels"]["label"], one["value"]) for one in stored})
        state.write_text("1")
        eventually(
            20,
            lambda: SUITE.api("GET", path)["last_result"]["values"]["probe_script_exit_code"] == 1,
            "the warning",
        )
        self.assertEqual(SUITE.api("GET", path)["status"], "up")
        state.write_text("2")
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "down", "down")

        def firing():
            return [a for a in SUITE.alertmanager() if a["labels"].get("check") == "the queue"]

        alert = eventually(10, firing, "the alert in Alertmanager")[0]
        self.assertIn("QUEUE of queue.example: state 2", alert["annotations"]["description"])
        eventually(10, lambda: subjects("[FIRING] the queue is down"), "the letter")
        state.write_text("0")
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "up", "up again")
        eventually(20, lambda: not firing(), "Alertmanager resolved it")
        eventually(10, lambda: subjects("[RESOLVED] the queue is up"), "the second letter")
        SUITE.api("DELETE", path)

    def test_a_script_finds_no_secrets(self):
        """S-02, S-16. Neither in the environment of the programs nor in files of theirs."""
        if "agent" not in SUITE.programs:
            SUITE.start_agent()
            self.addCleanup(SUITE.programs["agent"].terminate)
        self.assertTrue((SUITE.folder / "agent/identity.json").exists())
        script = SUITE.scripts / "look_for_secrets"
        script.write_bytes(pathlib.Path(__file__).with_name(script.name).read_bytes())
        script.chmod(0o755)
        # The files of our own account are open to us: only another account is kept from them.
        folder = [str(SUITE.folder)] if os.geteuid() == 0 else []
        settings = {"script": {"command": script.name, "arguments": folder}}
        wanted = {"name": "looks", "kind": "script", "target": "localhost", "timeout_seconds": 10}
        wanted = {**wanted, "interval_seconds": 10, "settings": settings}
        path = "/checks/" + SUITE.api("POST", "/checks", wanted)["id"]
        last = eventually(40, lambda: SUITE.api("GET", path)["last_result"], "a result")
        self.assertEqual(last["reason"], "found: nothing")
        SUITE.api("DELETE", path)

    def test_kinds_of_checks(self):
        """M-028, M-029, M-034, M-102, M-103: TCP and ICMP beside HTTP."""
        wanted = [
            {"name": "tcp", "kind": "tcp", "target": f"127.0.0.1:{SUITE.port['gateway']}"},
            {"name": "icmp", "kind": "icmp", "target": "127.0.0.1"},
        ]
        for one in wanted:
            check = SUITE.api("POST", "/checks", {**one, "interval_seconds": 1})
            path = f"/checks/{check['id']}"
            eventually(20, lambda path=path: SUITE.api("GET", path)["status"] == "up", one["kind"])
            SUITE.api("DELETE", path)


class ZPrograms(unittest.TestCase):
    """Runs last (by name): restarts programs."""

    def test_z_a_database_that_stands_still_stops_no_check_and_no_sender(self):
        """M-005: stopped, not killed: connections stay open and nobody answers."""
        server = SUITE.api("POST", "/servers", {"hostname": "still.example"})["id"]
        token = SUITE.api("POST", "/tokens", {"name": "sender", "scopes": ["ingest"]})["token"]
        gateway = f"127.0.0.1:{SUITE.port['gateway']}"
        check = {"name": "steady", "kind": "tcp", "target": gateway, "interval_seconds": 1}
        results = f"/checks/{SUITE.api('POST', '/checks', check)['id']}/results?limit=1000"

        def push(value):
            metric = {"metric_type": "cpu", "metric_name": "usage", "value": value}
            body = {"server_id": server, "metrics": [metric]}
            headers = {"Authorization": "Bearer " + token, "Idempotency-Key": str(value)}
            began = time.monotonic()
            call("POST", SUITE.url + "/api/v1/ingest", body, headers)
            return time.monotonic() - began

        push(-1)  # the door knows the token now
        # The first result comes at once, those of its slots begin some seconds later.
        eventually(20, lambda: len(SUITE.api("GET", results)["items"]) > 1, "its first slot")
        SUITE.signal_postgres(signal.SIGSTOP)
        try:
            frozen = time.time()
            slowest, pushed = 0, 0
            while time.time() < frozen + 15:
                slowest = max(slowest, push(pushed))
                pushed += 1
                time.sleep(0.1)
            thawed = time.time()
        finally:
            SUITE.signal_postgres(signal.SIGCONT)
        self.assertLess(slowest, 4)
        path = f"/metrics?server_id={server}&limit=1000"
        stored = eventually(
            60,
            lambda: (lambda items: len(items) > pushed and items)(SUITE.api("GET", path)["items"]),
            "all samples",
        )
        self.assertEqual(sorted(item["value"] for item in stored), list(range(-1, pushed)))
        inside = {int(second) for second in range(int(frozen) + 1, int(thawed))}
        eventually(60, lambda: inside <= self._seconds(SUITE.api("GET", results)), "every slot")

    @staticmethod
    def _seconds(page):
        """Of which seconds there are results."""
        times = (one["scheduled_at"].replace("Z", "+00:00") for one in page["items"])
        return {int(datetime.datetime.fromisoformat(one).timestamp()) for one in times}

    def test_zz_killed_programs_lose_nothing(self):
        """M-009, M-068: kill -9 of each, and it goes on."""
        for name in ("ingest", "checker", "notifier", "report", "api"):
            SUITE.programs[name].kill()
            SUITE.programs[name].start()
        eventually(60, lambda: call("GET", SUITE.url + "/readyz"), "ready again")
        server = SUITE.api("POST", "/servers", {"hostname": "after.example"})["id"]
        metric = {"metric_type": "cpu", "metric_name": "usage", "value": 5}
        eventually(
            20,
            lambda: SUITE.api("POST", "/ingest", {"server_id": server, "metrics": [metric]}),
            "ingest",
        )
        eventually(20, lambda: SUITE.api("GET", f"/metrics?server_id={server}")["items"], "stored")

    def test_zzz_programs_end_cleanly(self):
        """M-037: SIGTERM, exit 0 within the grace."""
        for name in ("ingest", "checker", "notifier", "report", "api"):
            self.assertEqual(SUITE.programs[name].terminate(), 0, name)


