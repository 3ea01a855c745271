"""The suite watches its own checkers: that none of them runs is told, and what was not run."""

import os
import signal
import unittest
import urllib.parse

from tests.system.suite import Suite, eventually, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite())


def hurry(name, **changes):
    """One of the rules that are there from the start, with less patience."""
    rule = next(one for one in SUITE.api("GET", "/rules")["items"] if one["name"] == name)
    body = {k: v for k, v in rule.items() if k not in ("id", "version", "created_at", "updated_at")}
    headers = {"If-Match": f'"v{rule["version"]}"'}
    SUITE.api("PUT", f"/rules/{rule['id']}", body | changes, headers)


def alerts(name):
    found = [one["labels"] for one in SUITE.alertmanager()]
    return [one for one in found if one["alertname"] == name]


def query(expr):
    """What PromQL says of what is stored: labels and value of each element."""
    answer = SUITE.api("GET", "/query?query=" + urllib.parse.quote(expr))
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


class Checkers(unittest.TestCase):
    def test_a_checker_that_stands_still_is_an_alert(self):
        """A-048: rules that are there from the start reach Alertmanager, and end."""
        hurry("Checks do not run", for_seconds=30)
        hurry("Checks are missed", for_seconds=0, interval_seconds=1)
        check = {"name": "door", "kind": "tcp", "interval_seconds": 1, "timeout_seconds": 1}
        target = f"127.0.0.1:{SUITE.port['gateway']}"
        path = "/checks/" + SUITE.api("POST", "/checks", check | {"target": target})["id"]
        eventually(30, lambda: SUITE.api("GET", path)["status"] == "up", "up")
        on_time = 'monitron_checker_schedule_lateness_seconds_count{location="default"} > 0'
        eventually(30, lambda: query(on_time), "the checker's own report")
        self.assertEqual(alerts("Checks do not run"), [])

        checker = SUITE.programs["checker"].pid
        self.addCleanup(lambda: os.kill(checker, signal.SIGCONT))
        os.kill(checker, signal.SIGSTOP)
        alert = eventually(150, lambda: alerts("Checks do not run"), "the alert")[0]
        self.assertEqual((alert["location"], alert["severity"]), ("default", "critical"))
        os.kill(checker, signal.SIGCONT)
        eventually(60, lambda: not alerts("Checks do not run"), "resolved")

        def unscheduled():
            return [one for one in alerts("Checks are missed") if one["reason"] == "no_scheduler"]

        alert = eventually(60, unscheduled, "the alert about slots")[0]
        self.assertEqual((alert["location"], alert["severity"]), ("default", "warning"))
        missed = 'sum(monitron_checker_slots_missed_total{reason="no_scheduler"}) > 0'
        counted = eventually(30, lambda: query(missed), "the number of slots missed")
        self.assertGreater(counted[0][1], 25)  # one each second, while it stood still
        SUITE.api("DELETE", path)
