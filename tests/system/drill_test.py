"""Drills through the whole suite: what Alertmanager told comes back by its webhook, through the gateway."""

import json
import os
import subprocess
import unittest

from tests.system.closed_loop import ClosedLoop
from tests.system.suite import BUILD, HttpError, eventually, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(ClosedLoop())


def allow(target, deadline):
    body = {"cron": "@weekly", "enabled": False}
    SUITE.api("PUT", "/drills/schedule", body | {"target_seconds": target, "deadline_seconds": deadline})


def drill(one):
    return SUITE.api("GET", f"/drills/{one['id']}")


def ended(one):
    return eventually(150, lambda: drill(one)["state"] == "ended" and drill(one), "the verdict")


def told(one, channel):
    return [row for row in one["notifications"] if row["channel"] == channel]


def incidents(name):
    return [one for one in SUITE.api("GET", "/incidents")["items"] if one["rule_name"] == name]


class Drills(unittest.TestCase):
    def test_a_drill_goes_all_the_way_and_counts_nowhere(self):
        allow(30, 120)
        token = SUITE.api("POST", "/tokens", {"name": "drills", "scopes": ["read", "write"]})["token"]
        environment = {"PATH": os.environ["PATH"], "MONITRON_URL": SUITE.url, "MONITRON_TOKEN": token}
        environment["HOME"] = str(SUITE.folder)
        arguments = [BUILD / "bin/monitron", "drill", "run", "--wait", "-o", "json"]
        run = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        one = json.loads(run.stdout)
        self.assertIn(one["verdict"], ("ok", "late"), one)
        one = drill(one)
        times = [one[name] for name in ("started_at", "decided_at", "told_at", "resolved_at", "ended_at")]
        self.assertEqual(times, sorted(times))
        self.assertEqual([row["state"] for row in told(one, "alertmanager")], ["accepted"] * 2)
        receivers = [(row["target"], row["transition"]) for row in told(one, "alertmanager_receiver")]
        self.assertEqual(receivers, [("drills", "firing"), ("drills", "resolved")])
        # An incident like any other, that wakes nobody and counts nowhere.
        incident = SUITE.api("GET", f"/incidents/{one['incident_id']}")
        self.assertTrue(incident["drill"])
        self.assertEqual(incident["state"], "resolved")
        self.assertEqual(SUITE.letters(), [])
        self.assertEqual(SUITE.letters("operators@monitron.example"), [])
        # Nor in what other stories here left.
        rules = [row["rule_name"] for row in SUITE.api("GET", "/incidents/summary")["by_rule"]]
        self.assertNotIn("MonitronDrill", rules)
        self.assertIn("This is a drill", SUITE.api("GET", f"/alerts/{one['incident_id']}/explain")["verdict"])

    def test_killed_in_the_middle_it_still_gets_a_verdict(self):
        allow(60, 120)
        one = SUITE.api("POST", "/drills")
        with self.assertRaises(HttpError) as refused:
            SUITE.api("POST", "/drills")
        self.assertEqual(refused.exception.status, 409)
        eventually(30, lambda: drill(one)["incident_id"], "its incident")
        SUITE.programs["notifier"].kill()
        self.assertIsNone(drill(one)["verdict"])
        SUITE.programs["notifier"].start()
        one = ended(one)
        self.assertIn(one["verdict"], ("ok", "late"), one)
        resolved = f"SELECT count(*) FROM incidents WHERE id = '{one['incident_id']}' AND resolved_at IS NOT NULL"
        eventually(30, lambda: SUITE.sql(resolved) == [["1"]], "its end")

    def test_one_that_is_lost_is_told_as_what_it_is(self):
        allow(5, 10)
        SUITE.servers["alertmanager"].kill()
        one = ended(SUITE.api("POST", "/drills"))
        self.assertEqual(one["verdict"], "lost")
        self.assertIn("Alertmanager", one["detail"])
        lost = eventually(60, lambda: incidents("Drill was lost"), "the real alert")[0]
        self.assertFalse(lost["drill"])
        self.assertEqual(lost["severity"], "critical")
        eventually(30, lambda: [m for m in SUITE.letters() if "drill did not reach" in m["subject"]], "the letter")
        SUITE.servers["alertmanager"].start()
        eventually(60, lambda: SUITE.server_ready("alertmanager"), "Alertmanager")
        allow(60, 120)
        self.assertIn(ended(SUITE.api("POST", "/drills"))["verdict"], ("ok", "late"))
        eventually(60, lambda: incidents("Drill was lost")[0]["state"] == "resolved", "its end")


if __name__ == "__main__":
    unittest.main()
